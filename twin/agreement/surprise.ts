/** How surprising a deviation is, nats. */
import { AGREEMENT, type BalanceRow } from '../tables/agreement.ts';

/**
 * Balances of meters: half the square, up to a bound, so that none decides alone. Models: the heavy
 * tails of Student's t, since they are wrong in ways that no variance tells.
 * @param z standard deviations
 */
export function surprise({ physicalNats }: BalanceRow, z: number): number {
  if (physicalNats.value >= AGREEMENT.hardNats.value) {
    return Math.min(AGREEMENT.maxHalfSquare.value, (z * z) / 2);
  }
  const degrees = AGREEMENT.tailDegrees.value;
  return ((degrees + 1) / 2) * Math.log(1 + (z * z) / degrees);
}
