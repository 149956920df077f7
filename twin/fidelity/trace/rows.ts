/** What a trace is to the replay: columns of rows in any order, then one clean track per entity. */
import { REPLAY } from '../../tables/trace-replay.ts';

/** Rows as they were read. Missing numbers are NaN; all columns have at least `count` values. */
export interface TraceRows {
  readonly count: number;
  readonly entities: readonly string[];
  /** Index into `entities`, by row. */
  readonly entity: Int32Array;
  readonly atMs: Float64Array;
  /** In the trace's own unit, W as a rule. */
  readonly powerW: Float64Array;
  /** Columns of utilisation in any unit in which more is more: %, ratio, cores. */
  readonly utils: readonly Float64Array[];
  readonly tempC?: Float64Array;
}

/** One entity's samples, in order of time without duplicates. */
export interface Track {
  readonly name: string;
  readonly atMs: Float64Array;
  /** NaN where missing or negative. */
  readonly powerW: Float64Array;
  /** `utilColumns` values a sample, the last known one where missing, 0 before the first. */
  readonly utils: Float64Array;
  readonly utilColumns: number;
  readonly tempC?: Float64Array;
  readonly faults: TrackFaults;
}

/** What was wrong with an entity's rows, in rows; `gaps` in places. */
export interface TrackFaults {
  rows: number;
  duplicates: number;
  outOfOrder: number;
  gaps: number;
  missingPower: number;
  negativePower: number;
  impossiblePower: number;
  missingUtil: number;
  /** Temperatures that are missing or impossible. */
  badTemp: number;
}

/** Sorts rows into tracks. @throws RangeError if a row names no entity */
export function tracksOf(rows: TraceRows): Track[] {
  const starts = startsOf(rows);
  const columns = [rows.atMs, rows.powerW, ...rows.utils, ...(rows.tempC ? [rows.tempC] : [])].map(
    column => grouped(column, rows, starts),
  );
  return rows.entities.map((name, i) => {
    const parts = columns.map(column => column.subarray(starts[i], starts[i + 1]));
    return trackOf(name, parts, rows.utils.length);
  });
}

/** Where each entity's rows begin when they stand side by side. */
function startsOf({ count, entities, entity }: TraceRows): Int32Array {
  const starts = new Int32Array(entities.length + 1);
  for (let row = 0; row < count; row++) {
    const at = entity[row];
    if (!(at >= 0 && at < entities.length)) throw new RangeError(`row ${row}: no entity ${at}`);
    starts[at + 1]++;
  }
  for (let i = 0; i < entities.length; i++) starts[i + 1] += starts[i];
  return starts;
}

/** A column with the rows of one entity side by side, in the order of the file. */
function grouped(column: Float64Array, { count, entity }: TraceRows, starts: Int32Array) {
  const next = starts.slice();
  const into = new Float64Array(count);
  for (let row = 0; row < count; row++) into[next[entity[row]]++] = column[row];
  return into;
}

/** `parts`: time, power, columns of utilisation, then temperature if there is one. */
function trackOf(name: string, parts: Float64Array[], utilColumns: number): Track {
  const faults: TrackFaults = {
    ...{ rows: parts[0].length, duplicates: 0, outOfOrder: 0, gaps: 0 },
    ...{ missingPower: 0, negativePower: 0, impossiblePower: 0, missingUtil: 0, badTemp: 0 },
  };
  sortByTime(parts, faults);
  const count = dropDuplicates(parts, faults);
  const [atMs, powerW, ...rest] = parts.map(part => part.subarray(0, count));
  faults.gaps = gapCount(atMs);
  dropImpossible(powerW, faults);
  if (rest[utilColumns]) dropImpossibleTemps(rest[utilColumns], faults);
  const loads = interleaved(rest.slice(0, utilColumns), count, faults);
  return { ...{ name, atMs, powerW, utils: loads, utilColumns, faults }, tempC: rest[utilColumns] };
}

/** Newest-first files are turned round; single late rows are sorted in, and counted. */
function sortByTime(parts: Float64Array[], faults: TrackFaults) {
  const [atMs] = parts;
  let falls = 0;
  let rises = 0;
  for (let i = 1; i < atMs.length; i++) {
    if (atMs[i] < atMs[i - 1]) falls++;
    else if (atMs[i] > atMs[i - 1]) rises++;
  }
  if (falls > rises) for (const part of parts) part.reverse();
  faults.outOfOrder = Math.min(falls, rises);
  if (faults.outOfOrder === 0) return;
  // The sort is stable: of equal times the first in the file stays first.
  const order = Int32Array.from(atMs, (_, i) => i).sort((a, b) => atMs[a] - atMs[b] || a - b);
  for (const part of parts) {
    const old = part.slice();
    for (let i = 0; i < old.length; i++) part[i] = old[order[i]];
  }
}

/** Keeps the first row of each time that has a power, else the first. @returns rows kept */
function dropDuplicates(parts: Float64Array[], faults: TrackFaults): number {
  const [atMs, powerW] = parts;
  let count = 0;
  for (let row = 0; row < atMs.length; row++) {
    const isNew = count === 0 || atMs[row] !== atMs[count - 1];
    if (!isNew) faults.duplicates++;
    if (!isNew && (powerW[count - 1] >= 0 || !(powerW[row] >= 0))) continue;
    if (isNew) count++;
    if (row !== count - 1) for (const part of parts) part[count - 1] = part[row];
  }
  return count;
}

function dropImpossible(powerW: Float64Array, faults: TrackFaults) {
  for (let i = 0; i < powerW.length; i++) {
    const value = powerW[i];
    if (value >= 0 && value <= REPLAY.powerMax.value) continue;
    if (value < 0) faults.negativePower++;
    else if (value > 0) faults.impossiblePower++;
    else faults.missingPower++;
    powerW[i] = Number.NaN;
  }
}

function dropImpossibleTemps(tempC: Float64Array, faults: TrackFaults) {
  for (let i = 0; i < tempC.length; i++) {
    const value = tempC[i];
    if (value >= REPLAY.tempMinC.value && value <= REPLAY.tempMaxC.value) continue;
    faults.badTemp++;
    tempC[i] = Number.NaN;
  }
}

/** Columns side by side by sample; what is missing stays as it was, 0 before the first. */
function interleaved(columns: readonly Float64Array[], count: number, faults: TrackFaults) {
  const width = columns.length;
  const into = new Float64Array(count * width);
  for (let j = 0; j < width; j++) {
    const column = columns[j];
    let known = 0;
    for (let i = 0; i < count; i++) {
      const value = column[i];
      if (value >= 0 && value <= REPLAY.utilMax.value) known = value;
      else faults.missingUtil++;
      into[i * width + j] = known;
    }
  }
  return into;
}

/** The usual step between samples, ms: the median of up to a thousand; 0 for a single sample. */
export function usualStepMs(atMs: Float64Array): number {
  const stride = Math.max(1, Math.floor(atMs.length / 1000));
  const steps: number[] = [];
  for (let i = 1; i < atMs.length; i += stride) steps.push(atMs[i] - atMs[i - 1]);
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 0;
}

function gapCount(atMs: Float64Array): number {
  const longMs = usualStepMs(atMs) * REPLAY.gapFactor.value;
  let gaps = 0;
  for (let i = 1; i < atMs.length; i++) if (atMs[i] - atMs[i - 1] > longMs) gaps++;
  return gaps;
}
