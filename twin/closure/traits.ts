/** What a position is to the closure, as bits of one byte, so that a pass need not look further. */
import type { Plane } from '../topology/plane.ts';
import type { Losses } from './losses.ts';
import type { Redundancy } from './redundancy.ts';

/** Draws more than it carries. */
export const IS_LOSSY = 1;
/** Has two or more suppliers, and so is in a group of junctions. */
export const IS_JUNCTION = 2;
/** Takes over when something is lost. */
export const HAS_SLOTS = 4;
/** Its loss spares slots its draw. */
export const IS_SPARED = 8;

export function traitsOf({ count }: Plane, losses: Losses, redundancy: Redundancy): Uint8Array {
  const { groupOf, slotStart, sparedStart } = redundancy;
  return Uint8Array.from(
    { length: count },
    (_, p) =>
      (losses.isLossy[p] === 1 ? IS_LOSSY : 0) |
      (groupOf[p] > 0 ? IS_JUNCTION : 0) |
      (slotStart[p] < slotStart[p + 1] ? HAS_SLOTS : 0) |
      (sparedStart[p] < sparedStart[p + 1] ? IS_SPARED : 0),
  );
}
