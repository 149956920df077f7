/**
 * What of one plane must be worked out again. A pass takes its marks away and marks whatever reads
 * what it changed, in this pass further on or in a later one.
 */
import { bitSet, setBit } from './bits.ts';
import type { PlaneShape } from './shape.ts';

export interface PlaneChanges {
  /** Positions whose load is pulled: only those whose `own` has changed need be marked. */
  readonly load: Int32Array;
  /** Groups of junctions whose draw is added up. */
  readonly groupDraw: Int32Array;
  readonly slotExtra: Int32Array;
  /** Positions whose headroom is worked out, with and without a loss. */
  readonly headroom: Int32Array;
  readonly slotHeadroom: Int32Array;
  /** Groups of junctions whose takeovers have changed. */
  readonly groupHeadroom: Int32Array;
  /** The first `pulledCount` entries are the positions that the last pass of loads pulled. */
  readonly pulled: Int32Array;
  pulledCount: number;
  /** Those of them whose load came out different. */
  readonly moved: Int32Array;
  movedCount: number;
}

export function planeChanges({ plane, redundancy }: PlaneShape): PlaneChanges {
  return {
    load: bitSet(plane.count),
    groupDraw: bitSet(redundancy.groupCount),
    slotExtra: bitSet(redundancy.slotCount),
    headroom: bitSet(plane.count),
    slotHeadroom: bitSet(redundancy.slotCount),
    groupHeadroom: bitSet(redundancy.groupCount),
    pulled: new Int32Array(plane.count),
    pulledCount: 0,
    moved: new Int32Array(plane.count),
    movedCount: 0,
  };
}

/** What a position says of itself has changed. */
export const markOwn = (changes: PlaneChanges, position: number) => setBit(changes.load, position);
