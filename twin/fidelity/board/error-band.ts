/**
 * Quantiles of errors as a histogram that fades: bins are even in asinh, so that they are fine around
 * zero and wide far out, and a bin is found without looking at others.
 */

/** Errors below this are all the same; in parts of the prediction, or in the unit's 1. */
const SMALLEST = 5e-4;
/** Bins a unit of asinh: neighbouring edges differ by 8 %. */
const BINS_PER_UNIT = 12;
/** asinh(20,000): errors of ten times the prediction and more share the last bin. */
const REACH = Math.ceil(10.6 * BINS_PER_UNIT);
export const BAND_BINS = 2 * REACH + 1;

/** Bin of an error; any finite number has one. */
export function binOf(error: number): number {
  const bin = Math.round(Math.asinh(error / SMALLEST) * BINS_PER_UNIT);
  return REACH + Math.max(-REACH, Math.min(REACH, bin));
}

/** The error at an edge between bins: `at` is a bin less or plus a part of one. */
const errorAt = (at: number) => SMALLEST * Math.sinh((at - REACH) / BINS_PER_UNIT);

/** The error that a part `p` of all lies below; NaN while there are none. */
export function quantileOf(bins: Float64Array, p: number): number {
  let total = 0;
  for (const weight of bins) total += weight;
  if (!(total > 0)) return Number.NaN;
  let left = p * total;
  for (let bin = 0; bin < bins.length; bin++) {
    if (left <= bins[bin]) return errorAt(bin - 0.5 + (bins[bin] > 0 ? left / bins[bin] : 0));
    left -= bins[bin];
  }
  return errorAt(bins.length - 0.5);
}
