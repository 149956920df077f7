/** Loads up a plane. */
import { clearBit, highestBit, setBit } from './bits.ts';
import { AGED, markWhole, type PlaneChanges, REWEIGHED, SAID, WHOLE } from './changes.ts';
import { drawn } from './losses.ts';
import { partOf } from './part.ts';
import type { PlaneResults } from './pass.ts';
import { HAS_SLOTS, IS_JUNCTION, IS_LOSSY, IS_SPARED } from './traits.ts';

/**
 * Loads, consumers first: its own, or else the sum of share x draw of what it supplies.
 * @param changes absent: all positions
 */
export function passLoads(r: PlaneResults, changes?: PlaneChanges) {
  if (changes) return passChangedLoads(r, changes);
  for (let p = r.shape.plane.count - 1; p >= 0; p--) addUp(r, p);
}

/** Puts what a position says of itself, as in `markOwn`; after that it is to be added up. */
export function putOwn(r: PlaneResults, p: number, load: number, atMs: number) {
  r.isOwn[p] = Number.isNaN(load) ? 0 : 1;
  r.load[p] = load;
  r.assumed[p] = Number.isNaN(atMs) ? load : 0;
  r.evidenceAtMs[p] = atMs;
}

/** Adds up the load of a position that does not know it by itself. */
function addUp(r: PlaneResults, p: number) {
  const { losses, grid } = r.shape;
  const { childStart, children, childEdges, isAccounting } = r.shape.plane;
  const { isOwn, load, assumed, evidenceAtMs, childShares } = r;
  if (isOwn[p] === 1) return;
  let sum = 0;
  let sumAssumed = 0;
  let oldestMs = Number.POSITIVE_INFINITY;
  for (let i = childStart[p]; i < childStart[p + 1]; i++) {
    const share = childShares[i];
    if (share === 0) continue;
    const child = children[i];
    const isPlain = isAccounting[childEdges[i]] === 1;
    const amount = isPlain ? load[child] : drawn(losses, child, load[child]);
    sum += partOf(share, amount, grid);
    if (evidenceAtMs[child] < oldestMs) oldestMs = evidenceAtMs[child];
    if (assumed[child] === 0 && amount === load[child]) continue;
    sumAssumed += partOf(share, assumedIn(amount, load[child], assumed[child]), grid);
  }
  load[p] = sum;
  assumed[p] = sumAssumed;
  evidenceAtMs[p] = oldestMs === Number.POSITIVE_INFINITY ? Number.NaN : oldestMs;
}

/** The part of an amount drawn for a load that stands on no evidence, as of that load. */
const assumedIn = (amount: number, load: number, assumed: number) =>
  amount === load ? assumed : load > 0 ? amount * (assumed / load) : amount;

/**
 * Sums rise by what their parts rose by. Since parts lie on a grid, this is bit for bit what adding
 * all of them up again gives; of fifty thousand parts a few dozen change.
 */
function passChangedLoads(r: PlaneResults, changes: PlaneChanges) {
  const { load: marked, due, rise, assumedRise, pulled, moved } = changes;
  const { load, assumed, evidenceAtMs } = r;
  changes.pulledCount = changes.movedCount = 0;
  let p = highestBit(marked, r.shape.plane.count - 1);
  for (; p >= 0; p = highestBit(marked, p - 1)) {
    clearBit(marked, p);
    pulled[changes.pulledCount++] = p;
    const before = load[p];
    const why = due[p];
    if (why === 0) load[p] = before + rise[p];
    else {
      due[p] = 0;
      const assumedBefore = assumed[p];
      const beforeMs = evidenceAtMs[p];
      if ((why & SAID) !== 0) putOwn(r, p, changes.own[p], changes.ownAtMs[p]);
      if ((why & (SAID | WHOLE)) !== 0) addUp(r, p);
      else {
        load[p] = before + rise[p];
        assumed[p] = assumedBefore + assumedRise[p];
        if ((why & AGED) !== 0) evidenceAtMs[p] = oldestBelow(r, p);
      }
      assumedRise[p] = 0;
      if (assumed[p] !== assumedBefore) passAssumedOn(r, changes, p, assumedBefore);
      if (!Object.is(evidenceAtMs[p], beforeMs)) passTimeOn(r, changes, p, beforeMs);
    }
    rise[p] = 0;
    if (load[p] === before) continue;
    moved[changes.movedCount++] = p;
    passLoadOn(r, changes, p, before);
  }
  markReaders(r, changes);
}

