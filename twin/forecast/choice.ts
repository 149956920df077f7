/** Which model a back-test entitles us to use. */
import type { ModelScore } from './backtest.ts';
import type { ForecastModel } from './model.ts';

export const LAST_VALUE = 'last-value';

/** How one model did from one origin. */
export interface OriginError {
  /** Steps known at the origin. */
  readonly known: number;
  readonly mae: number;
  readonly smape: number;
  readonly mase: number;
}

interface ModelRun {
  readonly model: ForecastModel;
  readonly errors: readonly OriginError[];
  readonly failures: number;
}

interface Choice {
  readonly chosen: string;
  readonly scores: readonly ModelScore[];
}

/** Origins that a model must have been judged at. */
const MIN_ORIGINS = 4;
/** Windows that do not overlap: below two there is no telling luck from skill. */
const MIN_WINDOWS = 2;
/** It must take off this share of the last value's error ... */
const MIN_GAIN = 0.03;
/** ... with this one-sided t (about 2.5 % by chance; several models are tried). */
const MIN_T = 2;
/** A more complex model must be better than a simpler one by this share. */
const TIE = 0.02;

/**
 * The model with the least error relative to the last value, if its gain is significant; else the
 * last value, which over 24 h on cloud telemetry is hard to beat.
 * @throws Error when the last-value model is not among the runs.
 */
export function choose(runs: readonly ModelRun[], horizon: number): Choice {
  const base = runs.find(run => run.model.id === LAST_VALUE);
  if (!base) throw new Error(`a back-test needs the model '${LAST_VALUE}' to compare with`);
  const baseAt = new Map(base.errors.map(error => [error.known, error]));
  const rated = runs.map(run => rate(run, baseAt, horizon));
  let best = rated[runs.indexOf(base)];
  for (const candidate of rated) {
    if (proven(candidate) && candidate.ratio < best.ratio * (1 - TIE)) best = candidate;
  }
  return {
    chosen: best.model,
    scores: rated.map(score => ({ ...score, chosen: score.model === best.model })),
  };
}

type Rated = Omit<ModelScore, 'chosen'>;

function proven(rated: Rated): boolean {
  return (
    rated.failures === 0 &&
    rated.origins >= MIN_ORIGINS &&
    rated.windows >= MIN_WINDOWS &&
    rated.ratio <= 1 - MIN_GAIN &&
    rated.t >= MIN_T
  );
}

function rate(run: ModelRun, baseAt: ReadonlyMap<number, OriginError>, horizon: number): Rated {
  const { model, errors, failures } = run;
  const bases = errors.map(error => baseAt.get(error.known)!);
  const windows = independentWindows(errors, horizon);
  return {
    model: model.id,
    title: model.title,
    mae: average(errors.map(error => error.mae)),
    smape: average(errors.map(error => error.smape)),
    mase: average(errors.map(error => error.mase).filter(value => !Number.isNaN(value))),
    ratio: ratioOf(errors, bases),
    t: gainT(errors, bases, windows),
    origins: errors.length,
    failures,
    windows,
  };
}

function ratioOf(errors: readonly OriginError[], bases: readonly OriginError[]): number {
  const own = average(errors.map(error => error.mae));
  const naive = average(bases.map(base => base.mae));
  // Both without error (a constant series): no better.
  return naive > 0 ? own / naive : own > 0 ? Number.POSITIVE_INFINITY : 1;
}

/** Origins closer than the horizon share most of their future: they count in proportion. */
function independentWindows(errors: readonly OriginError[], horizon: number): number {
  if (errors.length === 0) return 0;
  const spanned = (errors[errors.length - 1].known - errors[0].known) / horizon + 1;
  return Math.min(errors.length, spanned);
}

/** t of the mean log ratio of errors: a single terrible origin of either model weighs little. */
function gainT(
  errors: readonly OriginError[],
  bases: readonly OriginError[],
  windows: number,
): number {
  const floor = 1e-9 * average(bases.map(base => base.mae)) + Number.MIN_VALUE;
  const gains = errors.map((error, k) => Math.log((bases[k].mae + floor) / (error.mae + floor)));
  const gain = average(gains);
  if (!(Math.abs(gain) > 0)) return 0;
  const variance = average(gains.map(value => (value - gain) ** 2));
  return gain / Math.sqrt(Math.max(variance, 1e-12) / Math.max(windows - 1, 1e-12));
}

const average = (values: readonly number[]) =>
  values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : Number.NaN;
