/**
 * The closure of one plane: loads up, extra loads of single losses up, headroom down. A pass over
 * what has changed gives bit for bit what the full pass gives: headroom is pulled (each position
 * reads its neighbours), and sums are of parts on a grid, which may be changed one by one.
 */
import type { State } from '../state/state.ts';
import type { PlaneChanges } from './changes.ts';
import { passGroupDraws, passSlotExtras } from './extra-loads.ts';
import { passGroupHeadroom, passHeadroom, passSlotHeadroom } from './headroom.ts';
import { passLoads } from './loads.ts';
import { markConfluences } from './meeting.ts';
import { byChild, type PlaneShape } from './shape.ts';

export { passHeadroom } from './headroom.ts';
export { passLoads } from './loads.ts';

/** Views on the results of one plane in one state, and the shares in force. */
export interface PlaneResults {
  readonly shape: PlaneShape;
  /** The topology's shares, or those of a what-if in which something has failed. */
  readonly shares: Float64Array;
  /** The same in the order of `plane.children`. */
  readonly childShares: Float64Array;
  /** 1: `load` is what the entity itself says; 0: the sum of what it supplies. */
  readonly isOwn: Uint8Array;
  readonly load: Float64Array;
  readonly assumed: Float64Array;
  readonly evidenceAtMs: Float64Array;
  readonly limit: Float64Array;
  readonly headroom: Float64Array;
  readonly headroomN1: Float64Array;
  readonly slotExtra: Float64Array;
  readonly slotHeadroom: Float64Array;
  readonly groupDraw: Float64Array;
  readonly groupHeadroom: Float64Array;
  readonly confluence: Float64Array;
  readonly confluenceN1: Float64Array;
}

export function planeResults(
  state: State,
  shape: PlaneShape,
  shares: Float64Array = shape.plane.shares,
): PlaneResults {
  const run = (offset: number, count: number) => state.results.subarray(offset, offset + count);
  const { plane, offsets, redundancy, confluences } = shape;
  const field = (offset: number) => run(offset, plane.count);
  return {
    shape,
    shares,
    childShares: shares === plane.shares ? shape.childShares : byChild(plane, shares),
    isOwn: new Uint8Array(state.buffer, 8 * shape.isOwnOffset, plane.count),
    load: field(offsets.load),
    assumed: field(offsets.assumed),
    evidenceAtMs: field(offsets.evidenceAtMs),
    limit: shape.limit,
    headroom: field(offsets.headroom),
    headroomN1: field(offsets.headroomN1),
    slotExtra: run(shape.slotExtraOffset, redundancy.slotCount),
    slotHeadroom: run(shape.slotHeadroomOffset, redundancy.slotCount),
    groupDraw: run(shape.groupDrawOffset, redundancy.groupCount),
    groupHeadroom: run(shape.groupHeadroomOffset, redundancy.groupCount),
    confluence: run(shape.confluenceOffset, confluences.count),
    confluenceN1: run(shape.confluenceN1Offset, confluences.count),
  };
}

type Part = (r: PlaneResults, changes?: PlaneChanges) => void;

/**
 * The closure of one plane, in its order: of all positions, or of what has changed since the last
 * one, after which `changes` is empty. Between two parts the results are neither old nor new.
 */
export const CLOSURE_PARTS: readonly Part[] = [
  (r, changes) => {
    passLoads(r, changes);
    if (changes && changes.movedCount > 0) markConfluences(r, changes);
  },
  (r, changes) => {
    passGroupDraws(r, changes);
    passSlotExtras(r, changes);
  },
  (r, changes) => {
    passSlotHeadroom(r, changes);
    passGroupHeadroom(r, changes);
  },
  passHeadroom,
];

/** The whole closure of one plane from the limits, and the loads that are somebody's own. */
export function closePlane(r: PlaneResults) {
  for (const part of CLOSURE_PARTS) part(r);
}

/** The closure of what has changed since the last one. */
export function closeChanged(r: PlaneResults, changes: PlaneChanges) {
  for (const part of CLOSURE_PARTS) part(r, changes);
}
