/**
 * Single losses and who takes over. When something is lost, whatever hangs on it alone is cut off,
 * its part of every junction moves to the suppliers that are left, and what flowed up through it no
 * longer does.
 *
 * A slot is one (carrier, loss): the extra load that the carrier gets when that one thing is lost.
 * For 2N there is one slot a carrier; for N+1 one for each of the other members, or one for all of
 * them where they are alike.
 */
import type { Plane } from '../topology/plane.ts';
import type { Junctions } from './junctions.ts';
import type { Found } from './slots.ts';

export interface Redundancy extends Junctions {
  readonly slotCount: number;
  /**
   * Position that carries, and position that is lost, the first of them where several losses are
   * alike. Slots run from consumers to sources.
   */
  readonly carrier: Int32Array;
  readonly loss: Int32Array;
  /** The other losses of slot `s`: `alikeLoss[alikeStart[s] .. alikeStart[s + 1])`; mostly none. */
  readonly alikeStart: Int32Array;
  readonly alikeLoss: Int32Array;
  /** Slots of position `p`: `slotList[slotStart[p] .. slotStart[p + 1])`. */
  readonly slotStart: Int32Array;
  readonly slotList: Int32Array;
  /** What flows into slot `s` straight from groups of junctions: entries `directStart[s] ..`. */
  readonly directStart: Int32Array;
  readonly directGroup: Int32Array;
  /** Part of the junctions' draw that the carrier takes over on top of its own share. */
  readonly takenShare: Float64Array;
  /** Share of the junctions on the carrier after the loss. */
  readonly newShare: Float64Array;
  /** Slot of each `direct` entry, to go from a group to its slots. */
  readonly directSlot: Int32Array;
  /** Direct entries of group `g`: `takeoverEntry[takeoverStart[g] .. takeoverStart[g + 1])`. */
  readonly takeoverStart: Int32Array;
  readonly takeoverEntry: Int32Array;
  /** What flows into slot `s` from the slots of the carriers below: entries `belowStart[s] ..`. */
  readonly belowStart: Int32Array;
  readonly belowSlot: Int32Array;
  /** Share after the loss. */
  readonly belowShare: Float64Array;
  /** The same relation from below. */
  readonly aboveStart: Int32Array;
  readonly aboveSlot: Int32Array;
  readonly aboveShare: Float64Array;
  /** Share of what is lost on the carrier of slot `s`, which is then spared that draw; mostly 0. */
  readonly sparedShare: Float64Array;
  /** Slots that are spared when position `p` is lost: `sparedSlot[sparedStart[p] ..`. */
  readonly sparedStart: Int32Array;
  readonly sparedSlot: Int32Array;
}

/** @param found by `findSlots` */
export function buildRedundancy(plane: Plane, found: Found): Redundancy {
  const { slots, directs, links } = found;
  const slotCount = slots.carrier.length;
  const { rank, carrier, loss } = inOrder(found, plane.count);
  const alike = runs(rankedBy(rank, found.alike.slot), slotCount);
  const byCarrier = runs(carrier, plane.count);
  const direct = runs(rankedBy(rank, directs.slot), slotCount);
  const directGroup = direct.order.map(i => directs.group[i]);
  const takeover = runs(directGroup, found.junctions.groupCount);
  const slotOfLink = rankedBy(rank, links.slot);
  const aboveOfLink = rankedBy(rank, links.above);
  const below = runs(aboveOfLink, slotCount);
  const above = runs(slotOfLink, slotCount);
  const sparedShare = new Float64Array(slotCount);
  slots.sparedShare.forEach((share, slot) => {
    sparedShare[rank[slot]] = share;
  });
  const spared = loss.map((_, s) => s).filter(s => sparedShare[s] > 0);
  const byLoss = runs(
    spared.map(s => loss[s]),
    plane.count,
  );
  return {
    ...found.junctions,
    slotCount,
    carrier,
    loss,
    alikeStart: alike.start,
    alikeLoss: alike.order.map(i => found.alike.loss[i]),
    slotStart: byCarrier.start,
    slotList: byCarrier.order,
    directStart: direct.start,
    directGroup,
    takenShare: Float64Array.from(direct.order, i => directs.takenShare[i]),
    newShare: Float64Array.from(direct.order, i => directs.newShare[i]),
    directSlot: direct.order.map(i => rank[directs.slot[i]]),
    takeoverStart: takeover.start,
    takeoverEntry: takeover.order,
    belowStart: below.start,
    belowSlot: below.order.map(i => slotOfLink[i]),
    belowShare: Float64Array.from(below.order, i => links.share[i]),
    aboveStart: above.start,
    aboveSlot: above.order.map(i => aboveOfLink[i]),
    aboveShare: Float64Array.from(above.order, i => links.share[i]),
    sparedShare,
    sparedStart: byLoss.start,
    sparedSlot: byLoss.order.map(i => spared[i]),
  };
}

/** Whether a slot is what its carrier gets when `lost` is lost. */
export function isUnder(redundancy: Redundancy, slot: number, lost: number): boolean {
  const { loss, alikeStart, alikeLoss } = redundancy;
  if (loss[slot] === lost) return true;
  for (let i = alikeStart[slot]; i < alikeStart[slot + 1]; i++) {
    if (alikeLoss[i] === lost) return true;
  }
  return false;
}

/** The slot of position `p` when `lost` is lost; -1: it gets nothing on top, or nothing is lost. */
export function slotUnder(redundancy: Redundancy, p: number, lost: number): number {
  const { slotStart, slotList } = redundancy;
  if (lost < 0) return -1;
  for (let i = slotStart[p]; i < slotStart[p + 1]; i++) {
    if (isUnder(redundancy, slotList[i], lost)) return slotList[i];
  }
  return -1;
}

/** Slots from consumers to sources: positions run the other way. */
function inOrder({ slots }: Found, positions: number) {
  const backwards = Int32Array.from(slots.carrier, p => positions - 1 - p);
  const { order } = runs(backwards, positions);
  const rank = new Int32Array(order.length);
  order.forEach((slot, at) => {
    rank[slot] = at;
  });
  return {
    rank,
    carrier: order.map(slot => slots.carrier[slot]),
    loss: order.map(slot => slots.loss[slot]),
  };
}

const rankedBy = (rank: Int32Array, slots: readonly number[]) =>
  Int32Array.from(slots, slot => rank[slot]);

/** Items by key, in their order within a key: `order[start[k] .. start[k + 1])`. */
function runs(keys: Int32Array, keyCount: number) {
  const start = new Int32Array(keyCount + 1);
  for (const key of keys) start[key + 1]++;
  for (let k = 0; k < keyCount; k++) start[k + 1] += start[k];
  const order = new Int32Array(keys.length);
  const next = start.slice();
  keys.forEach((key, item) => {
    order[next[key]++] = item;
  });
  return { start, order };
}
