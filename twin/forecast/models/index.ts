/** The pool, simplest first: of two models that are about as good the earlier one is used. */
import type { ForecastModel } from '../model.ts';
import { dampedTrend } from './damped-trend.ts';
import { lastValue } from './last-value.ts';
import { linear } from './linear.ts';
import { mean } from './mean.ts';
import { polynomial } from './polynomial.ts';
import { robustLinear } from './robust-linear.ts';
import { seasonalNaive } from './seasonal-naive.ts';
import { seasonalRidge } from './seasonal-ridge.ts';
import { simpleSmoothing } from './simple-smoothing.ts';

export const FORECAST_MODELS: readonly ForecastModel[] = [
  lastValue,
  seasonalNaive,
  mean,
  simpleSmoothing,
  linear,
  robustLinear,
  dampedTrend,
  polynomial,
  seasonalRidge,
];
