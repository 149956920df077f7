/**
 * A forecast of one series: the model that its own past entitles it to, with a band from the errors
 * that the model made there.
 */
import { type Backtest, backtest, type ModelScore } from './backtest.ts';
import { LAST_VALUE } from './choice.ts';
import { halfWidths } from './intervals.ts';
import type { ForecastModel } from './model.ts';
import { FORECAST_MODELS } from './models/index.ts';
import { lastValue } from './models/last-value.ts';
import { clip, sanePath } from './path.ts';
import { leftItsBand } from './regime.ts';
import { extent, presentCount } from './series.ts';

export interface ForecastRequest {
  /** Evenly spaced, oldest first, the last entry being the present; NaN is a gap. */
  readonly values: Float64Array;
  readonly stepS: number;
  readonly horizonSteps: number;
  /** Steps in a season to try; 0: none. Default: those of 24 h, where the series is long enough. */
  readonly season?: number;
  /** Physically possible values of the signal: path and band are cut to it. */
  readonly range: readonly [min: number, max: number];
  /** Origins of the back-test; default 24. */
  readonly origins?: number;
}

export interface Forecast {
  readonly model: string;
  readonly title: string;
  /** Steps in the season that the chosen model uses; 0: no season was proven. */
  readonly season: number;
  readonly stepS: number;
  /** Entry 0 is one step after the last entry of the values. */
  readonly yhat: Float64Array;
  readonly lower80: Float64Array;
  readonly upper80: Float64Array;
  readonly lower95: Float64Array;
  readonly upper95: Float64Array;
  readonly backtest: readonly ModelScore[];
  /** Origins at which the chosen model was judged. */
  readonly origins: number;
  /** Steps ahead that the back-test reached; the band beyond is extrapolated. */
  readonly testedSteps: number;
  /** Present values used. */
  readonly pointCount: number;
  /** Why this model, in one sentence. */
  readonly reason: string;
}

const DAY_S = 86_400;
const DEFAULT_ORIGINS = 24;
/** Values looked back on; bounds time and memory of one call. */
export const FORECAST_VALUES_MAX = 4096;
export const FORECAST_STEPS_MAX = 4096;
/** With less there is no back-test. */
const MIN_POINTS = 12;
/** The back-test's horizon is at most this share of the series, so that some origins fit. */
const TESTED_SHARE = 1 / 4;
/** Without any evidence: the 95 % band starts at this share of the value ... */
const BLIND_SHARE = 0.5;
/** ... or at this many times what the few values spanned, and grows as a random walk's. */
const BLIND_SPANS = 3;
/** Width of an 80 % band over that of a 95 % band of a normal error. */
const BAND_80_OF_95 = 1.2816 / 1.96;

/**
 * Deterministic; never throws on values: what is not finite or out of range counts as a gap.
 * Without any present value every output is NaN.
 * @throws RangeError for a step, horizon, season or range that makes no sense.
 */
export function forecast(request: ForecastRequest): Forecast {
  check(request);
  const { horizonSteps, range } = request;
  const values = request.values
    .subarray(-FORECAST_VALUES_MAX)
    .map(value => (value >= range[0] && value <= range[1] ? value : Number.NaN));
  const pointCount = presentCount(values);
  if (pointCount < MIN_POINTS) return blind(request, values, pointCount);
  const horizon = Math.min(horizonSteps, Math.floor(values.length * TESTED_SHARE));
  const season = request.season ?? Math.round(DAY_S / request.stepS);
  const origins = request.origins ?? DEFAULT_ORIGINS;
  const test = backtest(values, { horizon, season, origins, range });
  if (test.originSteps.length === 0) return blind(request, values, pointCount);
  return proven(request, values, season, test);
}

/** @throws RangeError naming the field. */
function check({ stepS, horizonSteps, season, range }: ForecastRequest): void {
  if (!(stepS > 0)) throw new RangeError(`stepS must be positive, not ${stepS}`);
  if (!Number.isInteger(horizonSteps) || horizonSteps < 1 || horizonSteps > FORECAST_STEPS_MAX) {
    throw new RangeError(
      `horizonSteps must be an integer from 1 to ${FORECAST_STEPS_MAX}, not ${horizonSteps}`,
    );
  }
  if (season !== undefined && !(Number.isInteger(season) && season >= 0)) {
    throw new RangeError(`season must be a count of steps or 0, not ${season}`);
  }
  if (!(range[0] < range[1])) throw new RangeError(`range must rise, not [${range.join(', ')}]`);
}

