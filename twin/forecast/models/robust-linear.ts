import { TheilSenRegression } from 'ml-regression';
import type { ForecastModel } from '../model.ts';
import { points, tail } from '../series.ts';

const MIN_POINTS = 6;
/** The estimator looks at every pair of points: 120 steps are 7,140 slopes at most. */
const WINDOW_STEPS = 120;

/** Theil-Sen: the median of all slopes, unmoved by up to 29 % outliers. */
export const robustLinear: ForecastModel = {
  id: 'robust-linear',
  title: 'Robust straight line (Theil-Sen)',
  minPoints: MIN_POINTS,
  seasonal: false,
  fit(series) {
    const { x, y } = points(tail(series, WINDOW_STEPS, MIN_POINTS));
    const line = new TheilSenRegression(x, y);
    return steps => Float64Array.from({ length: steps }, (_, h) => line.predict(h + 1));
  },
};
