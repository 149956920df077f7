/** Works out confluences: what a junction may add to its draw before a limit binds where it meets. */
import { setBit } from './bits.ts';
import type { PlaneChanges } from './changes.ts';
import { worstExtra } from './extra-loads.ts';
import { marginalDraw } from './losses.ts';
import type { PlaneResults } from './pass.ts';

/**
 * Called by the first reader of a confluence, when all upstream of it is done; marks the others
 * where it came out different. The N-1 figure is of use with everything in service only: it knows
 * the losses that leave the flow as it is.
 * @param junction one of those that it is for; -1: any of them
 */
export function workOutConfluence(
  r: PlaneResults,
  c: number,
  junction: number,
  changes?: PlaneChanges,
) {
  const { reachedStart, reachedPosition, reachedSlot, flow, loss } = r.shape.confluences;
  const { limit, load, slotExtra } = r;
  flowIn(r, c, junction);
  flowUp(r, c);
  const isPlain = loss[c] < 0;
  let least = Number.POSITIVE_INFINITY;
  let leastN1 = Number.POSITIVE_INFINITY;
  for (let i = reachedStart[c]; i < reachedStart[c + 1]; i++) {
    const p = reachedPosition[i];
    const part = flow[p];
    flow[p] = 0;
    if (part === 0) continue;
    const extra = reachedSlot[i] < 0 ? 0 : slotExtra[reachedSlot[i]];
    const left = (limit[p] - load[p] - extra) / part;
    if (left < least) least = left;
    if (!isPlain) continue;
    const leftN1 = (limit[p] - load[p] - worstExtra(r, p)) / part;
    if (leftN1 < leastN1) leastN1 = leftN1;
  }
  const isSame = r.confluence[c] === least && r.confluenceN1[c] === leastN1;
  r.confluence[c] = least;
  r.confluenceN1[c] = leastN1;
  // Below zero its readers look at more than their suppliers tell them.
  if (changes && !(isSame && least >= 0)) markReaders(r, c, changes);
}

/** The parts of one unit drawn by the junction, at the seeds. */
function flowIn(r: PlaneResults, c: number, junction: number) {
  const { seedStart, seedPosition, seedPart, flow } = r.shape.confluences;
  const { parentStart, parents, isAccounting } = r.shape.plane;
  if (junction < 0 || r.shares === r.shape.plane.shares) {
    for (let i = seedStart[c]; i < seedStart[c + 1]; i++) flow[seedPosition[i]] = seedPart[i];
    return;
  }
  for (let e = parentStart[junction]; e < parentStart[junction + 1]; e++) {
    if (isAccounting[e] === 1) continue;
    let part = r.shares[e];
    let p = parents[e];
    for (let up = supplyBelowSeeds(r, c, p); up >= 0; up = supplyBelowSeeds(r, c, p)) {
      part *= r.shares[up];
      p = parents[up];
    }
    flow[p] += part;
  }
}

/** The one supply of a position on the way to a seed; -1 when it is the seed. */
export function supplyBelowSeeds(r: PlaneResults, c: number, p: number): number {
  const { seedStart, seedPosition } = r.shape.confluences;
  const { parentStart, isAccounting } = r.shape.plane;
  for (let i = seedStart[c]; i < seedStart[c + 1]; i++) if (seedPosition[i] === p) return -1;
  for (let e = parentStart[p]; e < parentStart[p + 1]; e++) if (isAccounting[e] === 0) return e;
  return -1;
}

function flowUp(r: PlaneResults, c: number) {
  const { stepStart, stepFrom, stepTo, stepEdge, stepShare, stepSlot, flow, loss } =
    r.shape.confluences;
  const { load, slotExtra, shares } = r;
  for (let i = stepStart[c]; i < stepStart[c + 1]; i++) {
    const from = stepFrom[i];
    const share = loss[c] < 0 ? shares[stepEdge[i]] : stepShare[i];
    const carried = load[from] + (stepSlot[i] < 0 ? 0 : slotExtra[stepSlot[i]]);
    flow[stepTo[i]] += flow[from] * marginalDraw(r.shape.losses, from, carried) * share;
  }
}

/**
 * What the layers between a junction and the seeds leave it, through its supply entry `e`. For a
 * supplier whose headroom is below zero: it may be bound further up, where its part is not the whole.
 */
export function leftBelowSeeds(r: PlaneResults, c: number, e: number): number {
  const { parents } = r.shape.plane;
  let part = r.shares[e];
  let p = parents[e];
  let least = Number.POSITIVE_INFINITY;
  for (let up = supplyBelowSeeds(r, c, p); up >= 0; up = supplyBelowSeeds(r, c, p)) {
    const left = (r.limit[p] - r.load[p]) / part;
    if (left < least) least = left;
    part *= r.shares[up];
    p = parents[up];
  }
  return least;
}

function markReaders(r: PlaneResults, c: number, changes: PlaneChanges) {
  const { groupStart, groupList, slotStart, slotList, loss } = r.shape.confluences;
  const { memberStart, members } = r.shape.redundancy;
  for (let i = slotStart[c]; i < slotStart[c + 1]; i++) setBit(changes.slotHeadroom, slotList[i]);
  for (let i = groupStart[c]; i < groupStart[c + 1]; i++) {
    const group = groupList[i];
    if (loss[c] >= 0) {
      setBit(changes.groupHeadroom, group);
      continue;
    }
    for (let n = memberStart[group]; n < memberStart[group + 1]; n++) {
      setBit(changes.headroom, members[n]);
    }
  }
}

/**
 * Marks the first reader of every confluence: it depends on more loads than are worth following,
 * and there are few.
 */
export function markConfluences(r: PlaneResults, changes: PlaneChanges) {
  const { count, loss, groupStart, groupList, firstMember, slotStart, slotList } =
    r.shape.confluences;
  for (let c = 0; c < count; c++) {
    if (loss[c] < 0) setBit(changes.headroom, firstMember[c]);
    else if (slotStart[c] < slotStart[c + 1]) setBit(changes.slotHeadroom, slotList[slotStart[c]]);
    else setBit(changes.groupHeadroom, groupList[groupStart[c]]);
  }
}
