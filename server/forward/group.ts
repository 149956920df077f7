/**
 * What is forwarded, in the form in which it waits: the values of all entities of one kind at one
 * instant, as one array. Names and labels are looked up when a request is made, not when values are
 * read.
 */
import type { Kind, Topology } from '../../twin/index.ts';

/** Entities of one kind in one generation, and what is forwarded of each. */
export interface Group {
  readonly topology: Topology;
  readonly kind: Kind;
  /** Entities `firstEntity` to `firstEntity + count - 1`. */
  readonly firstEntity: number;
  readonly count: number;
  /** `orrery_rack`; a metric's name is this, `_` and the field. */
  readonly measurement: string;
  readonly fields: readonly string[];
}

/** A value that says that its series has ended. Values are finite otherwise, or NaN for none. */
export const ENDED = Number.POSITIVE_INFINITY;

export interface Slice {
  readonly group: Group;
  /** Wall clock, epoch ms. */
  readonly atMs: number;
  /** Entity by entity: `values[offset * fields.length + field]`. */
  readonly values: Float64Array;
}

/** How many values of an entity, by its offset in the group, there are. */
export function countAt({ group, values }: Slice, offset: number): number {
  const width = group.fields.length;
  let count = 0;
  for (let i = offset * width; i < (offset + 1) * width; i++) if (!Number.isNaN(values[i])) count++;
  return count;
}

/** What is made once for each entity, kept over new signals, and forgotten with its generation. */
export function perEntity<T>(make: (topology: Topology, entity: number) => T) {
  const known = new WeakMap<Topology, Map<number, T[]>>();
  return ({ topology, firstEntity }: Group) => {
    const kinds = known.get(topology) ?? new Map<number, T[]>();
    known.set(topology, kinds);
    const made = kinds.get(firstEntity) ?? [];
    kinds.set(firstEntity, made);
    return (offset: number): T => {
      if (!(offset in made)) made[offset] = make(topology, firstEntity + offset);
      return made[offset];
    };
  };
}

/** A group that takes the place of another, and where in its values each of the other's went. */
export interface Move {
  readonly from: Group;
  readonly to: Group | undefined;
  /** By index into the values of `from`; -1 for a series that has ended. */
  readonly indexOf: Int32Array;
}

export function moveBetween(from: Group, to: Group | undefined): Move {
  const width = from.fields.length;
  const indexOf = new Int32Array(from.count * width).fill(-1);
  if (!to) return { from, to, indexOf };
  const fieldOf = new Map(to.fields.map((field, f) => [field, f]));
  for (let offset = 0; offset < from.count; offset++) {
    const at = offsetIn(to, from, offset);
    if (at < 0) continue;
    from.fields.forEach((field, f) => {
      const target = fieldOf.get(field);
      if (target !== undefined) indexOf[offset * width + f] = at * to.fields.length + target;
    });
  }
  return { from, to, indexOf };
}

/** Where the same entity at the same place stands in another group; -1 when it does not. */
function offsetIn(to: Group, from: Group, offset: number): number {
  if (to.topology === from.topology) return offset;
  const before = from.firstEntity + offset;
  const after = to.topology.indexOf(from.topology.ids[before]);
  const isSame = after >= 0 && samePlace(from.topology, before, to.topology, after);
  return isSame ? after - to.firstEntity : -1;
}

function samePlace(before: Topology, a: number, after: Topology, b: number): boolean {
  let [x, y] = [a, b];
  for (; x >= 0 && y >= 0; x = before.parent[x], y = after.parent[y]) {
    if (before.ids[x] !== after.ids[y] || before.kind[x] !== after.kind[y]) return false;
  }
  return x < 0 && y < 0;
}
