/** Headroom down a plane: with everything in service, and after whichever single loss. */
import {
  markBelow,
  markMembers,
  markSlotsBelow,
  mayBind,
  raise,
  raiseAbove,
  reachOf,
} from './below.ts';
import { clearBit, highestBit, lowestBit, setBit } from './bits.ts';
import type { PlaneChanges } from './changes.ts';
import { marginalDraw } from './losses.ts';
import { leftBelowSeeds, workOutConfluence } from './meeting.ts';
import type { PlaneResults } from './pass.ts';
import { HAS_SLOTS, IS_JUNCTION, IS_LOSSY } from './traits.ts';

/** Headroom of every carrier under every single loss, sources first. */
export function passSlotHeadroom(r: PlaneResults, changes?: PlaneChanges) {
  const { redundancy, losses, traits } = r.shape;
  const { slotCount, carrier, aboveStart, aboveSlot, aboveShare } = redundancy;
  const { directStart, directGroup } = redundancy;
  const { load, limit, slotExtra, slotHeadroom, headroomN1, groupHeadroom, confluence } = r;
  const { ofSlot, slotStart, slotList } = r.shape.confluences;
  const marked = changes?.slotHeadroom;
  // Slots run from consumers to sources, so that sources first is backwards.
  let s = marked ? highestBit(marked, slotCount - 1) : slotCount - 1;
  for (; s >= 0; s = marked ? highestBit(marked, s - 1) : s - 1) {
    const p = carrier[s];
    const carried = load[p] + slotExtra[s];
    const isLossy = (traits[p] & IS_LOSSY) !== 0;
    const draw = isLossy ? marginalDraw(losses, p, carried) : 1;
    let least = limit[p] - carried;
    for (let i = aboveStart[s]; i < aboveStart[s + 1]; i++) {
      const above = slotHeadroom[aboveSlot[i]] / (aboveShare[i] * draw);
      if (above < least) least = above;
    }
    const meeting = ofSlot[s];
    if (meeting >= 0) {
      if (slotList[slotStart[meeting]] === s) workOutConfluence(r, meeting, -1, changes);
      if (confluence[meeting] / draw < least) least = confluence[meeting] / draw;
    }
    if (changes) {
      clearBit(changes.slotHeadroom, s);
      const before = slotHeadroom[s];
      if (before === least && !isLossy) continue;
      const lesser = before < least ? before : least;
      if (mayBind(lesser, headroomN1[p])) setBit(changes.headroom, p);
      for (let i = directStart[s]; i < directStart[s + 1]; i++) {
        const g = directGroup[i];
        if (mayBind(lesser, reachOf(groupHeadroom[g], 1))) setBit(changes.groupHeadroom, g);
      }
      if (mayBind(lesser, changes.slotCeiling[s])) markSlotsBelow(r, changes, s, lesser);
      for (let i = aboveStart[s]; i < aboveStart[s + 1]; i++) {
        raise(changes.slotCeiling, aboveSlot[i], reachOf(least, draw));
      }
    }
    slotHeadroom[s] = least;
  }
}

/** What the draw of a junction may grow by, under whichever loss moves it to others. */
export function passGroupHeadroom(r: PlaneResults, changes?: PlaneChanges) {
  const { groupCount, takeoverStart, takeoverEntry, directSlot, newShare } = r.shape.redundancy;
  const { groupHeadroom, slotHeadroom, confluence } = r;
  const { lossStart, lossList, slotStart, groupStart, groupList } = r.shape.confluences;
  const marked = changes?.groupHeadroom;
  let g = marked ? lowestBit(marked, 0) : 1;
  for (; g >= 0 && g < groupCount; g = marked ? lowestBit(marked, g + 1) : g + 1) {
    let least = Number.POSITIVE_INFINITY;
    for (let i = takeoverStart[g]; i < takeoverStart[g + 1]; i++) {
      const entry = takeoverEntry[i];
      const above = slotHeadroom[directSlot[entry]] / newShare[entry];
      if (above < least) least = above;
    }
    for (let i = lossStart[g]; i < lossStart[g + 1]; i++) {
      const meeting = lossList[i];
      const isFirst = groupList[groupStart[meeting]] === g;
      if (isFirst && slotStart[meeting] === slotStart[meeting + 1]) {
        workOutConfluence(r, meeting, -1, changes);
      }
      if (confluence[meeting] < least) least = confluence[meeting];
    }
    if (changes && marked) {
      clearBit(marked, g);
      if (least !== groupHeadroom[g]) markMembers(r, changes, g, least);
    }
    groupHeadroom[g] = least;
  }
}

