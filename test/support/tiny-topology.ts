/** A topology with containment and aliases only, for tests that join names to entities. */
import { type AliasType, KIND_COUNT, KIND_INDEX, type Kind } from '../../twin/index.ts';
import type { Topology } from '../../twin/topology/topology.ts';

export interface TinyEntity {
  readonly id: string;
  readonly kind: Kind;
  readonly parent?: string;
  readonly aliases?: Partial<Record<AliasType, string | readonly string[]>>;
}

export function tinyTopology(entities: readonly TinyEntity[]): Topology {
  const sorted = [...entities].sort((a, b) => KIND_INDEX[a.kind] - KIND_INDEX[b.kind]);
  const ids = sorted.map(entity => entity.id);
  const index = new Map(ids.map((id, i) => [id, i]));
  const kind = Uint8Array.from(sorted, entity => KIND_INDEX[entity.kind]);
  const parent = Int32Array.from(sorted, entity =>
    entity.parent === undefined ? -1 : (index.get(entity.parent) as number),
  );
  const children = ids.map((_, p) => ids.flatMap((_id, i) => (parent[i] === p ? [i] : [])));
  const childStart = new Int32Array(ids.length + 1);
  children.forEach((list, p) => {
    childStart[p + 1] = childStart[p] + list.length;
  });
  const kindStart = Int32Array.from({ length: KIND_COUNT + 1 }, (_, k) =>
    kind.reduce((count, value) => count + (value < k ? 1 : 0), 0),
  );
  const aliases = sorted.flatMap((entity, i) =>
    Object.entries(entity.aliases ?? {}).flatMap(([type, values]) =>
      [values].flat().map(value => ({ entity: i, type: type as AliasType, value })),
    ),
  );
  const shape = { count: ids.length, ids, kind, parent, kindStart, childStart };
  return {
    ...{ generation: 1, name: 'tiny', ...shape, childList: Int32Array.from(children.flat()) },
    indexOf: (id: string) => index.get(id) ?? -1,
    aliases,
  } as unknown as Topology;
}

/** Parts of one host: `gpu` 8 gives `h1/gpu0` to `h1/gpu7`. */
export function parts(host: string, counts: Partial<Record<Kind, number>>): TinyEntity[] {
  return Object.entries(counts).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, i) => ({
      ...{ id: `${host}/${kind}${i}`, kind: kind as Kind, parent: host },
    })),
  );
}
