/**
 * Rolling-origin back-test: every model forecasts from several past instants, knowing only what was
 * known then, and is judged on what followed. Tashman, "Out-of-sample tests of forecasting
 * accuracy", Int. J. Forecasting 16 (2000).
 */

import { choose, type OriginError } from './choice.ts';
import { canFit, type ForecastModel } from './model.ts';
import { FORECAST_MODELS } from './models/index.ts';
import { clip, sanePath } from './path.ts';
import { lastPresent } from './series.ts';

interface BacktestOptions {
  /** Steps ahead that each origin is judged on. */
  readonly horizon: number;
  /** Steps in a season, 0 for none. */
  readonly season: number;
  /** Origins wanted; fewer are used when the series is short. */
  readonly origins: number;
  /** Default: `FORECAST_MODELS`. The last-value model must be among them. */
  readonly models?: readonly ForecastModel[];
  /** Physically possible values, in the series' unit: paths are cut to it before judging. */
  readonly range?: readonly [min: number, max: number];
}

export interface ModelScore {
  readonly model: string;
  readonly title: string;
  readonly chosen: boolean;
  /** Mean absolute error, in the series' unit. */
  readonly mae: number;
  /** Symmetric mean absolute percentage error, 0 to 200, as in the M4 competition. */
  readonly smape: number;
  /** Error over the in-sample error of the (seasonal) naive method; NaN where that is 0. */
  readonly mase: number;
  /** `mae` over that of the last value at the same origins: below 1 is better. */
  readonly ratio: number;
  /** One-sided t of the gain over the last value, with overlapping windows discounted. */
  readonly t: number;
  /** Origins at which the model could be fitted. */
  readonly origins: number;
  /** Independent windows that these origins amount to (overlaps discounted). */
  readonly windows: number;
  /** Origins at which its path was not finite or far out of what the series ever did. */
  readonly failures: number;
}

export interface Backtest {
  readonly chosen: string;
  /** In the order of the models given. */
  readonly scores: readonly ModelScore[];
  readonly horizon: number;
  /** Origins used: steps of the series known at each, rising. */
  readonly originSteps: readonly number[];
  /**
   * By model: measured minus forecast, one row of `horizon` values for each origin at which it
   * could be fitted; NaN where nothing was measured.
   */
  readonly residuals: ReadonlyMap<string, readonly Float64Array[]>;
}

/** Shortest history that a first origin may know. */
const MIN_KNOWN = 8;
/** Share of the series (less the horizon) known at the first origin. */
const FIRST_ORIGIN_SHARE = 1 / 3;

/**
 * @param series evenly spaced, NaN = gap.
 * @throws RangeError for a horizon or an origin count that is not a positive integer.
 */
export function backtest(series: Float64Array, options: BacktestOptions): Backtest {
  const { horizon, season, models = FORECAST_MODELS } = options;
  positiveInteger('horizon', horizon);
  positiveInteger('origins', options.origins);
  const originSteps = placeOrigins(series, horizon, options.origins);
  const runs = models.map(model => ({
    model,
    errors: [] as OriginError[],
    residuals: [] as Float64Array[],
    failures: 0,
  }));
  for (const known of originSteps) {
    const past = series.subarray(0, known);
    const actual = series.subarray(known, known + horizon);
    const naiveError = naiveScale(past, season);
    for (const run of runs) {
      if (!canFit(run.model, past, season)) continue;
      const path = clip(run.model.fit(past, season)(horizon), options.range);
      if (!sanePath(path, past)) {
        run.failures++;
        continue;
      }
      const residual = actual.map((value, h) => value - path[h]);
      run.residuals.push(residual);
      run.errors.push(judge(known, actual, residual, naiveError));
    }
  }
  const residuals = new Map(runs.map(run => [run.model.id, run.residuals]));
  return { ...choose(runs, horizon), horizon, originSteps, residuals };
}

function positiveInteger(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${name} must be a positive integer, not ${value}`);
  }
}

/** Evenly spaced origins with something known before them and something measured after them. */
function placeOrigins(series: Float64Array, horizon: number, wanted: number): number[] {
  const last = series.length - horizon;
  const first = Math.max(MIN_KNOWN, Math.floor(last * FIRST_ORIGIN_SHARE));
  if (last < first) return [];
  const count = Math.min(wanted, last - first + 1);
  const places = Array.from({ length: count }, (_, k) =>
    count === 1 ? last : Math.round(first + ((last - first) * k) / (count - 1)),
  );
  return places.filter(
    known =>
      !Number.isNaN(lastPresent(series.subarray(0, known))) &&
      !Number.isNaN(lastPresent(series.subarray(known, known + horizon))),
  );
}

/** In-sample mean absolute error of repeating the value one season (or one step) ago. */
function naiveScale(past: Float64Array, season: number): number {
  const lag = season > 0 && past.length > season ? season : 1;
  let sum = 0;
  let count = 0;
  for (let i = lag; i < past.length; i++) {
    const error = Math.abs(past[i] - past[i - lag]);
    if (Number.isNaN(error)) continue;
    sum += error;
    count++;
  }
  return count > 0 ? sum / count : Number.NaN;
}

function judge(
  known: number,
  actual: Float64Array,
  residual: Float64Array,
  naiveError: number,
): OriginError {
  let absolute = 0;
  let symmetric = 0;
  let count = 0;
  for (let h = 0; h < residual.length; h++) {
    if (Number.isNaN(residual[h])) continue;
    const error = Math.abs(residual[h]);
    const size = Math.abs(actual[h]) + Math.abs(actual[h] - residual[h]);
    absolute += error;
    symmetric += size > 0 ? (200 * error) / size : 0;
    count++;
  }
  const mae = absolute / count;
  return {
    known,
    mae,
    smape: symmetric / count,
    mase: naiveError > 0 ? mae / naiveError : Number.NaN,
  };
}
