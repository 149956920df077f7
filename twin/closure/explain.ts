/**
 * Why the headroom of an entity is what it is: the chain of layers from the entity to the limit that
 * binds, with the numbers of each; and the single loss that leaves least.
 */
import type { State } from '../state/state.ts';
import type { PlaneId } from '../topology/plane.ts';
import { type Binding, bindingOf, extraUnder, lossesFor } from './flows.ts';
import type { PlaneResults } from './pass.ts';

/** One layer on the way up. Loads are in the unit of the plane (W or bytes/s). */
export interface Layer {
  readonly entity: number;
  /** Part of a load added at the start of the chain that arrives here. */
  readonly share: number;
  readonly load: number;
  /** Infinity where the layer has no limit of its own. */
  readonly limit: number;
}

export interface Explanation {
  readonly plane: PlaneId;
  readonly headroom: number;
  /** From the entity to the layer that binds, which is the last. */
  readonly chain: readonly Layer[];
  readonly headroomN1: number;
  /** Entity whose loss leaves `headroomN1`; -1 when no loss makes it worse. */
  readonly loss: number;
  /** From the entity to the layer that binds after that loss, with the loads after it. */
  readonly chainN1: readonly Layer[];
}

/** @returns undefined when the entity is not in the plane. */
export function explain(state: State, planeId: PlaneId, entity: number): Explanation | undefined {
  const { topology } = state;
  const r = state.planes[planeId];
  if (r.shape.plane.positionOf[entity] < 0) return undefined;
  const best = bindingOf(topology, r, entity, -1);
  const worst = lossesFor(topology, r, entity)
    .map(loss => bindingOf(topology, r, entity, loss))
    .reduce((least, next) => (next.headroom < least.headroom ? next : least));
  return {
    plane: planeId,
    headroom: best.headroom,
    chain: chainOf(r, best, entity),
    headroomN1: worst.headroom,
    loss: worst.loss < 0 ? -1 : r.shape.plane.entities[worst.loss],
    chainN1: chainOf(r, worst, entity),
  };
}

/** From the entity to the layer that binds, along the heaviest ways. */
function chainOf(r: PlaneResults, binding: Binding, entity: number): Layer[] {
  const { plane } = r.shape;
  const flowOf = new Map(binding.flows.map(flow => [flow.position, flow]));
  const layer = (position: number, share: number) => ({
    entity: plane.entities[position],
    share,
    load: r.load[position] + extraUnder(r, position, binding.loss),
    limit: r.limit[position],
  });
  const chain: Layer[] = [];
  for (let p = binding.position; p >= 0; p = flowOf.get(p)?.from ?? -1) {
    chain.unshift(layer(p, flowOf.get(p)?.share ?? 1));
  }
  return chain[0]?.entity === entity ? chain : [layer(plane.positionOf[entity], 1), ...chain];
}
