/** The entities of a topology generation, as the history needs them: id, kind, rack and place. */
import { KIND_INDEX, type Kind } from '../../../twin/index.ts';
import { readEntities, type StoredEntities } from '../../recovery/generations.ts';
import type { ShelfId } from './tiers.ts';

/** From here on kinds are a host or stand in one; see `KINDS`. */
const FIRST_INNER = KIND_INDEX.host;

export interface Generation {
  readonly key: string;
  readonly ids: readonly string[];
  /** First entity of each kind that there is. */
  readonly kindStart: ReadonlyMap<string, number>;
  /** Its rack, which may be itself; -1 where it stands in none. */
  readonly rackOf: Int32Array;
  /** 1: it lies on the inner shelf. */
  readonly isInner: Uint8Array;
  /** The entities of each shelf as they lie there: inner ones by rack and id, outer ones by id. */
  readonly order: Readonly<Record<ShelfId, Uint32Array>>;
  /** The entity with that id, or -1. */
  find(id: string): number;
}

/** @throws Error when the generation is not stored, or its file is damaged. */
export const loadGeneration = (directory: string, key: string): Generation =>
  generationOf(key, readEntities(directory, key));

function generationOf(key: string, stored: StoredEntities): Generation {
  const { kinds, ids, kind, parent } = stored;
  const count = ids.length;
  const kindStart = new Map<string, number>();
  const rackOf = new Int32Array(count).fill(-1);
  const isInner = new Uint8Array(count);
  for (let e = 0; e < count; e++) {
    const name = kinds[kind[e]];
    if (!kindStart.has(name)) kindStart.set(name, e);
    rackOf[e] = name === 'rack' ? e : parent[e] < 0 ? -1 : rackOf[parent[e]];
    isInner[e] = (KIND_INDEX[name as Kind] ?? 0) >= FIRST_INNER && rackOf[e] >= 0 ? 1 : 0;
  }
  const byId = Uint32Array.from(Array.from(ids.keys()).sort((a, b) => compare(ids[a], ids[b])));
  const order = orderOf(byId, rackOf, isInner);
  return { key, ids, kindStart, rackOf, isInner, order, find: id => found(ids, byId, id) };
}

function orderOf(byId: Uint32Array, rackOf: Int32Array, isInner: Uint8Array) {
  const place = new Uint32Array(byId.length);
  for (let i = 0; i < byId.length; i++) place[byId[i]] = i;
  const inner = byId.filter(e => isInner[e] === 1);
  inner.sort((a, b) => place[rackOf[a]] - place[rackOf[b]] || place[a] - place[b]);
  return { inner, outer: byId.filter(e => isInner[e] === 0) };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** By halving: a map of a million ids would take a hundred megabytes. */
function found(ids: readonly string[], byId: Uint32Array, id: string): number {
  let [low, high] = [0, byId.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ids[byId[middle]] < id) low = middle + 1;
    else high = middle;
  }
  return low < byId.length && ids[byId[low]] === id ? byId[low] : -1;
}

/** Rows of an entity that has moved lie with the rack it stood in: that one is kept in mind. */
export function noteMoves(
  before: Generation,
  now: Generation,
  racksBefore: Record<string, string[]>,
): void {
  for (const [e, id] of before.ids.entries()) {
    if (!before.isInner[e]) continue;
    const entity = now.find(id);
    if (entity < 0 || !now.isInner[entity]) continue;
    const rack = before.ids[before.rackOf[e]];
    if (now.ids[now.rackOf[entity]] === rack) continue;
    racksBefore[id] = [...new Set([...(racksBefore[id] ?? []), rack])];
  }
}
