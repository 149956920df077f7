/** Units with a supply temperature that can be set. */
import { KIND_INDEX } from '../../tables/kinds.ts';
import type { Topology } from '../../topology/topology.ts';
import { isWithin } from '../../topology/walk.ts';

/** CRAHs and CDUs that an entity is or contains. */
export function coolingUnitsIn(topology: Topology, entity: number): number[] {
  const { kindStart } = topology;
  const found: number[] = [];
  for (const kind of [KIND_INDEX.crah, KIND_INDEX.cdu]) {
    for (let e = kindStart[kind]; e < kindStart[kind + 1]; e++) {
      if (isWithin(topology, e, entity)) found.push(e);
    }
  }
  return found;
}
