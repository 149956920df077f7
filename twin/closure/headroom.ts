/** Headroom down a plane: with everything in service, and after whichever single loss. */
import { clearBit, highestBit, lowestBit, setBit } from './bits.ts';
import type { PlaneChanges } from './changes.ts';
import { marginalDraw } from './losses.ts';
import type { PlaneResults } from './pass.ts';

/**
 * Headroom of every position, sources first:
 * `headroom[c] = min(limit[c] - load[c], min over suppliers of headroom[p] / share)`.
 * @param changes absent: all positions
 */
export function passHeadroom(r: PlaneResults, changes?: PlaneChanges) {
  const { losses } = r.shape;
  const { count, parentStart, parents, isAccounting, childStart, children } = r.shape.plane;
  const { headroom, binding, limit, load, shares } = r;
  const marked = changes?.headroom;
  let p = marked ? lowestBit(marked, 0) : 0;
  for (; p >= 0 && p < count; p = marked ? lowestBit(marked, p + 1) : p + 1) {
    let least = limit[p] - load[p];
    let at = p;
    const draw = marginalDraw(losses, p, load[p]);
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
      const share = shares[e];
      if (share === 0) continue;
      const above = headroom[parents[e]] / (isAccounting[e] === 1 ? share : share * draw);
      if (above < least) {
        least = above;
        at = binding[parents[e]];
      }
    }
    if (marked) {
      clearBit(marked, p);
      if (headroom[p] === least && binding[p] === at) continue;
      for (let i = childStart[p]; i < childStart[p + 1]; i++) setBit(marked, children[i]);
    }
    headroom[p] = least;
    binding[p] = at;
  }
}

/** Headroom of every carrier under every single loss, sources first. */
export function passSlotHeadroom(r: PlaneResults, changes?: PlaneChanges) {
  const { redundancy, losses } = r.shape;
  const { slotCount, carrier, aboveStart, aboveSlot, aboveShare, belowStart, belowSlot } =
    redundancy;
  const { load, limit, slotExtra, slotHeadroom } = r;
  const { directStart, directGroup } = redundancy;
  const marked = changes?.slotHeadroom;
  // Slots run from consumers to sources, so that sources first is backwards.
  let s = marked ? highestBit(marked, slotCount - 1) : slotCount - 1;
  for (; s >= 0; s = marked ? highestBit(marked, s - 1) : s - 1) {
    const p = carrier[s];
    const carried = load[p] + slotExtra[s];
    const draw = marginalDraw(losses, p, carried);
    let least = limit[p] - carried;
    for (let i = aboveStart[s]; i < aboveStart[s + 1]; i++) {
      const above = slotHeadroom[aboveSlot[i]] / (aboveShare[i] * draw);
      if (above < least) least = above;
    }
    if (changes && marked) {
      clearBit(marked, s);
      if (least === slotHeadroom[s]) continue;
      setBit(changes.headroomN1, p);
      for (let i = belowStart[s]; i < belowStart[s + 1]; i++) setBit(marked, belowSlot[i]);
      for (let i = directStart[s]; i < directStart[s + 1]; i++) {
        setBit(changes.groupHeadroom, directGroup[i]);
      }
    }
    slotHeadroom[s] = least;
  }
}

/** What the draw of a junction may grow by, under whichever loss moves it to others. */
export function passGroupHeadroom(r: PlaneResults, changes?: PlaneChanges) {
  const { groupCount, memberStart, members, takeoverStart, takeoverEntry, directSlot, newShare } =
    r.shape.redundancy;
  const { groupHeadroom, slotHeadroom } = r;
  const marked = changes?.groupHeadroom;
  let g = marked ? lowestBit(marked, 0) : 1;
  for (; g >= 0 && g < groupCount; g = marked ? lowestBit(marked, g + 1) : g + 1) {
    let least = Number.POSITIVE_INFINITY;
    for (let i = takeoverStart[g]; i < takeoverStart[g + 1]; i++) {
      const above = slotHeadroom[directSlot[takeoverEntry[i]]] / newShare[takeoverEntry[i]];
      if (above < least) least = above;
    }
    if (changes && marked) {
      clearBit(marked, g);
      if (least === groupHeadroom[g]) continue;
      for (let i = memberStart[g]; i < memberStart[g + 1]; i++) {
        setBit(changes.headroomN1, members[i]);
      }
    }
    groupHeadroom[g] = least;
  }
}

/**
 * Headroom that is left whichever single thing is lost, sources first, and what is left of the
 * position's own limit under the loss that loads it most.
 */
export function passHeadroomN1(r: PlaneResults, changes?: PlaneChanges) {
  const { losses, redundancy } = r.shape;
  const { count, parentStart, parents, isAccounting, childStart, children } = r.shape.plane;
  const { slotStart, slotList, groupOf } = redundancy;
  const { headroomN1, marginN1, limit, load, shares } = r;
  const { slotExtra, slotHeadroom, groupHeadroom } = r;
  const marked = changes?.headroomN1;
  let p = marked ? lowestBit(marked, 0) : 0;
  for (; p >= 0 && p < count; p = marked ? lowestBit(marked, p + 1) : p + 1) {
    const margin = limit[p] - load[p];
    let least = margin;
    const draw = marginalDraw(losses, p, load[p]);
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
      const share = shares[e];
      if (share === 0) continue;
      const above = headroomN1[parents[e]] / (isAccounting[e] === 1 ? share : share * draw);
      if (above < least) least = above;
    }
    let most = 0;
    for (let i = slotStart[p]; i < slotStart[p + 1]; i++) {
      const slot = slotList[i];
      if (slotHeadroom[slot] < least) least = slotHeadroom[slot];
      if (slotExtra[slot] > most) most = slotExtra[slot];
    }
    if (groupOf[p] > 0 && groupHeadroom[groupOf[p]] / draw < least) {
      least = groupHeadroom[groupOf[p]] / draw;
    }
    marginN1[p] = margin - most;
    if (marked) {
      clearBit(marked, p);
      if (least === headroomN1[p]) continue;
      for (let i = childStart[p]; i < childStart[p + 1]; i++) setBit(marked, children[i]);
    }
    headroomN1[p] = least;
  }
}
