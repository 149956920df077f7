/** The series of a question, and where rows of them may lie. */
import type { Checkpoint, StoredFile } from './checkpoint.ts';
import type { Generation } from './generation.ts';
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
export function anyWithin(
  sorted: readonly string[] | undefined,
  first: string,
  last: string,
): boolean {
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

/**
 * Place of each text among those wanted, or -1. Files are sorted as the names are, so mostly the
 * next text is the next name, and need not be looked up.
 */
export function placesIn(
  { sorted, placeOf, rankOf, places: known }: Names,
  texts: readonly string[],
) {
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
