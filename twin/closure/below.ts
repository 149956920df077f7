/**
 * Marks what hangs below a changed headroom, where it may matter. What arrives above a reader is at
 * least the headroom above it over the draw of one more watt below, since no share exceeds 1: while
 * that is more than the reader has, it is bound elsewhere, before and after.
 */
import { setBit } from './bits.ts';
import type { PlaneChanges } from './changes.ts';
import { marginalDraw } from './losses.ts';
import type { PlaneResults } from './pass.ts';

/** A ceiling is no lower than what any of its readers has. */
export function raise(ceilings: Float64Array, index: number, reach: number) {
  if (reach > ceilings[index]) ceilings[index] = reach;
}

/**
 * Whether a headroom may matter to readers that nothing above `reach` matters to. Below zero the
 * smaller share makes the less of it, so that any reader may be bound there.
 */
export const mayBind = (headroom: number, reach: number) => !(headroom >= 0 && reach < headroom);

/** A reader's headroom times this is no less than what made it, whatever was rounded. */
const ROUNDED_UP = 1 + 2 ** -48;

/** Headroom above a reader that its own headroom can stand for, given its draw of one more watt. */
export const reachOf = (headroom: number, draw: number) => headroom * draw * ROUNDED_UP;

/** What could be added at a position, with everything in service and whichever thing is lost. */
interface Left {
  headroom: number;
  headroomN1: number;
}

/** Where it has not risen nothing is to be done: what `p` has is below the ceilings already. */
export function raiseAbove(r: PlaneResults, changes: PlaneChanges, p: number) {
  const { ceilings } = changes;
  const { losses } = r.shape;
  const { parentStart, parents } = r.shape.plane;
  const draw = marginalDraw(losses, p, r.load[p]);
  const reach = reachOf(r.headroom[p], draw);
  const reachN1 = reachOf(r.headroomN1[p], draw);
  for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
    raise(ceilings, 2 * parents[e], reach);
    raise(ceilings, 2 * parents[e] + 1, reachN1);
  }
}

/** @param before of `p`, which is put */
export function markBelow(r: PlaneResults, changes: PlaneChanges, p: number, before: Left) {
  const { headroom, headroomN1 } = r;
  const { ceilings } = changes;
  const lesser = Math.min(headroom[p], before.headroom);
  const lesserN1 = Math.min(headroomN1[p], before.headroomN1);
  if (!mayBind(lesser, ceilings[2 * p]) && !mayBind(lesserN1, ceilings[2 * p + 1])) return;
  const { childStart, children } = r.shape.plane;
  let highest = Number.NEGATIVE_INFINITY;
  let highestN1 = Number.NEGATIVE_INFINITY;
  for (let i = childStart[p]; i < childStart[p + 1]; i++) {
    const child = children[i];
    const draw = marginalDraw(r.shape.losses, child, r.load[child]);
    const reach = reachOf(headroom[child], draw);
    const reachN1 = reachOf(headroomN1[child], draw);
    if (mayBind(lesser, reach) || mayBind(lesserN1, reachN1)) setBit(changes.headroom, child);
    if (reach > highest) highest = reach;
    if (reachN1 > highestN1) highestN1 = reachN1;
  }
  ceilings[2 * p] = highest;
  ceilings[2 * p + 1] = highestN1;
}

/** @param lesser of the headroom of slot `s` before and after */
export function markSlotsBelow(r: PlaneResults, changes: PlaneChanges, s: number, lesser: number) {
  const { losses } = r.shape;
  const { load, slotExtra, slotHeadroom } = r;
  const { carrier, belowStart, belowSlot } = r.shape.redundancy;
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = belowStart[s]; i < belowStart[s + 1]; i++) {
    const below = belowSlot[i];
    const p = carrier[below];
    const reach = reachOf(slotHeadroom[below], marginalDraw(losses, p, load[p] + slotExtra[below]));
    if (mayBind(lesser, reach)) setBit(changes.slotHeadroom, below);
    if (reach > highest) highest = reach;
  }
  changes.slotCeiling[s] = highest;
}

/** @param after headroom of a group, before it is put */
export function markMembers(r: PlaneResults, changes: PlaneChanges, group: number, after: number) {
  const { losses } = r.shape;
  const { memberStart, members } = r.shape.redundancy;
  const lesser = Math.min(r.groupHeadroom[group], after);
  for (let i = memberStart[group]; i < memberStart[group + 1]; i++) {
    const p = members[i];
    const reach = reachOf(r.headroomN1[p], marginalDraw(losses, p, r.load[p]));
    if (mayBind(lesser, reach)) setBit(changes.headroom, p);
  }
}
