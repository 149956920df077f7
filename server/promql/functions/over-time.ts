/** `<aggregate>_over_time`, and counts of what happened in a window. */
import { quantileOf, sortValues, totalOf } from '../sums.ts';
import { type FunctionRow, type WindowFunction, windowRow } from './row.ts';
import { type Aggregator, LARGEST, SMALLEST, SPREAD, sliding, TOTAL } from './sliding.ts';

const over =
  <A>(aggregator: Aggregator<A>, of: (aggregate: A, count: number) => number): WindowFunction =>
  ({ values }) => {
    const aggregate = sliding(values, aggregator);
    return window => of(aggregate(window), window.hi - window.lo);
  };

const average: WindowFunction = ({ values }) => {
  const total = sliding(values, TOTAL);
  return window => {
    const { lo, hi } = window;
    const mean = totalOf(total(window)) / (hi - lo);
    return Number.isFinite(mean) ? mean : carefulMean(values, lo, hi);
  };
};

/** For sums beyond the range of a number; an infinity among the values stays one. */
function carefulMean(values: Float64Array, lo: number, hi: number): number {
  let mean = 0;
  for (let i = lo; i < hi; i++) {
    const count = i - lo + 1;
    const value = values[i];
    const isSettled = Math.abs(mean) === Number.POSITIVE_INFINITY;
    if (isSettled && (Number.isFinite(value) || value === mean)) continue;
    mean += value / count - mean / count;
  }
  return mean;
}

const quantile: WindowFunction =
  ({ values }, [phi]) =>
  ({ lo, hi, k }) =>
    quantileOf(sortValues(values.slice(lo, hi)), phi[k]);

/** How often two neighbours within the window are as `isOne` says. */
const counted =
  (isOne: (before: number, value: number) => boolean): WindowFunction =>
  ({ values }) => {
    const until = new Uint32Array(values.length);
    for (let i = 1; i < values.length; i++) {
      until[i] = until[i - 1] + (isOne(values[i - 1], values[i]) ? 1 : 0);
    }
    return ({ lo, hi }) => until[hi - 1] - until[lo];
  };

const isChange = (before: number, value: number) =>
  value !== before && !(Number.isNaN(value) && Number.isNaN(before));

const same = (value: number) => value;

export const OVER_TIME: readonly FunctionRow[] = [
  windowRow('avg_over_time', average),
  windowRow('min_over_time', over(SMALLEST, same)),
  windowRow('max_over_time', over(LARGEST, same)),
  windowRow('sum_over_time', over(TOTAL, totalOf)),
  windowRow(
    'stdvar_over_time',
    over(SPREAD, ({ squares }, count) => squares / count),
  ),
  windowRow(
    'stddev_over_time',
    over(SPREAD, ({ squares }, count) => Math.sqrt(squares / count)),
  ),
  windowRow(
    'count_over_time',
    () =>
      ({ lo, hi }) =>
        hi - lo,
  ),
  windowRow(
    'last_over_time',
    ({ values }) =>
      ({ hi }) =>
        values[hi - 1],
    { keepsName: true },
  ),
  windowRow('present_over_time', () => () => 1),
  windowRow('quantile_over_time', quantile, { before: ['scalar'] }),
  windowRow('changes', counted(isChange)),
  windowRow(
    'resets',
    counted((before, value) => value < before),
  ),
];
