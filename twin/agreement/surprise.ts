/** How surprising a deviation of `z` standard deviations is, nats; no equation decides alone. */
import { AGREEMENT } from '../tables/agreement.ts';

const MOST = AGREEMENT.maxHalfSquare.value;

export const surprise = (z: number) => Math.min(MOST, (z * z) / 2);