/** The oldest evidence below, which is none older than before: that one is looked for first. */
function oldestBelow({ shape, childShares, evidenceAtMs }: PlaneResults, p: number): number {
  const { childStart, children } = shape.plane;
  const beforeMs = evidenceAtMs[p];
  let oldestMs = Number.POSITIVE_INFINITY;
  for (let i = childStart[p]; i < childStart[p + 1]; i++) {
    const atMs = evidenceAtMs[children[i]];
    if (childShares[i] === 0) continue;
    if (atMs === beforeMs) return beforeMs;
    if (atMs < oldestMs) oldestMs = atMs;
  }
  return oldestMs === Number.POSITIVE_INFINITY ? Number.NaN : oldestMs;
}

/** Tells the suppliers of `p` that do not know better what its load has risen by. */
function passLoadOn(r: PlaneResults, changes: PlaneChanges, p: number, before: number) {
  const { grid, traits } = r.shape;
  const { parentStart, parents } = r.shape.plane;
  const { isOwn, shares } = r;
  if ((traits[p] & IS_LOSSY) !== 0) return passAllOn(r, changes, p);
  const after = r.load[p];
  for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
    const parent = parents[e];
    const share = shares[e];
    if (share === 0 || isOwn[parent] === 1) continue;
    changes.rise[parent] += partOf(share, after, grid) - partOf(share, before, grid);
    setBit(changes.load, parent);
  }
}

/** The same of what is assumed in its load. */
function passAssumedOn(r: PlaneResults, changes: PlaneChanges, p: number, before: number) {
  const { grid, traits } = r.shape;
  const { parentStart, parents } = r.shape.plane;
  const { isOwn, shares } = r;
  if ((traits[p] & IS_LOSSY) !== 0) return passAllOn(r, changes, p);
  const after = r.assumed[p];
  for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
    const parent = parents[e];
    const share = shares[e];
    if (share === 0 || isOwn[parent] === 1) continue;
    changes.assumedRise[parent] += partOf(share, after, grid) - partOf(share, before, grid);
    changes.due[parent] |= REWEIGHED;
    setBit(changes.load, parent);
  }
}

/** What is lost on the way does not rise evenly: suppliers of what loses add all up again. */
function passAllOn({ shape, isOwn, shares }: PlaneResults, changes: PlaneChanges, p: number) {
  const { parentStart, parents } = shape.plane;
  for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
    if (shares[e] !== 0 && isOwn[parents[e]] === 0) markWhole(changes, parents[e]);
  }
}

function passTimeOn(r: PlaneResults, changes: PlaneChanges, p: number, beforeMs: number) {
  const { parentStart, parents } = r.shape.plane;
  const { isOwn, shares, evidenceAtMs } = r;
  const afterMs = evidenceAtMs[p];
  for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
    const parent = parents[e];
    const oldestMs = evidenceAtMs[parent];
    if (beforeMs !== oldestMs && oldestMs <= afterMs) continue;
    if (shares[e] === 0 || isOwn[parent] === 1) continue;
    // `oldestBelow` does not look for what is older than all before, which is rare.
    changes.due[parent] |= beforeMs === oldestMs && !(afterMs < oldestMs) ? AGED : WHOLE;
    setBit(changes.load, parent);
  }
}

/** Marks everything but loads that reads a load that has moved. */
function markReaders(r: PlaneResults, changes: PlaneChanges) {
  const { redundancy, traits } = r.shape;
  const { groupOf, slotStart, slotList, sparedStart, sparedSlot } = redundancy;
  const { headroom, groupDraw, slotHeadroom, slotExtra, wholeSlot, moved, movedCount } = changes;
  for (let n = 0; n < movedCount; n++) {
    const p = moved[n];
    const is = traits[p];
    setBit(headroom, p);
    if ((is & IS_JUNCTION) !== 0) setBit(groupDraw, groupOf[p]);
    if ((is & HAS_SLOTS) !== 0) {
      for (let i = slotStart[p]; i < slotStart[p + 1]; i++) {
        setBit(slotHeadroom, slotList[i]);
        // Square losses make the draw of an extra load depend on the load that it comes on top of.
        if ((is & IS_LOSSY) !== 0) setBit(slotExtra, slotList[i]);
      }
    }
    if ((is & IS_SPARED) === 0) continue;
    for (let i = sparedStart[p]; i < sparedStart[p + 1]; i++) {
      setBit(slotExtra, sparedSlot[i]);
      setBit(wholeSlot, sparedSlot[i]);
    }
  }
}