function proven(
  request: ForecastRequest,
  values: Float64Array,
  season: number,
  test: Backtest,
): Forecast {
  const { horizonSteps, range, stepS } = request;
  const { model, path, instead } = usablePath(request, values, season, test);
  const score = test.scores.find(candidate => candidate.model === model.id)!;
  const residuals = test.residuals.get(model.id)!;
  return {
    model: model.id,
    title: model.title,
    season: model.seasonal ? season : 0,
    stepS,
    ...bands(path, range, level => halfWidths(residuals, score.windows, level, horizonSteps)),
    backtest: test.scores.map(each => ({ ...each, chosen: each.model === model.id })),
    origins: score.origins,
    testedSteps: test.horizon,
    pointCount: presentCount(values),
    reason: reasonOf(score, test, horizonSteps, instead),
  };
}

/** The chosen model's path; or the last value's, and why (`instead`). */
function usablePath(
  { horizonSteps, range }: ForecastRequest,
  values: Float64Array,
  season: number,
  test: Backtest,
): { model: ForecastModel; path: Float64Array; instead?: string } {
  const model = FORECAST_MODELS.find(candidate => candidate.id === test.chosen)!;
  const path = clip(model.fit(values, season)(horizonSteps), range);
  const wild = !sanePath(path, values);
  if (model === lastValue || !(wild || leftItsBand(model, values, season, test))) {
    return { model, path };
  }
  const why = wild ? 'but runs away now' : 'but the newest values are outside its band';
  return {
    model: lastValue,
    path: lastValue.fit(values, 0)(horizonSteps),
    instead: `'${model.title}' did best in the back-test ${why}: last value instead`,
  };
}

function reasonOf(score: ModelScore, test: Backtest, steps: number, instead?: string): string {
  const reach = test.horizon < steps ? `, back-tested only ${test.horizon} of ${steps} steps` : '';
  if (instead) return `${instead}${reach}`;
  if (score.model === LAST_VALUE) {
    return `no model was clearly better than the last value at ${score.origins} origins${reach}`;
  }
  const gainPct = Math.round(100 * (1 - score.ratio));
  return `error ${gainPct} % below the last value's at ${score.origins} origins${reach}`;
}

/** Too little to test anything on: the last value, and a band that is a stated guess. */
function blind(request: ForecastRequest, values: Float64Array, pointCount: number): Forecast {
  const { horizonSteps, range, stepS } = request;
  const path = lastValue.fit(values, 0)(horizonSteps);
  const [min, max] = extent(values);
  const start = Math.max(BLIND_SHARE * Math.abs(path[0]), BLIND_SPANS * (max - min));
  const base = start > 0 ? start : range[1] - range[0];
  return {
    model: lastValue.id,
    title: lastValue.title,
    season: 0,
    stepS,
    ...bands(path, range, level =>
      path.map((_, h) => base * Math.sqrt(h + 1) * (level < 0.9 ? BAND_80_OF_95 : 1)),
    ),
    backtest: [],
    origins: 0,
    testedSteps: 0,
    pointCount,
    reason: blindReason(pointCount),
  };
}

function blindReason(pointCount: number): string {
  if (pointCount === 0) return 'no values yet, so nothing can be said of what is to come';
  const values = pointCount === 1 ? 'only 1 value' : `only ${pointCount} values`;
  return `${values}, too few for a back-test: last value, the band is a guess`;
}

type Bands = Pick<Forecast, 'yhat' | 'lower80' | 'upper80' | 'lower95' | 'upper95'>;

function bands(
  yhat: Float64Array,
  range: readonly [number, number],
  widths: (level: number) => Float64Array,
): Bands {
  const edge = (width: Float64Array, sign: 1 | -1) =>
    clip(
      yhat.map((value, h) => value + sign * width[h]),
      range,
    );
  const [width80, width95] = [widths(0.8), widths(0.95)];
  return {
    yhat,
    lower80: edge(width80, -1),
    upper80: edge(width80, 1),
    lower95: edge(width95, -1),
    upper95: edge(width95, 1),
  };
}
