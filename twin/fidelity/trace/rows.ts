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
  missingUtil: number;
}

/** Sorts rows into tracks. @throws RangeError if a row names no entity */
export function tracksOf(rows: TraceRows): Track[] {
  const { starts, order } = rowsByEntity(rows);
  return rows.entities.map((name, i) =>
    trackOf(rows, name, order.subarray(starts[i], starts[i + 1])),
  );
}

/** Counting sort: rows of one entity side by side, in the order of the file. */
function rowsByEntity({ count, entities, entity }: TraceRows) {
  const starts = new Int32Array(entities.length + 1);
  for (let row = 0; row < count; row++) {
    const at = entity[row];
    if (!(at >= 0 && at < entities.length)) throw new RangeError(`row ${row}: no entity ${at}`);
    starts[at + 1]++;
  }
  for (let i = 0; i < entities.length; i++) starts[i + 1] += starts[i];
  const next = starts.slice();
  const order = new Int32Array(count);
  for (let row = 0; row < count; row++) order[next[entity[row]]++] = row;
  return { starts, order };
}

function trackOf(rows: TraceRows, name: string, order: Int32Array): Track {
  const faults: TrackFaults = {
    ...{ rows: order.length, duplicates: 0, outOfOrder: 0, gaps: 0 },
    ...{ missingPower: 0, negativePower: 0, missingUtil: 0 },
  };
  sortByTime(rows.atMs, order, faults);
  const count = dropDuplicates(rows, order, faults);
  const kept = order.subarray(0, count);
  const pick = (column: Float64Array) => Float64Array.from(kept, row => column[row]);
  const atMs = pick(rows.atMs);
  faults.gaps = gapCount(atMs);
  return {
    ...{ name, atMs, faults, utilColumns: rows.utils.length },
    powerW: pickPower(rows.powerW, kept, faults),
    utils: pickUtils(rows.utils, kept, faults),
    tempC: rows.tempC && pick(rows.tempC),
  };
}

/** Newest-first files are turned round; single late rows are sorted in, and counted. */
function sortByTime(atMs: Float64Array, order: Int32Array, faults: TrackFaults) {
  let falls = 0;
  let rises = 0;
  for (let i = 1; i < order.length; i++) {
    const step = atMs[order[i]] - atMs[order[i - 1]];
    if (step < 0) falls++;
    else if (step > 0) rises++;
  }
  if (falls > rises) order.reverse();
  faults.outOfOrder = Math.min(falls, rises);
  // The sort is stable: of equal times the first in the file stays first.
  if (faults.outOfOrder > 0) order.sort((a, b) => atMs[a] - atMs[b] || a - b);
}

/** Keeps the first row of each time that has a power, else the first. @returns rows kept */
function dropDuplicates({ atMs, powerW }: TraceRows, order: Int32Array, faults: TrackFaults) {
  let count = 0;
  for (const row of order) {
    const last = count > 0 ? order[count - 1] : -1;
    if (last < 0 || atMs[row] !== atMs[last]) {
      order[count++] = row;
      continue;
    }
    faults.duplicates++;
    if (!(powerW[last] >= 0) && powerW[row] >= 0) order[count - 1] = row;
  }
  return count;
}

function pickPower(column: Float64Array, kept: Int32Array, faults: TrackFaults) {
  const powerW = new Float64Array(kept.length);
  for (let i = 0; i < kept.length; i++) {
    const value = column[kept[i]];
    if (value < 0) faults.negativePower++;
    else if (!Number.isFinite(value)) faults.missingPower++;
    powerW[i] = value >= 0 && value < Number.POSITIVE_INFINITY ? value : Number.NaN;
  }
  return powerW;
}

function pickUtils(columns: readonly Float64Array[], kept: Int32Array, faults: TrackFaults) {
  const width = columns.length;
  const utils = new Float64Array(kept.length * width);
  for (let j = 0; j < width; j++) {
    const column = columns[j];
    let known = 0;
    for (let i = 0; i < kept.length; i++) {
      const value = column[kept[i]];
      if (value >= 0 && value < Number.POSITIVE_INFINITY) known = value;
      else faults.missingUtil++;
      utils[i * width + j] = known;
    }
  }
  return utils;
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
