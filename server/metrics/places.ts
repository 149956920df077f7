/** The labels that say where an entity stands: ids of its containers and its own, by kind. */
import { KINDS, type Topology } from '../../twin/index.ts';
import { label } from './writer.ts';

export interface Places {
  readonly topology: Topology;
  /** `site="s1",hall="h1",row="r1",rack="r1-k01"` */
  labelsOf(entity: number): string;
}

/** Labels do not change within a generation; those of parts are made from those of their whole. */
export function placesOf(topology: Topology): Places {
  const known: (string | undefined)[] = [];
  const own = (entity: number) => label(KINDS[topology.kind[entity]].id, topology.ids[entity]);
  function labelsOf(entity: number): string {
    const cached = known[entity];
    if (cached !== undefined) return cached;
    const parent = topology.parent[entity];
    const labels = parent < 0 ? own(entity) : `${labelsOf(parent)},${own(entity)}`;
    known[entity] = labels;
    return labels;
  }
  return { topology, labelsOf };
}
