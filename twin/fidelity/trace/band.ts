/**
 * The 90 % band that a prediction carries: quantiles of past relative errors, below and above,
 * moved by each revealed value so that misses come as often as they should (adaptive conformal
 * inference, Gibbs and Candes, 2021), one pair per circumstance.
 */
import { REPLAY } from '../../tables/trace-replay.ts';
import { CONTEXTS } from './mixture.ts';

const MISS = REPLAY.bandMiss.value / 2;
const STEP = REPLAY.bandStep.value;

/** Widths as parts of the prediction's unit; index `CONTEXTS` is all circumstances. */
export interface Band {
  readonly below: Float64Array;
  readonly above: Float64Array;
  readonly seen: Float64Array;
}

const FIRST_WIDTH = 0.1;

export const makeBand = (): Band => ({
  below: new Float64Array(CONTEXTS + 1).fill(FIRST_WIDTH),
  above: new Float64Array(CONTEXTS + 1).fill(FIRST_WIDTH),
  seen: new Float64Array(CONTEXTS + 1),
});

/** A circumstance speaks for itself after so many values; before that all of them do. */
const ENOUGH = 30;
const slotOf = (band: Band, context: number) => (band.seen[context] >= ENOUGH ? context : CONTEXTS);

/** Lower and upper end, given the prediction and what an error of one counts. */
export const lowerEnd = (band: Band, context: number, value: number, unit: number) =>
  value - unit * band.below[slotOf(band, context)];
export const upperEnd = (band: Band, context: number, value: number, unit: number) =>
  value + unit * band.above[slotOf(band, context)];

/** @param miss value minus prediction over unit */
export function learnBand(band: Band, context: number, miss: number) {
  if (band.seen[context] === 0) {
    band.below[context] = band.below[CONTEXTS];
    band.above[context] = band.above[CONTEXTS];
  }
  moveBand(band, context, miss);
  moveBand(band, CONTEXTS, miss);
}

function moveBand(band: Band, slot: number, miss: number) {
  band.seen[slot]++;
  // Large steps first, then steady ones that follow a change within some hundred values.
  const step = STEP * Math.max(0.3, 6 / (6 + band.seen[slot]));
  const low = -miss > band.below[slot] ? 1 - MISS : -MISS;
  const high = miss > band.above[slot] ? 1 - MISS : -MISS;
  band.below[slot] = Math.max(MIN_WIDTH, band.below[slot] * (1 + step * low));
  band.above[slot] = Math.max(MIN_WIDTH, band.above[slot] * (1 + step * high));
}

const MIN_WIDTH = 1e-5;
