/** Works out confluences: what a group of junctions may add before a limit binds where it meets. */
import { setBit } from './bits.ts';
import type { PlaneChanges } from './changes.ts';
import { marginalDraw } from './losses.ts';
import type { PlaneResults } from './pass.ts';

/**
 * Called by the first reader of a confluence, when all upstream of it is done; marks the others
 * where it came out different. The N-1 figure is of use with everything in service only: it knows
 * the losses that leave the flow of the group as it is.
 */
export function workOutConfluence(r: PlaneResults, c: number, changes?: PlaneChanges) {
  const { reachedStart, reachedPosition, reachedSlot, flow, plainOf, group } = r.shape.confluences;
  const { limit, load, marginN1, slotExtra } = r;
  flowUp(r, c);
  const isPlain = plainOf[group[c]] === c;
  let least = Number.POSITIVE_INFINITY;
  let leastN1 = Number.POSITIVE_INFINITY;
  let at = -1;
  for (let i = reachedStart[c]; i < reachedStart[c + 1]; i++) {
    const p = reachedPosition[i];
    if (flow[p] === 0) continue;
    const extra = reachedSlot[i] < 0 ? 0 : slotExtra[reachedSlot[i]];
    const left = (limit[p] - load[p] - extra) / flow[p];
    if (left < least) {
      least = left;
      at = p;
    }
    if (isPlain && marginN1[p] / flow[p] < leastN1) leastN1 = marginN1[p] / flow[p];
  }
  clearFlow(r, c);
  const isSame =
    r.confluence[c] === least && r.confluenceN1[c] === leastN1 && r.confluenceAt[c] === at;
  if (isSame) return;
  r.confluence[c] = least;
  r.confluenceN1[c] = leastN1;
  r.confluenceAt[c] = at;
  if (changes) markUsers(r, c, changes);
}

/** What of one unit drawn by the junction flows to each position. */
function flowUp(r: PlaneResults, c: number) {
  const { stepStart, stepFrom, stepTo, stepEdge, stepShare, stepSlot, flow } = r.shape.confluences;
  const { load, slotExtra, shares } = r;
  for (let i = stepStart[c]; i < stepStart[c + 1]; i++) {
    const from = stepFrom[i];
    const share = stepEdge[i] < 0 ? stepShare[i] : shares[stepEdge[i]];
    if (from < 0) {
      flow[stepTo[i]] += share;
      continue;
    }
    const carried = load[from] + (stepSlot[i] < 0 ? 0 : slotExtra[stepSlot[i]]);
    flow[stepTo[i]] += flow[from] * marginalDraw(r.shape.losses, from, carried) * share;
  }
}

function clearFlow(r: PlaneResults, c: number) {
  const { stepStart, stepTo, flow } = r.shape.confluences;
  for (let i = stepStart[c]; i < stepStart[c + 1]; i++) flow[stepTo[i]] = 0;
}

function markUsers(r: PlaneResults, c: number, changes: PlaneChanges) {
  const { group, slotStart, slotList, plainOf } = r.shape.confluences;
  const { memberStart, members } = r.shape.redundancy;
  const g = group[c];
  if (plainOf[g] !== c) {
    setBit(changes.groupHeadroom, g);
    for (let i = slotStart[c]; i < slotStart[c + 1]; i++) {
      setBit(changes.slotHeadroom, slotList[i]);
    }
    return;
  }
  for (let i = memberStart[g]; i < memberStart[g + 1]; i++) setBit(changes.headroom, members[i]);
}

/**
 * Marks the first reader of every confluence: it depends on more loads than are worth following,
 * and there are few.
 */
export function markConfluences(r: PlaneResults, changes: PlaneChanges) {
  const { count, group, slotStart, slotList, plainOf } = r.shape.confluences;
  const { memberStart, members } = r.shape.redundancy;
  for (let c = 0; c < count; c++) {
    if (plainOf[group[c]] === c) setBit(changes.headroom, members[memberStart[group[c]]]);
    else if (slotStart[c] === slotStart[c + 1]) setBit(changes.groupHeadroom, group[c]);
    else setBit(changes.slotHeadroom, slotList[slotStart[c]]);
  }
}
