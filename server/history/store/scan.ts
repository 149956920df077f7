/** Finds the rows of wanted series in files and tails. */
import type { ParquetFile } from './parquet/file.ts';
import { type RowGroup, textBounds, timeBounds } from './parquet/footer.ts';
import type { Tail } from './tail.ts';
import type { ShelfId } from './tiers.ts';
import { anyWithin, placesIn, type Span, type Wanted } from './wanted.ts';

/** Rows of a row group, from the first that is wanted to the last. */
export interface GroupRows {
  /** Undefined where the rows of each run follow one another at `stepMs`, without a gap. */
  readonly times: Float64Array | undefined;
  readonly stepMs: number;
  readonly columns: readonly Float64Array[];
}

/**
 * Rows `start` to `end - 1`, of series `entity * signals + signal`, ascending in time. The same
 * object is used for the next: there are a million of them in an answer.
 */
export interface Run {
  series: number;
  start: number;
  end: number;
  /** Time of the first row; it and others may lie outside of the span that was asked for. */
  firstMs: number;
  /** Where its times begin in those of the row group; runs may share them. */
  timesAt: number;
}

export type TakeRun = (run: Readonly<Run>, rows: GroupRows) => void;

export interface FileQuery {
  readonly wanted: Wanted;
  readonly span: Span;
  readonly columns: readonly string[];
  /** Of a roll-up: the width of its intervals; 0 for raw samples. */
  readonly stepMs: number;
}

/** For the columns of one row group, over and over; longer ones get room of their own. */
const ROOMS = [new Float64Array(131_072), new Float64Array(131_072)];

/** Every run of a wanted series in a file, with the columns asked for. */
export function scanFile(file: ParquetFile, shelf: ShelfId, query: FileQuery, take: TakeRun): void {
  const { wanted, span, columns, stepMs } = query;
  const run: Run = { series: 0, start: 0, end: 0, firstMs: 0, timesAt: 0 };
  for (const group of file.footer.groups) {
    if (!mayHoldGroup(group, shelf, wanted, span)) continue;
    const runs = runsOf(file, group, wanted);
    if (runs.length === 0) continue;
    const within = [runs[1], runs[runs.length - 1]] as const;
    const [firstRow] = within;
    const timing = timingOf(file, group, runs, stepMs);
    // Raw samples are kept until all are there; of roll-ups each group is done with at once.
    const rooms = stepMs > 0 ? ROOMS : [];
    const values = columns.map((name, i) => file.numbers(group, name, within, rooms[i]));
    const rows: GroupRows = { times: timing.times, stepMs, columns: values };
    const { firsts } = timing;
    for (let i = 0; i < runs.length; i += 3) {
      run.series = runs[i];
      run.start = runs[i + 1] - firstRow;
      run.end = runs[i + 2] - firstRow;
      run.timesAt = timing.areShared ? 0 : run.start;
      run.firstMs = firsts ? firsts[(i / 3) * 2] : (timing.firstMs ?? timing.times![run.timesAt]);
      take(run, rows);
    }
  }
}

interface Timing {
  /** Of the rows from the first that is wanted on, or of one run for all; undefined: they are even. */
  readonly times?: Float64Array;
  readonly areShared?: boolean;
  /** Of even ones: when every run begins, or (first and last) each. */
  readonly firstMs?: number;
  readonly firsts?: Float64Array;
}

function timingOf(file: ParquetFile, group: RowGroup, runs: Uint32Array, stepMs: number): Timing {
  const { repeats } = group.columns.time;
  if (repeats !== undefined) {
    const times = file.numbers(group, 'time', [0, repeats]);
    const isEven = stepMs > 0 && times[repeats - 1] - times[0] === stepMs * (repeats - 1);
    return isEven ? { firstMs: times[0] } : { times, areShared: true };
  }
  const firsts = stepMs > 0 ? evenTimes(file, group, runs, stepMs) : undefined;
  if (firsts) return { firsts };
  return { times: file.numbers(group, 'time', [runs[1], runs[runs.length - 1]]) };
}

