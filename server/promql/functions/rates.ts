/** Functions of counters and slopes: `rate`, `increase`, `delta`, `irate`, `deriv` and their like. */
import { addTo, newSum, totalOf } from '../sums.ts';
import type { Samples } from '../values.ts';
import { type FunctionRow, type Window, type WindowFunction, windowRow } from './row.ts';

interface Extrapolation {
  readonly isCounter: boolean;
  readonly isRate: boolean;
}

/**
 * What a counter gained between the first and the last sample, spread to the edges of the window
 * where these are near. As Prometheus 2 does it.
 */
const extrapolated =
  ({ isCounter, isRate }: Extrapolation): WindowFunction =>
  (samples: Samples) => {
    const { times, values } = samples;
    const lost = isCounter ? resetsOf(values) : undefined;
    return ({ lo, hi, startMs, endMs }) => {
      const last = hi - 1;
      const gained = values[last] - values[lo] + (lost?.(lo, hi) ?? 0);
      const sampledS = (times[last] - times[lo]) / 1000;
      const spacingS = sampledS / (last - lo);
      let beforeS = (times[lo] - startMs) / 1000;
      const afterS = (endMs - times[last]) / 1000;
      if (isCounter && gained > 0 && values[lo] >= 0) {
        // A counter cannot have been below zero.
        beforeS = Math.min(beforeS, sampledS * (values[lo] / gained));
      }
      const isNearS = spacingS * 1.1;
      const coveredS =
        sampledS +
        (beforeS < isNearS ? beforeS : spacingS / 2) +
        (afterS < isNearS ? afterS : spacingS / 2);
      const factor = coveredS / sampledS / (isRate ? (endMs - startMs) / 1000 : 1);
      return gained * factor;
    };
  };

/** Sum of what was on a counter before each reset, for resets after `lo` and before `hi`. */
function resetsOf(values: Float64Array): (lo: number, hi: number) => number {
  const resets: number[] = [];
  for (let i = 1; i < values.length; i++) if (values[i] < values[i - 1]) resets.push(i);
  let first = 0;
  return (lo, hi) => {
    while (first < resets.length && resets[first] <= lo) first++;
    // A negative first value counts as a reset from zero, which adds nothing.
    let sum = 0;
    for (let r = first; r < resets.length && resets[r] < hi; r++) sum += values[resets[r] - 1];
    return sum;
  };
}

/** Of the last two samples alone. */
const instantaneous =
  (isRate: boolean): WindowFunction =>
  ({ times, values }) =>
  ({ hi }) => {
    const [before, last] = [values[hi - 2], values[hi - 1]];
    const gained = isRate && last < before ? last : last - before;
    return isRate ? gained / ((times[hi - 1] - times[hi - 2]) / 1000) : gained;
  };

/** Least squares. `originMs` is where x is 0, so that the intercept is the value then. */
function regression({ times, values }: Samples, { lo, hi }: Window, originMs: number) {
  const count = hi - lo;
  const [x, y, xy, xx] = [newSum(), newSum(), newSum(), newSum()];
  let isFlat = true;
  for (let i = lo; i < hi; i++) {
    const at = (times[i] - originMs) / 1000;
    if (values[i] !== values[lo]) isFlat = false;
    addTo(x, at);
    addTo(y, values[i]);
    addTo(xy, at * values[i]);
    addTo(xx, at * at);
  }
  if (isFlat) {
    const level = Number.isFinite(values[lo]) ? values[lo] : Number.NaN;
    return { slope: level - level, intercept: level };
  }
  const [sumX, sumY] = [totalOf(x), totalOf(y)];
  const slope = (totalOf(xy) - (sumX * sumY) / count) / (totalOf(xx) - (sumX * sumX) / count);
  return { slope, intercept: sumY / count - (slope * sumX) / count };
}

const deriv: WindowFunction = samples => window =>
  regression(samples, window, samples.times[window.lo]).slope;

const predict: WindowFunction =
  (samples, [aheadS]) =>
  window => {
    const { slope, intercept } = regression(samples, window, window.atMs);
    return slope * aheadS[window.k] + intercept;
  };

const TWO = { least: 2 } as const;

export const RATES: readonly FunctionRow[] = [
  windowRow('rate', extrapolated({ isCounter: true, isRate: true }), TWO),
  windowRow('increase', extrapolated({ isCounter: true, isRate: false }), TWO),
  windowRow('delta', extrapolated({ isCounter: false, isRate: false }), TWO),
  windowRow('irate', instantaneous(true), TWO),
  windowRow('idelta', instantaneous(false), TWO),
  windowRow('deriv', deriv, TWO),
  windowRow('predict_linear', predict, { ...TWO, after: ['scalar'] }),
];
