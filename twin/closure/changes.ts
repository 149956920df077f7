/**
 * What of one plane must be worked out again. A pass takes its marks away and marks whatever reads
 * what it changed, in this pass further on or in a later one.
 */
import { bitSet, setBit } from './bits.ts';
import type { PlaneShape } from './shape.ts';

/** Why a position is due for more than that its load rises. */
export const WHOLE = 1;
export const REWEIGHED = 2;
export const AGED = 4;
export const SAID = 8;

export interface PlaneChanges {
  /** Positions whose load, or the evidence for it, may come out different. */
  readonly load: Int32Array;
  /**
   * Bits for each position. `SAID`: what it says of itself is new. `WHOLE`: adds up all it supplies.
   * `REWEIGHED`: another part is assumed. `AGED`: looks for the oldest evidence below it.
   */
  readonly due: Uint8Array;
  /** What those say that are `SAID`; NaN: they know nothing, or have no evidence. */
  readonly own: Float64Array;
  readonly ownAtMs: Float64Array;
  /** What the loads of the others rise by, and what is assumed in them. */
  readonly rise: Float64Array;
  readonly assumedRise: Float64Array;
  /** Groups of junctions whose draw is added up. */
  readonly groupDraw: Int32Array;
  readonly slotExtra: Int32Array;
  /** Those of the marked slots that add up all that flows into them. */
  readonly wholeSlot: Int32Array;
  /** What the extra loads of the others rise by. */
  readonly slotRise: Float64Array;
  /** Positions whose headroom is worked out, with and without a loss. */
  readonly headroom: Int32Array;
  readonly slotHeadroom: Int32Array;
  /**
   * No reader below a position, or below a slot, is bound by a headroom above it that is higher
   * than this: most of what changes above a reader does not matter to it. For positions by turns
   * of the plain and the N-1 headroom.
   */
  readonly ceilings: Float64Array;
  readonly slotCeiling: Float64Array;
  /** Groups of junctions whose takeovers have changed. */
  readonly groupHeadroom: Int32Array;
  /** The first `pulledCount` entries are the positions that the last pass of loads pulled. */
  readonly pulled: Int32Array;
  pulledCount: number;
  /** Those of them whose load came out different. */
  readonly moved: Int32Array;
  movedCount: number;
}

/** Of a ceiling: all readers must be looked at. */
const UNKNOWN = Number.POSITIVE_INFINITY;

export function planeChanges({ plane, redundancy }: PlaneShape): PlaneChanges {
  return {
    load: bitSet(plane.count),
    due: new Uint8Array(plane.count),
    own: new Float64Array(plane.count),
    ownAtMs: new Float64Array(plane.count),
    rise: new Float64Array(plane.count),
    assumedRise: new Float64Array(plane.count),
    groupDraw: bitSet(redundancy.groupCount),
    slotExtra: bitSet(redundancy.slotCount),
    wholeSlot: bitSet(redundancy.slotCount),
    slotRise: new Float64Array(redundancy.slotCount),
    headroom: bitSet(plane.count),
    slotHeadroom: bitSet(redundancy.slotCount),
    ceilings: new Float64Array(2 * plane.count).fill(UNKNOWN),
    slotCeiling: new Float64Array(redundancy.slotCount).fill(UNKNOWN),
    groupHeadroom: bitSet(redundancy.groupCount),
    pulled: new Int32Array(plane.count),
    pulledCount: 0,
    moved: new Int32Array(plane.count),
    movedCount: 0,
  };
}

/**
 * What a position says of itself is new.
 * @param load NaN: unknown, so the sum of what it supplies
 * @param atMs event time; NaN: a nameplate figure, no evidence
 */
export function markOwn(changes: PlaneChanges, position: number, load: number, atMs: number) {
  changes.own[position] = load;
  changes.ownAtMs[position] = atMs;
  setBit(changes.load, position);
  changes.due[position] |= SAID;
}

/** The load of a position is added up anew. */
export function markWhole(changes: PlaneChanges, position: number) {
  setBit(changes.load, position);
  changes.due[position] |= WHOLE;
}

/** Whatever was known of the plane is not to be built on. */
export function markAll(changes: PlaneChanges) {
  changes.load.fill(-1);
  changes.due.fill(WHOLE);
  changes.ceilings.fill(UNKNOWN);
  changes.slotCeiling.fill(UNKNOWN);
}