/**
 * Headroom of every position, sources first:
 * `headroom[c] = min(limit[c] - load[c], min over suppliers of headroom[p] / share)`; the same for
 * what is left whichever single thing is lost. After the headroom of slots and groups.
 * @param changes absent: all positions
 */
export function passHeadroom(r: PlaneResults, changes?: PlaneChanges) {
  const { losses, traits } = r.shape;
  const { count, parentStart, parents, isAccounting } = r.shape.plane;
  const { slotStart, slotCount, groupOf } = r.shape.redundancy;
  const { headroom, headroomN1, limit, load, shares } = r;
  const { slotHeadroom, groupHeadroom, confluence, confluenceN1 } = r;
  const { plainOf, firstMember } = r.shape.confluences;
  // With the shares of a what-if, junctions that took the same ways may take others now.
  const isOther = shares !== r.shape.plane.shares;
  const hasConfluences = r.shape.confluences.count > 0;
  const marked = changes?.headroom;
  const before = { headroom: 0, headroomN1: 0 };
  let p = marked ? lowestBit(marked, 0) : 0;
  for (; p >= 0 && p < count; p = marked ? lowestBit(marked, p + 1) : p + 1) {
    const is = traits[p];
    const margin = limit[p] - load[p];
    const isLossy = (is & IS_LOSSY) !== 0;
    const draw = isLossy ? marginalDraw(losses, p, load[p]) : 1;
    let least = margin;
    let leastN1 = margin;
    let meeting = -1;
    if ((is & IS_JUNCTION) !== 0) {
      const ofGroup = groupHeadroom[groupOf[p]] / draw;
      if (ofGroup < leastN1) leastN1 = ofGroup;
      if (hasConfluences) meeting = plainOf[groupOf[p]];
    }
    if (meeting >= 0) {
      if (isOther || firstMember[meeting] === p) workOutConfluence(r, meeting, p, changes);
      if (confluence[meeting] / draw < least) least = confluence[meeting] / draw;
      if (confluenceN1[meeting] / draw < leastN1) leastN1 = confluenceN1[meeting] / draw;
    }
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
      const share = draw === 1 || isAccounting[e] === 1 ? shares[e] : shares[e] * draw;
      if (share === 0) continue;
      const parent = parents[e];
      let above = headroom[parent] / share;
      if (above < least && above < 0 && meeting >= 0 && isAccounting[e] === 0) {
        above = leftBelowSeeds(r, meeting, e) / draw;
      }
      if (above < least) least = above;
      const aboveN1 = headroomN1[parent] / share;
      if (aboveN1 < leastN1) leastN1 = aboveN1;
    }
    if ((is & HAS_SLOTS) !== 0) {
      // Slots run the other way, those of a position side by side.
      for (let slot = slotCount - slotStart[p + 1]; slot < slotCount - slotStart[p]; slot++) {
        if (slotHeadroom[slot] < leastN1) leastN1 = slotHeadroom[slot];
      }
    }
    if (changes) {
      clearBit(changes.headroom, p);
      before.headroom = headroom[p];
      before.headroomN1 = headroomN1[p];
      headroom[p] = least;
      headroomN1[p] = leastN1;
      if (isLossy || least > before.headroom || leastN1 > before.headroomN1)
        raiseAbove(r, changes, p);
      if (least !== before.headroom || leastN1 !== before.headroomN1)
        markBelow(r, changes, p, before);
      continue;
    }
    headroom[p] = least;
    headroomN1[p] = leastN1;
  }
}
