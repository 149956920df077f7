/** Where an entity stands, as labels say it: ids of its containers and its own, by kind. */
import { KINDS, type Kind, pathOf, type Topology } from '../twin/index.ts';

/** Outermost first. */
export const placeOf = (topology: Topology, entity: number): [name: Kind, id: string][] =>
  pathOf(topology, entity).map(at => [KINDS[topology.kind[at]].id, topology.ids[at]]);
