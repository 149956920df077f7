/** Loads up a plane. */
import { highestBit, setBit, takeBit } from './bits.ts';
import type { PlaneChanges } from './changes.ts';
import { drawn } from './losses.ts';
import { partOf } from './part.ts';
import type { PlaneResults } from './pass.ts';

/** What a position carries, how much of that stands on live evidence, and the oldest of that. */
interface Carried {
  load: number;
  evidenced: number;
  evidenceAtMs: number;
}

/**
 * Loads, consumers first: load = own, or else the sum of share x draw of what it supplies.
 * @param changes absent: all positions
 */
export function passLoads(r: PlaneResults, changes?: PlaneChanges) {
  const carried = { load: 0, evidenced: 0, evidenceAtMs: Number.NaN };
  if (changes) return passChangedLoads(r, changes, carried);
  for (let p = r.shape.plane.count - 1; p >= 0; p--) {
    addUp(r, p, carried);
    put(r, p, carried);
  }
}

/**
 * Sums rise by what their parts rose by. Since parts lie on a grid, this is bit for bit what adding
 * all of them up again gives; of fifty thousand parts a few dozen change.
 */
function passChangedLoads(r: PlaneResults, changes: PlaneChanges, carried: Carried) {
  const { load: marked, whole, oldest, rises } = changes;
  const { load, evidenced, evidenceAtMs } = r;
  changes.pulledCount = changes.movedCount = 0;
  let p = highestBit(marked, r.shape.plane.count - 1);
  for (; p >= 0; p = highestBit(marked, p - 1)) {
    takeBit(marked, p);
    const isAged = takeBit(oldest, p);
    if (takeBit(whole, p)) addUp(r, p, carried);
    else {
      carried.load = load[p] + rises[2 * p];
      carried.evidenced = evidenced[p] + rises[2 * p + 1];
      carried.evidenceAtMs = isAged ? oldestBelow(r, p) : evidenceAtMs[p];
    }
    rises[2 * p] = rises[2 * p + 1] = 0;
    changes.pulled[changes.pulledCount++] = p;
    const isMoved = carried.load !== load[p];
    if (isMoved) changes.moved[changes.movedCount++] = p;
    if (isMoved || !isSameEvidence(r, p, carried)) {
      passOn(r, changes, p, carried);
      put(r, p, carried);
    }
  }
  markReaders(r, changes);
}

function put(r: PlaneResults, p: number, { load, evidenced, evidenceAtMs }: Carried) {
  r.load[p] = load;
  r.evidenced[p] = evidenced;
  r.evidenceAtMs[p] = evidenceAtMs;
}

const isSameEvidence = (r: PlaneResults, p: number, { evidenced, evidenceAtMs }: Carried) =>
  evidenced === r.evidenced[p] && Object.is(evidenceAtMs, r.evidenceAtMs[p]);

function addUp(r: PlaneResults, p: number, carried: Carried) {
  const { losses, grid } = r.shape;
  const { childStart, children, childEdges, isAccounting } = r.shape.plane;
  const { own, ownAtMs, load, evidenced, evidenceAtMs, childShares } = r;
  if (!Number.isNaN(own[p])) {
    carried.load = own[p];
    carried.evidenceAtMs = ownAtMs[p];
    carried.evidenced = Number.isNaN(ownAtMs[p]) ? 0 : own[p];
    return;
  }
  let sum = 0;
  let sumEvidenced = 0;
  let oldestMs = Number.POSITIVE_INFINITY;
  for (let i = childStart[p]; i < childStart[p + 1]; i++) {
    const share = childShares[i];
    if (share === 0) continue;
    const child = children[i];
    const isPlain = isAccounting[childEdges[i]] === 1;
    const amount = isPlain ? load[child] : drawn(losses, child, load[child]);
    sum += partOf(share, amount, grid);
    sumEvidenced += partOf(share, liveIn(amount, load[child], evidenced[child]), grid);
    if (evidenceAtMs[child] < oldestMs) oldestMs = evidenceAtMs[child];
  }
  carried.load = sum;
  carried.evidenced = sumEvidenced;
  carried.evidenceAtMs = oldestMs === Number.POSITIVE_INFINITY ? Number.NaN : oldestMs;
}

