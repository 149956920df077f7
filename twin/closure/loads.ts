/** Loads up a plane, and the extra loads under every single loss. */
import { clearBit, highestBit, lowestBit, setBit } from './bits.ts';
import type { PlaneChanges } from './changes.ts';
import { drawn, extraDraw } from './losses.ts';
import type { PlaneResults } from './pass.ts';

const isSame = (a: number, b: number) => a === b || (Number.isNaN(a) && Number.isNaN(b));

/**
 * Loads, consumers first: load = own, or else the sum of share x draw of what it supplies.
 * @param changes absent: all positions
 */
export function passLoads(r: PlaneResults, changes?: PlaneChanges) {
  const { losses } = r.shape;
  const { count, childStart, children, childEdges, isAccounting } = r.shape.plane;
  const { own, ownAtMs, load, evidenced, evidenceAtMs, childShares } = r;
  const { isLossy } = losses;
  const marked = changes?.load;
  if (changes) changes.pulledCount = changes.movedCount = 0;
  let p = marked ? highestBit(marked, count - 1) : count - 1;
  for (; p >= 0; p = marked ? highestBit(marked, p - 1) : p - 1) {
    let sum = own[p];
    let sumEvidenced = 0;
    let oldestMs = Number.POSITIVE_INFINITY;
    if (!Number.isNaN(sum)) {
      oldestMs = ownAtMs[p];
      sumEvidenced = Number.isNaN(oldestMs) ? 0 : sum;
    } else {
      sum = 0;
      for (let i = childStart[p]; i < childStart[p + 1]; i++) {
        const share = childShares[i];
        if (share === 0) continue;
        const child = children[i];
        const childLoad = load[child];
        if (isLossy[child] === 0 || isAccounting[childEdges[i]] === 1) {
          sum += share * childLoad;
          if (childLoad > 0) sumEvidenced += share * evidenced[child];
        } else {
          const draw = share * drawn(losses, child, childLoad);
          sum += draw;
          if (childLoad > 0) sumEvidenced += draw * (evidenced[child] / childLoad);
        }
        if (evidenceAtMs[child] < oldestMs) oldestMs = evidenceAtMs[child];
      }
      if (oldestMs === Number.POSITIVE_INFINITY) oldestMs = Number.NaN;
    }
    if (changes) {
      const isMoved = load[p] !== sum;
      const isNew = evidenced[p] !== sumEvidenced || !isSame(evidenceAtMs[p], oldestMs);
      noteLoad(r, changes, p, isMoved ? MOVED : isNew ? NEW : UNCHANGED);
    }
    load[p] = sum;
    evidenced[p] = sumEvidenced;
    evidenceAtMs[p] = oldestMs;
  }
  if (changes) markReaders(r, changes);
}

const UNCHANGED = 0;
const NEW = 1;
const MOVED = 2;

function noteLoad(r: PlaneResults, changes: PlaneChanges, p: number, change: number) {
  const { parentStart, parents } = r.shape.plane;
  const marked = changes.load;
  clearBit(marked, p);
  changes.pulled[changes.pulledCount++] = p;
  if (change === UNCHANGED) return;
  if (change === MOVED) changes.moved[changes.movedCount++] = p;
  for (let e = parentStart[p]; e < parentStart[p + 1]; e++) setBit(marked, parents[e]);
}

/** Marks everything but loads that reads a load that has moved. */
function markReaders(r: PlaneResults, changes: PlaneChanges) {
  const { redundancy, losses } = r.shape;
  const { groupOf, slotStart, slotList, aboveStart, aboveSlot, sparedStart, sparedSlot } =
    redundancy;
  const { headroom, groupDraw, slotHeadroom, slotExtra, moved, movedCount } = changes;
  const { isLossy } = losses;
  for (let n = 0; n < movedCount; n++) {
    const p = moved[n];
    setBit(headroom, p);
    if (groupOf[p] > 0) setBit(groupDraw, groupOf[p]);
    for (let i = slotStart[p]; i < slotStart[p + 1]; i++) {
      const slot = slotList[i];
      setBit(slotHeadroom, slot);
      if (isLossy[p] === 0) continue;
      for (let j = aboveStart[slot]; j < aboveStart[slot + 1]; j++) {
        setBit(slotExtra, aboveSlot[j]);
      }
    }
    for (let i = sparedStart[p]; i < sparedStart[p + 1]; i++) setBit(slotExtra, sparedSlot[i]);
  }
}

/** What each group of junctions draws together. */
export function passGroupDraws(r: PlaneResults, changes?: PlaneChanges) {
  const { redundancy, losses } = r.shape;
  const { groupCount, memberStart, members, takeoverStart, takeoverEntry, directSlot } = redundancy;
  const { load, groupDraw } = r;
  const marked = changes?.groupDraw;
  let g = marked ? lowestBit(marked, 0) : 1;
  for (; g >= 0 && g < groupCount; g = marked ? lowestBit(marked, g + 1) : g + 1) {
    let sum = 0;
    for (let i = memberStart[g]; i < memberStart[g + 1]; i++) {
      sum += drawn(losses, members[i], load[members[i]]);
    }
    if (changes && marked) {
      clearBit(marked, g);
      if (sum === groupDraw[g]) continue;
      for (let i = takeoverStart[g]; i < takeoverStart[g + 1]; i++) {
        setBit(changes.slotExtra, directSlot[takeoverEntry[i]]);
      }
    }
    groupDraw[g] = sum;
  }
}

/** Extra load of every carrier under every single loss, consumers first. */
export function passSlotExtras(r: PlaneResults, changes?: PlaneChanges) {
  const { redundancy, losses } = r.shape;
  const { slotCount, carrier, loss, sparedShare, aboveStart, aboveSlot } = redundancy;
  const { directStart, directGroup, takenShare, belowStart, belowSlot, belowShare } = redundancy;
  const { load, slotExtra, groupDraw } = r;
  const marked = changes?.slotExtra;
  let s = marked ? lowestBit(marked, 0) : 0;
  for (; s >= 0 && s < slotCount; s = marked ? lowestBit(marked, s + 1) : s + 1) {
    let extra = 0;
    for (let i = directStart[s]; i < directStart[s + 1]; i++) {
      extra += takenShare[i] * groupDraw[directGroup[i]];
    }
    for (let i = belowStart[s]; i < belowStart[s + 1]; i++) {
      const below = belowSlot[i];
      const p = carrier[below];
      extra += belowShare[i] * extraDraw(losses, p, load[p], slotExtra[below]);
    }
    if (sparedShare[s] > 0) extra -= sparedShare[s] * drawn(losses, loss[s], load[loss[s]]);
    if (changes && marked) {
      clearBit(marked, s);
      if (extra === slotExtra[s]) continue;
      setBit(changes.slotHeadroom, s);
      setBit(changes.headroom, carrier[s]);
      for (let i = aboveStart[s]; i < aboveStart[s + 1]; i++) setBit(marked, aboveSlot[i]);
    }
    slotExtra[s] = extra;
  }
}
