/**
 * What of one plane must be worked out again. A pass takes its marks away and marks whatever reads
 * what it changed, in this pass further on or in a later one.
 */
import { bitSet, setBit } from './bits.ts';
import type { PlaneShape } from './shape.ts';

export interface PlaneChanges {
  /** Positions whose load may come out different. */
  readonly load: Int32Array;
  /** Those of them that add up all they supply, because `own` has changed. */
  readonly whole: Int32Array;
  /** Those of them that look for the oldest evidence below them. */
  readonly oldest: Int32Array;
  /** By turns, for each position, what the loads of the others and the evidence in them rise by. */
  readonly rises: Float64Array;
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
   * than this: most of what changes above a reader does not matter to it.
   */
  readonly ceiling: Float64Array;
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
    whole: bitSet(plane.count),
    oldest: bitSet(plane.count),
    rises: new Float64Array(2 * plane.count),
    groupDraw: bitSet(redundancy.groupCount),
    slotExtra: bitSet(redundancy.slotCount),
    wholeSlot: bitSet(redundancy.slotCount),
    slotRise: new Float64Array(redundancy.slotCount),
    headroom: bitSet(plane.count),
    slotHeadroom: bitSet(redundancy.slotCount),
    ceiling: new Float64Array(plane.count).fill(UNKNOWN),
    slotCeiling: new Float64Array(redundancy.slotCount).fill(UNKNOWN),
    groupHeadroom: bitSet(redundancy.groupCount),
    pulled: new Int32Array(plane.count),
    pulledCount: 0,
    moved: new Int32Array(plane.count),
    movedCount: 0,
  };
}

/** What a position says of itself has changed. */
export function markOwn(changes: PlaneChanges, position: number) {
  setBit(changes.load, position);
  setBit(changes.whole, position);
}

/** Whatever was known of the plane is not to be built on. */
export function markAll(changes: PlaneChanges) {
  changes.load.fill(-1);
  changes.whole.fill(-1);
  changes.ceiling.fill(UNKNOWN);
  changes.slotCeiling.fill(UNKNOWN);
}
