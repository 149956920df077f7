/**
 * The closure passes over one plane: loads up, extra load of single losses up, headroom down.
 * Everything is pulled (each position reads its neighbours), so that an incremental pass over the
 * changed positions gives bit for bit what the full pass gives.
 */
import type { State } from '../state/state.ts';
import { drawn, type Losses, marginalDraw } from './losses.ts';
import type { PlaneShape } from './shape.ts';

/** Views on the results of one plane in one state, and the shares in force. */
export interface PlaneResults {
  readonly shape: PlaneShape;
  /** The topology's shares, or those of a what-if in which something has failed. */
  readonly shares: Float64Array;
  readonly own: Float64Array;
  readonly ownAtMs: Float64Array;
  readonly load: Float64Array;
  readonly evidenced: Float64Array;
  readonly evidenceAtMs: Float64Array;
  readonly limit: Float64Array;
  readonly headroom: Float64Array;
  readonly binding: Float64Array;
  readonly headroomN1: Float64Array;
  readonly marginN1: Float64Array;
  readonly slotExtra: Float64Array;
  readonly slotHeadroom: Float64Array;
}

export function planeResults(
  state: State,
  shape: PlaneShape,
  shares: Float64Array = shape.plane.shares,
): PlaneResults {
  const run = (offset: number, count: number) => state.results.subarray(offset, offset + count);
  const { plane, offsets, redundancy } = shape;
  const field = (offset: number) => run(offset, plane.count);
  return {
    shape,
    shares,
    own: field(offsets.own),
    ownAtMs: field(offsets.ownAtMs),
    load: field(offsets.load),
    evidenced: field(offsets.evidenced),
    evidenceAtMs: field(offsets.evidenceAtMs),
    limit: field(offsets.limit),
    headroom: field(offsets.headroom),
    binding: field(offsets.binding),
    headroomN1: field(offsets.headroomN1),
    marginN1: field(offsets.marginN1),
    slotExtra: run(shape.slotExtraOffset, redundancy.slotCount),
    slotHeadroom: run(shape.slotHeadroomOffset, redundancy.slotCount),
  };
}

/** Loads of all positions, consumers first. */
export function passLoads(r: PlaneResults) {
  for (let p = r.shape.plane.count - 1; p >= 0; p--) pullLoad(r, p);
}

/**
 * Loads of the flagged positions and of all that supply them; clears the flags.
 * @param dirty one byte a position; only consumers need be flagged.
 * @param touched called with every position whose load was pulled.
 */
export function passDirtyLoads(
  r: PlaneResults,
  dirty: Uint8Array,
  touched: (position: number) => void,
) {
  const { parentStart, parents } = r.shape.plane;
  for (let p = dirty.lastIndexOf(1); p >= 0; p = p > 0 ? dirty.lastIndexOf(1, p - 1) : -1) {
    dirty[p] = 0;
    pullLoad(r, p);
    touched(p);
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) dirty[parents[e]] = 1;
  }
}

/** load = own, or else the sum of share x draw of what it supplies. */
function pullLoad(r: PlaneResults, p: number) {
  const own = r.own[p];
  if (!Number.isNaN(own)) {
    const hasEvidence = !Number.isNaN(r.ownAtMs[p]);
    r.load[p] = own;
    r.evidenced[p] = hasEvidence ? own : 0;
    r.evidenceAtMs[p] = r.ownAtMs[p];
    return;
  }
  const { losses } = r.shape;
  const { childStart, children, childEdges, isAccounting } = r.shape.plane;
  let load = 0;
  let evidenced = 0;
  let oldestMs = Number.POSITIVE_INFINITY;
  for (let i = childStart[p]; i < childStart[p + 1]; i++) {
    const child = children[i];
    const share = r.shares[childEdges[i]];
    if (share === 0) continue;
    const childLoad = r.load[child];
    const draw = isAccounting[childEdges[i]] ? childLoad : drawn(losses, child, childLoad);
    load += share * draw;
    if (childLoad > 0) evidenced += share * draw * (r.evidenced[child] / childLoad);
    if (r.evidenceAtMs[child] < oldestMs) oldestMs = r.evidenceAtMs[child];
  }
  r.load[p] = load;
  r.evidenced[p] = evidenced;
  r.evidenceAtMs[p] = oldestMs === Number.POSITIVE_INFINITY ? Number.NaN : oldestMs;
}