/** The part of an amount drawn for a load that stands on evidence as that load does. */
function liveIn(amount: number, load: number, evidenced: number): number {
  if (!(load > 0)) return 0;
  return amount === load ? evidenced : amount * (evidenced / load);
}

function oldestBelow({ shape, childShares, evidenceAtMs }: PlaneResults, p: number): number {
  const { childStart, children } = shape.plane;
  let oldestMs = Number.POSITIVE_INFINITY;
  for (let i = childStart[p]; i < childStart[p + 1]; i++) {
    const atMs = evidenceAtMs[children[i]];
    if (atMs < oldestMs && childShares[i] !== 0) oldestMs = atMs;
  }
  return oldestMs === Number.POSITIVE_INFINITY ? Number.NaN : oldestMs;
}

/** Tells the suppliers of `p` that do not know better what comes on top, before it is put. */
function passOn(r: PlaneResults, changes: PlaneChanges, p: number, after: Carried) {
  const { losses, grid } = r.shape;
  const { parentStart, parents, isAccounting } = r.shape.plane;
  const { own, shares, load, evidenced, evidenceAtMs } = r;
  const { rises } = changes;
  const drawBefore = drawn(losses, p, load[p]);
  const draw = drawn(losses, p, after.load);
  const isAged = !Object.is(evidenceAtMs[p], after.evidenceAtMs);
  for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
    const parent = parents[e];
    const share = shares[e];
    if (share === 0 || !Number.isNaN(own[parent])) continue;
    const amountBefore = isAccounting[e] === 1 ? load[p] : drawBefore;
    const amount = isAccounting[e] === 1 ? after.load : draw;
    const liveBefore = liveIn(amountBefore, load[p], evidenced[p]);
    const live = liveIn(amount, after.load, after.evidenced);
    rises[2 * parent] += partOf(share, amount, grid) - partOf(share, amountBefore, grid);
    rises[2 * parent + 1] += partOf(share, live, grid) - partOf(share, liveBefore, grid);
    setBit(changes.load, parent);
    if (isAged && isOldestAtStake(evidenceAtMs[parent], evidenceAtMs[p], after.evidenceAtMs)) {
      setBit(changes.oldest, parent);
    }
  }
}

/** Whether the oldest of many may be another when one of them goes from `before` to `after`. */
const isOldestAtStake = (oldestMs: number, beforeMs: number, afterMs: number) =>
  beforeMs === oldestMs || !(oldestMs <= afterMs);

/** Marks everything but loads that reads a load that has moved. */
function markReaders(r: PlaneResults, changes: PlaneChanges) {
  const { redundancy, losses } = r.shape;
  const { groupOf, slotStart, slotList, sparedStart, sparedSlot } = redundancy;
  const { headroom, groupDraw, slotHeadroom, slotExtra, wholeSlot, moved, movedCount } = changes;
  for (let n = 0; n < movedCount; n++) {
    const p = moved[n];
    setBit(headroom, p);
    if (groupOf[p] > 0) setBit(groupDraw, groupOf[p]);
    for (let i = slotStart[p]; i < slotStart[p + 1]; i++) {
      setBit(slotHeadroom, slotList[i]);
      // Square losses make the draw of an extra load depend on the load that it comes on top of.
      if (losses.isLossy[p] === 1) setBit(slotExtra, slotList[i]);
    }
    for (let i = sparedStart[p]; i < sparedStart[p + 1]; i++) {
      setBit(slotExtra, sparedSlot[i]);
      setBit(wholeSlot, sparedSlot[i]);
    }
  }
}
