/** Finds the rows of wanted series in files and tails. */
import { join } from 'node:path';
import type { Checkpoint, StoredFile } from './checkpoint.ts';
import type { Generation } from './generation.ts';
import type { Dictionaries } from './parquet/column.ts';
import { type KnownFile, openParquet, type ParquetFile } from './parquet/file.ts';
import { type RowGroup, textBounds, timeBounds } from './parquet/footer.ts';
import type { Tail } from './tail.ts';
import type { ShelfId } from './tiers.ts';

/** Names of a question. */
interface Names {
  readonly count: number;
  readonly sorted: readonly string[];
  /** Place in the question of each of the sorted. */
  readonly placeOf: Uint32Array;
  /** Place among the sorted. */
  readonly rankOf: ReadonlyMap<string, number>;
  /** Places in the question of texts that were looked up before; files share them. */
  readonly places: Map<readonly string[], Int32Array>;
}

export interface Wanted {
  readonly entities: Names;
  readonly signals: Names;
  readonly seriesCount: number;
  /** Of each shelf: the names that its files are sorted by first, sorted; undefined: any. */
  readonly groups: Readonly<Record<ShelfId, readonly string[] | undefined>>;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

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

/** @throws RangeError when an entity or a signal is named twice. */
export function wantedOf(
  entities: readonly string[],
  signals: readonly string[],
  generation: Generation | undefined,
  racksBefore: Checkpoint['racksBefore'],
): Wanted {
  const named = { entities: namesOf(entities, 'entity'), signals: namesOf(signals, 'signal') };
  return {
    ...named,
    seriesCount: entities.length * signals.length,
    groups: {
      inner: racksOf(entities, generation, racksBefore),
      outer: named.signals.sorted,
    },
  };
}

function namesOf(names: readonly string[], what: string): Names {
  const order = Array.from(names.keys()).sort((a, b) => (names[a] < names[b] ? -1 : 1));
  const sorted = order.map(i => names[i]);
  const rankOf = new Map(sorted.map((name, rank) => [name, rank]));
  if (rankOf.size === names.length) {
    const placeOf = Uint32Array.from(order);
    return { count: names.length, sorted, placeOf, rankOf, places: new Map() };
  }
  const twice = sorted.find((name, rank) => rankOf.get(name) !== rank);
  throw new RangeError(`${what} '${twice}' is named twice`);
}

/** Racks in which rows of these may lie; undefined when one of them is unknown by now. */
function racksOf(
  entities: readonly string[],
  generation: Generation | undefined,
  racksBefore: Checkpoint['racksBefore'],
): readonly string[] | undefined {
  if (!generation) return undefined;
  const racks = new Set<string>();
  for (const id of entities) {
    const entity = generation.find(id);
    if (entity < 0) return undefined;
    if (!generation.isInner[entity]) continue;
    racks.add(generation.ids[generation.rackOf[entity]]);
    for (const rack of racksBefore[id] ?? []) racks.add(rack);
  }
  return [...racks].sort();
}

/** Whether any of the sorted names is within the bounds. */
function anyWithin(sorted: readonly string[] | undefined, first: string, last: string): boolean {
  if (sorted === undefined) return true;
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < first) low = middle + 1;
    else high = middle;
  }
  return low < sorted.length && sorted[low] <= last;
}

export const mayHold = (file: StoredFile, { groups }: Wanted, { fromMs, toMs }: Span): boolean =>
  file.fromMs < toMs && file.toMs > fromMs && anyWithin(groups[file.shelf], file.first, file.last);

/** Runs of texts kept in memory of files that were asked before, 8 bytes each. */
const WEIGHT_MAX = 4_000_000;
const FILES_MAX = 2000;
/** Texts of dictionaries, which mostly are those of other files too: some tens of megabytes. */
const TEXTS_MAX = 500_000;

/** What is known of files, the least recently asked forgotten first. */
export class KnownFiles {
  private readonly known = new Map<string, KnownFile>();
  private readonly dictionaries: Dictionaries = new Map();
  private dictionariesSeen = 0;
  private weight = 0;

  /** Opens a file for a visit. @throws what opening it, reading it or the visitor throws */
  visit(folder: string, { path }: StoredFile, take: (file: ParquetFile) => void): void {
    const before = this.known.get(path);
    const weightBefore = before?.weight ?? 0;
    const file = openParquet(join(folder, path), before, this.dictionaries);
    try {
      take(file);
    } finally {
      file.close();
      this.known.delete(path);
      this.known.set(path, file.known);
      this.weight += file.known.weight - weightBefore;
      this.forget();
    }
  }

  private forget() {
    for (const [path, { weight }] of this.known) {
      if (this.known.size <= FILES_MAX && this.weight <= WEIGHT_MAX) break;
      this.known.delete(path);
      this.weight -= weight;
    }
    if (this.dictionaries.size === this.dictionariesSeen) return;
    let texts = 0;
    for (const each of this.dictionaries.values()) texts += each.length;
    if (texts > TEXTS_MAX) this.dictionaries.clear();
    this.dictionariesSeen = this.dictionaries.size;
  }
}

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

/**
 * Place of each text among those wanted, or -1. Files are sorted as the names are, so mostly the
 * next text is the next name, and need not be looked up.
 */
function placesIn({ sorted, placeOf, rankOf, places: known }: Names, texts: readonly string[]) {
  const before = known.get(texts);
  if (before) return before;
  const places = new Int32Array(texts.length).fill(-1);
  let next = 0;
  for (let i = 0; i < texts.length; i++) {
    const rank = texts[i] === sorted[next] ? next : (rankOf.get(texts[i]) ?? -1);
    if (rank < 0) continue;
    places[i] = placeOf[rank];
    next = rank + 1;
  }
  known.set(texts, places);
  return places;
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