/** Extra load of every carrier under every single loss, consumers first. */
export function passSingleLosses(r: PlaneResults) {
  const { redundancy, losses } = r.shape;
  const { directStart, junction, takenShare, belowStart, belowSlot, belowShare, carrier } =
    redundancy;
  for (let s = 0; s < redundancy.slotCount; s++) {
    let extra = 0;
    for (let i = directStart[s]; i < directStart[s + 1]; i++) {
      extra += takenShare[i] * drawn(losses, junction[i], r.load[junction[i]]);
    }
    for (let i = belowStart[s]; i < belowStart[s + 1]; i++) {
      const below = belowSlot[i];
      extra +=
        belowShare[i] *
        extraDraw(losses, carrier[below], r.load[carrier[below]], r.slotExtra[below]);
    }
    r.slotExtra[s] = extra;
  }
}

/** What `p` draws more when it carries `extra` on top of `load`; no-load losses do not repeat. */
function extraDraw(losses: Losses, p: number, load: number, extra: number): number {
  return extra * (1 + losses.linear[p] + losses.squarePerW[p] * (2 * load + extra));
}

/**
 * Headroom of every position, sources first:
 * `headroom[c] = min(limit[c] - load[c], min over suppliers of headroom[p] / share)`.
 */
export function passHeadroom(r: PlaneResults) {
  const { plane, losses } = r.shape;
  const { parentStart, parents, isAccounting } = plane;
  const { headroom, binding, limit, load, shares } = r;
  for (let p = 0; p < plane.count; p++) {
    let least = limit[p] - load[p];
    let at = p;
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
      const share = shares[e];
      if (share === 0) continue;
      const draw = isAccounting[e] ? 1 : marginalDraw(losses, p, load[p]);
      const above = headroom[parents[e]] / (share * draw);
      if (above < least) {
        least = above;
        at = binding[parents[e]];
      }
    }
    headroom[p] = least;
    binding[p] = at;
  }
}

/** Headroom that is left whichever single thing is lost; after `passHeadroom`. */
export function passHeadroomN1(r: PlaneResults) {
  const { plane, redundancy } = r.shape;
  // Slots run from consumers to sources, so that sources first is backwards.
  for (let s = redundancy.slotCount - 1; s >= 0; s--) r.slotHeadroom[s] = slotHeadroomOf(r, s);
  for (let p = 0; p < plane.count; p++) {
    r.headroomN1[p] = headroomN1Of(r, p);
    r.marginN1[p] = marginN1Of(r, p);
  }
}

function slotHeadroomOf(r: PlaneResults, s: number): number {
  const { aboveStart, aboveSlot, aboveShare, carrier } = r.shape.redundancy;
  const p = carrier[s];
  const load = r.load[p] + r.slotExtra[s];
  const draw = marginalDraw(r.shape.losses, p, load);
  let least = r.limit[p] - load;
  for (let i = aboveStart[s]; i < aboveStart[s + 1]; i++) {
    least = Math.min(least, r.slotHeadroom[aboveSlot[i]] / (aboveShare[i] * draw));
  }
  return least;
}

function headroomN1Of(r: PlaneResults, p: number): number {
  const { plane, redundancy, losses } = r.shape;
  const { parentStart, parents, isAccounting } = plane;
  const { slotStart, slotList, takeoverStart, takeoverEntry, directSlot, newShare } = redundancy;
  const draw = marginalDraw(losses, p, r.load[p]);
  let least = r.limit[p] - r.load[p];
  for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
    const share = r.shares[e] * (isAccounting[e] ? 1 : draw);
    if (share > 0) least = Math.min(least, r.headroomN1[parents[e]] / share);
  }
  for (let i = slotStart[p]; i < slotStart[p + 1]; i++) {
    least = Math.min(least, r.slotHeadroom[slotList[i]]);
  }
  for (let i = takeoverStart[p]; i < takeoverStart[p + 1]; i++) {
    const entry = takeoverEntry[i];
    const share = newShare[entry] * draw;
    if (share > 0) least = Math.min(least, r.slotHeadroom[directSlot[entry]] / share);
  }
  return least;
}

/** What is left of the position's own limit under the loss that loads it most. */
function marginN1Of(r: PlaneResults, p: number): number {
  const { slotStart, slotList } = r.shape.redundancy;
  let most = 0;
  for (let i = slotStart[p]; i < slotStart[p + 1]; i++) {
    most = Math.max(most, r.slotExtra[slotList[i]]);
  }
  return r.limit[p] - r.load[p] - most;
}

/** The whole closure of one plane from `own` and `limit`. */
export function closePlane(r: PlaneResults) {
  passLoads(r);
  passSingleLosses(r);
  passHeadroom(r);
  passHeadroomN1(r);
}
