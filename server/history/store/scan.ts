/** Finds the rows of wanted series in files and tails. */
import { join } from 'node:path';
import type { Checkpoint, StoredFile } from './checkpoint.ts';
import type { Generation } from './generation.ts';
import { openParquet, type ParquetFile } from './parquet/file.ts';
import { type Footer, type RowGroup, textBounds, timeBounds } from './parquet/footer.ts';
import type { Tail } from './tail.ts';
import type { ShelfId } from './tiers.ts';

export interface Wanted {
  readonly entities: readonly string[];
  readonly signals: readonly string[];
  /** Place in the two lists. */
  readonly entityOf: ReadonlyMap<string, number>;
  readonly signalOf: ReadonlyMap<string, number>;
  /** Of each shelf: the names that its files are sorted by first, sorted; undefined: any. */
  readonly groups: Readonly<Record<ShelfId, readonly string[] | undefined>>;
  /** The entities sorted. */
  readonly sortedEntities: readonly string[];
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Rows `start` to `end - 1` of these columns are of series `series` (entity * signals + signal), in
 * the order of the file: of one series ascending in time. Times may be outside of the span.
 */
export type TakeRun = (
  series: number,
  rows: { readonly times: Float64Array; readonly columns: readonly Float64Array[] },
  start: number,
  end: number,
) => void;

/** @throws RangeError when an entity or a signal is named twice. */
export function wantedOf(
  entities: readonly string[],
  signals: readonly string[],
  generation: Generation | undefined,
  racksBefore: Checkpoint['racksBefore'],
): Wanted {
  const sortedEntities = entities.toSorted();
  return {
    entities,
    signals,
    entityOf: placesOf(entities, 'entity'),
    signalOf: placesOf(signals, 'signal'),
    groups: {
      inner: racksOf(entities, generation, racksBefore),
      outer: signals.toSorted(),
    },
    sortedEntities,
  };
}

function placesOf(names: readonly string[], what: string): Map<string, number> {
  const places = new Map(names.map((name, i) => [name, i]));
  if (places.size === names.length) return places;
  const twice = names.find((name, i) => places.get(name) !== i);
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

/** Footers of files that were asked before, the least recently asked forgotten first. */
export class Footers {
  private readonly known = new Map<string, Footer>();
  private readonly max: number;

  constructor(max = 2000) {
    this.max = max;
  }

  open(folder: string, { path }: StoredFile): ParquetFile {
    const footer = this.known.get(path);
    const file = openParquet(join(folder, path), footer);
    this.known.delete(path);
    this.known.set(path, file.footer);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= this.max) break;
      this.known.delete(oldest);
    }
    return file;
  }
}

/** Every run of a wanted series in a file, with the columns asked for. */
export function scanFile(
  file: ParquetFile,
  shelf: ShelfId,
  query: { readonly wanted: Wanted; readonly span: Span; readonly columns: readonly string[] },
  take: TakeRun,
): void {
  const { wanted, span, columns } = query;
  for (const group of file.footer.groups) {
    if (!mayHoldGroup(group, shelf, wanted, span)) continue;
    const runs = runsOf(file, group, wanted);
    if (runs.length === 0) continue;
    const times = file.numbers(group, 'time');
    const values = columns.map(name => file.numbers(group, name));
    for (let i = 0; i < runs.length; i += 3) {
      take(runs[i], { times, columns: values }, runs[i + 1], runs[i + 2]);
    }
  }
}

function mayHoldGroup({ columns }: RowGroup, shelf: ShelfId, wanted: Wanted, span: Span): boolean {
  const times = timeBounds(columns.time);
  if (times && (times[0] >= span.toMs || times[1] < span.fromMs)) return false;
  const inGroup = textBounds(columns[shelf === 'inner' ? 'rack' : 'signal']);
  if (inGroup && !anyWithin(wanted.groups[shelf], ...inGroup)) return false;
  const entities = textBounds(columns.entity);
  return !entities || anyWithin(wanted.sortedEntities, ...entities);
}

/** Triples of series, first row and end row. */
function runsOf(file: ParquetFile, group: RowGroup, wanted: Wanted): number[] {
  const entities = file.texts(group, 'entity');
  const entityOf = Int32Array.from(entities.texts, id => wanted.entityOf.get(id) ?? -1);
  if (entityOf.every(entity => entity < 0)) return [];
  const signals = file.texts(group, 'signal');
  const signalOf = Int32Array.from(signals.texts, id => wanted.signalOf.get(id) ?? -1);
  const width = wanted.signals.length;
  const runs: number[] = [];
  const [entityCodes, signalCodes] = [entities.codes, signals.codes];
  for (let start = 0; start < group.rows; ) {
    const [entityCode, signalCode] = [entityCodes[start], signalCodes[start]];
    let end = start + 1;
    while (end < group.rows && entityCodes[end] === entityCode && signalCodes[end] === signalCode) {
      end++;
    }
    const [entity, signal] = [entityOf[entityCode], signalOf[signalCode]];
    if (entity >= 0 && signal >= 0) runs.push(entity * width + signal, start, end);
    start = end;
  }
  return runs;
}

/** Every wanted row of a tail, in the order they came. */
export function scanTail(
  tail: Tail,
  wanted: Wanted,
  { fromMs, toMs }: Span,
  take: (series: number, atMs: number, value: number) => void,
): void {
  if (tail.minMs >= toMs || tail.maxMs < fromMs) return;
  const count = tail.generation.ids.length;
  const entityAt = new Int32Array(count).fill(-1);
  for (const [i, id] of wanted.entities.entries()) {
    const entity = tail.generation.find(id);
    if (entity >= 0) entityAt[entity] = i;
  }
  const signalAt = tail.signals.map(id => wanted.signalOf.get(id) ?? -1);
  const width = wanted.signals.length;
  for (const { series, times, values, count: rows } of tail.blocks) {
    for (let i = 0; i < rows; i++) {
      const signal = Math.floor(series[i] / count);
      if (signalAt[signal] < 0) continue;
      const entity = entityAt[series[i] - signal * count];
      if (entity < 0 || times[i] < fromMs || times[i] >= toMs) continue;
      take(entity * width + signalAt[signal], times[i], values[i]);
    }
  }
}
