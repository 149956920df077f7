/**
 * Marks what hangs below a changed headroom, where it may matter. What arrives above a reader is at
 * least the headroom above it over the draw of one more watt below, since no share exceeds 1: while
 * that is more than the reader has, it is bound elsewhere, before and after.
 */
import { clearBit, setBit } from './bits.ts';
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
const mayBind = (headroom: number, reach: number) => !(headroom >= 0 && reach < headroom);

/** A reader's headroom times this is no less than what made it, whatever was rounded. */
const ROUNDED_UP = 1 + 2 ** -48;

/** Headroom above a reader that its own headroom can stand for, given its draw of one more watt. */
export const reachOf = (headroom: number, draw: number) => headroom * draw * ROUNDED_UP;

/** @param lesser of the N-1 headroom of `p` before and after; the plain one is never less */
export function markBelow(r: PlaneResults, changes: PlaneChanges, p: number, lesser: number) {
  const { ceiling, headroom: marked } = changes;
  if (!mayBind(lesser, ceiling[p])) return;
  const { headroom, load } = r;
  const { losses } = r.shape;
  const { childStart, children } = r.shape.plane;
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = childStart[p]; i < childStart[p + 1]; i++) {
    const child = children[i];
    const reach = reachOf(headroom[child], marginalDraw(losses, child, load[child]));
    if (mayBind(lesser, reach)) setBit(marked, child);
    if (reach > highest) highest = reach;
  }
  ceiling[p] = highest;
}

/** @param after headroom of slot `s`, before it is put */
export function markBelowSlot(r: PlaneResults, changes: PlaneChanges, s: number, after: number) {
  const { carrier } = r.shape.redundancy;
  clearBit(changes.slotHeadroom, s);
  const before = r.slotHeadroom[s];
  if (before === after) return;
  const lesser = Math.min(before, after);
  if (mayBind(lesser, r.headroomN1[carrier[s]])) setBit(changes.headroom, carrier[s]);
  if (mayBind(lesser, changes.slotCeiling[s])) markReadersOfSlot(r, changes, s, lesser);
}

function markReadersOfSlot(r: PlaneResults, changes: PlaneChanges, s: number, lesser: number) {
  const { losses } = r.shape;
  const { load, slotExtra, slotHeadroom, groupHeadroom } = r;
  const { carrier, belowStart, belowSlot, directStart, directGroup } = r.shape.redundancy;
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = belowStart[s]; i < belowStart[s + 1]; i++) {
    const below = belowSlot[i];
    const p = carrier[below];
    const reach = reachOf(slotHeadroom[below], marginalDraw(losses, p, load[p] + slotExtra[below]));
    if (mayBind(lesser, reach)) setBit(changes.slotHeadroom, below);
    if (reach > highest) highest = reach;
  }
  for (let i = directStart[s]; i < directStart[s + 1]; i++) {
    const reach = reachOf(groupHeadroom[directGroup[i]], 1);
    if (mayBind(lesser, reach)) setBit(changes.groupHeadroom, directGroup[i]);
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