/**
 * Times of the first and the last row of each run, where they tell those in between: times of a run
 * ascend by whole intervals, so that none is missing when the last is as far as rows are many.
 */
function evenTimes(file: ParquetFile, group: RowGroup, runs: Uint32Array, stepMs: number) {
  const rows: number[] = [];
  for (let i = 0; i < runs.length; i += 3) rows.push(runs[i + 1], runs[i + 2] - 1);
  const times = file.numbersAt(group, 'time', rows);
  for (let i = 0; i < rows.length; i += 2) {
    if (times[i + 1] - times[i] !== stepMs * (rows[i + 1] - rows[i])) return undefined;
  }
  return times;
}

function mayHoldGroup({ columns }: RowGroup, shelf: ShelfId, wanted: Wanted, span: Span): boolean {
  const times = timeBounds(columns.time);
  if (times && (times[0] >= span.toMs || times[1] < span.fromMs)) return false;
  const inGroup = textBounds(columns[shelf === 'inner' ? 'rack' : 'signal']);
  if (inGroup && !anyWithin(wanted.groups[shelf], ...inGroup)) return false;
  const entities = textBounds(columns.entity);
  return !entities || anyWithin(wanted.entities.sorted, ...entities);
}

/** For the runs of one row group at a time. */
let runsRoom = new Uint32Array(4096);

/** Triples of series, first row and end row; valid until the next. */
function runsOf(file: ParquetFile, group: RowGroup, wanted: Wanted): Uint32Array {
  const entities = file.texts(group, 'entity');
  const entityOf = placesIn(wanted.entities, entities.texts);
  if (!entityOf.some(entity => entity >= 0)) return runsRoom.subarray(0, 0);
  const signals = file.texts(group, 'signal');
  const signalOf = placesIn(wanted.signals, signals.texts);
  const width = wanted.signals.count;
  const most = 3 * (entities.ends.length + signals.ends.length);
  if (runsRoom.length < most) runsRoom = new Uint32Array(2 * most);
  const runs = runsRoom;
  let count = 0;
  for (let e = 0, s = 0, start = 0; start < group.rows; ) {
    const end = Math.min(entities.ends[e], signals.ends[s]);
    const entity = entityOf[entities.codes[e]];
    const signal = signalOf[signals.codes[s]];
    if (entity >= 0 && signal >= 0) {
      runs[count++] = entity * width + signal;
      runs[count++] = start;
      runs[count++] = end;
    }
    if (entities.ends[e] === end) e++;
    if (signals.ends[s] === end) s++;
    start = end;
  }
  return runs.subarray(0, count);
}

/** Every wanted row of a tail, in the order they came. */
export function scanTail(
  tail: Tail,
  wanted: Wanted,
  { fromMs, toMs }: Span,
  take: (series: number, atMs: number, value: number) => void,
): void {
  if (tail.minMs >= toMs || tail.maxMs < fromMs) return;
  const placeOf = placesInTail(tail, wanted);
  for (const { series, times, values, count } of tail.blocks) {
    for (let i = 0; i < count; i++) {
      const place = placeOf[series[i]];
      if (place >= 0 && times[i] >= fromMs && times[i] < toMs) take(place, times[i], values[i]);
    }
  }
}

/** The series of a question that each series of the tail is, or -1. */
function placesInTail({ generation, columns, seriesCount }: Tail, wanted: Wanted): Int32Array {
  const placeOf = new Int32Array(seriesCount).fill(-1);
  const { entities, signals } = wanted;
  const asked = columns.flatMap(column => {
    const rank = signals.rankOf.get(column.signal);
    return rank === undefined ? [] : [{ ...column, signal: signals.placeOf[rank] }];
  });
  for (const [rank, id] of entities.sorted.entries()) {
    const entity = generation.find(id);
    for (const { signal, start, first, count } of asked) {
      if (entity < start || entity >= start + count) continue;
      placeOf[first + entity - start] = entities.placeOf[rank] * signals.count + signal;
    }
  }
  return placeOf;
}
