/**
 * Why the headroom of an entity is what it is: the chain of layers from the entity to the limit that
 * binds, with the numbers of each; and the single loss that leaves least.
 */
import type { State } from '../state/state.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import type { PlaneId } from '../topology/plane.ts';
import { childrenOfKind } from '../topology/walk.ts';
import { marginalDraw } from './losses.ts';
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
  const r = state.planes[planeId];
  const start = r.shape.plane.positionOf[entity];
  if (start < 0) return undefined;
  const self = { position: start, share: 1 };
  const best = least([self, ...probes(state, r, entity)].map(from => walkDown(r, from)));
  const worst = least([self, ...probes(state, r, entity, true)].map(from => walkN1(r, from)));
  const own = layerAt(r, self, 0);
  const isProbe = (walk: Walk) => walk.chain[0].entity !== entity;
  return {
    plane: planeId,
    headroom: best.headroom,
    chain: isProbe(best) ? [own, ...best.chain] : best.chain,
    headroomN1: worst.headroom,
    loss: worst.loss,
    chainN1: isProbe(worst) ? [own, ...worst.chain] : worst.chain,
  };
}

interface Step {
  readonly position: number;
  readonly share: number;
}

interface Walk {
  readonly headroom: number;
  readonly chain: readonly Layer[];
  readonly loss: number;
}

const least = (walks: readonly Walk[]) =>
  walks.reduce((best, walk) => (walk.headroom < best.headroom ? walk : best));

/** Something new in a rack also hangs on the rack's PDUs, though the rack itself does not. */
function probes(state: State, r: PlaneResults, entity: number, afterLoss = false): Step[] {
  const { topology } = state;
  const { plane } = r.shape;
  if (plane.id !== 'power' || topology.kind[entity] !== KIND_INDEX.rack) return [];
  const pdus = childrenOfKind(topology, entity, KIND_INDEX.pdu)
    .map(pdu => plane.positionOf[pdu])
    .filter(position => position >= 0);
  const parts = afterLoss ? Math.max(1, pdus.length - 1) : pdus.length;
  return pdus.map(position => ({ position, share: 1 / parts }));
}

function layerAt(r: PlaneResults, { position, share }: Step, extra: number): Layer {
  const entity = r.shape.plane.entities[position];
  return { entity, share, load: r.load[position] + extra, limit: r.limit[position] };
}

/** Follows the supplier that leaves least, until the limit that binds. */
function walkDown(r: PlaneResults, from: Step): Walk {
  const { plane, losses } = r.shape;
  const chain = [layerAt(r, from, 0)];
  let at = from;
  while (r.binding[at.position] !== at.position) {
    at = tightest(r, at, r.headroom, e =>
      plane.isAccounting[e] ? 1 : marginalDraw(losses, at.position, r.load[at.position]),
    );
    chain.push(layerAt(r, at, 0));
  }
  return { headroom: r.headroom[from.position] / from.share, chain, loss: -1 };
}

function tightest(
  r: PlaneResults,
  from: Step,
  headroom: Float64Array,
  drawOf: (edge: number) => number,
): Step {
  const { parentStart, parents } = r.shape.plane;
  let best: Step = from;
  let least = Number.POSITIVE_INFINITY;
  for (let e = parentStart[from.position]; e < parentStart[from.position + 1]; e++) {
    const share = r.shares[e] * drawOf(e);
    if (share === 0 || headroom[parents[e]] / share >= least) continue;
    least = headroom[parents[e]] / share;
    best = { position: parents[e], share: from.share * share };
  }
  return best;
}

/** As `walkDown`, but for the headroom that is left after the worst single loss. */
function walkN1(r: PlaneResults, from: Step): Walk {
  const { plane, losses } = r.shape;
  const chain: Layer[] = [layerAt(r, from, 0)];
  const headroom = r.headroomN1[from.position] / from.share;
  let at = from;
  for (let steps = 0; steps < plane.count; steps++) {
    const slot = bindingSlot(r, at);
    if (slot) {
      const loss = plane.entities[r.shape.redundancy.loss[slot.slot]];
      const carrier = r.shape.redundancy.carrier[slot.slot];
      if (carrier === at.position) chain.pop();
      return { headroom, chain: [...chain, ...walkSlots(r, slot)], loss };
    }
    const next = tightest(r, at, r.headroomN1, e =>
      plane.isAccounting[e] ? 1 : marginalDraw(losses, at.position, r.load[at.position]),
    );
    const own = r.limit[at.position] - r.load[at.position];
    const isOwn = own <= r.headroomN1[at.position] + tolerance(own);
    if (isOwn || next.position === at.position) break;
    at = next;
    chain.push(layerAt(r, at, 0));
  }
  return { headroom, chain, loss: -1 };
}

interface SlotStep {
  readonly slot: number;
  readonly share: number;
}

const tolerance = (value: number) => 1e-9 * Math.max(1, Math.abs(value));

/** The slot (of the position, or of one that takes over from it) that makes its N-1 headroom. */
function bindingSlot(r: PlaneResults, at: Step): SlotStep | undefined {
  const { redundancy, losses } = r.shape;
  const { slotStart, slotList, takeoverStart, takeoverEntry, directSlot, newShare } = redundancy;
  const p = at.position;
  const group = redundancy.groupOf[p];
  const target = r.headroomN1[p] + tolerance(r.headroomN1[p]);
  const draw = marginalDraw(losses, p, r.load[p]);
  for (let i = takeoverStart[group]; i < takeoverStart[group + 1]; i++) {
    const slot = directSlot[takeoverEntry[i]];
    const share = newShare[takeoverEntry[i]] * draw;
    if (share > 0 && r.slotHeadroom[slot] / share <= target) {
      return { slot, share: at.share * share };
    }
  }
  for (let i = slotStart[p]; i < slotStart[p + 1]; i++) {
    if (r.slotHeadroom[slotList[i]] <= target) return { slot: slotList[i], share: at.share };
  }
  return undefined;
}

/** From a carrier up to the one whose limit binds under the same loss. */
function walkSlots(r: PlaneResults, from: SlotStep): Layer[] {
  const chain: Layer[] = [];
  for (let at: SlotStep | undefined = from; at; at = slotAbove(r, at)) {
    const position = r.shape.redundancy.carrier[at.slot];
    chain.push(layerAt(r, { position, share: at.share }, r.slotExtra[at.slot]));
  }
  return chain;
}

/** The slot upstream that binds; undefined when the carrier's own limit does. */
function slotAbove(r: PlaneResults, at: SlotStep): SlotStep | undefined {
  const { carrier, aboveStart, aboveSlot, aboveShare } = r.shape.redundancy;
  const p = carrier[at.slot];
  const load = r.load[p] + r.slotExtra[at.slot];
  const target = r.slotHeadroom[at.slot] + tolerance(r.slotHeadroom[at.slot]);
  if (r.limit[p] - load <= target) return undefined;
  const draw = marginalDraw(r.shape.losses, p, load);
  for (let i = aboveStart[at.slot]; i < aboveStart[at.slot + 1]; i++) {
    const up = aboveShare[i] * draw;
    if (r.slotHeadroom[aboveSlot[i]] / up <= target) {
      return { slot: aboveSlot[i], share: at.share * up };
    }
  }
  return undefined;
}
