import { SimpleLinearRegression } from 'ml-regression';
import type { ForecastModel } from '../model.ts';
import { points, tail } from '../series.ts';

const MIN_POINTS = 6;
/** Steps looked back on: bounds the cost and forgets old regimes. */
const WINDOW_STEPS = 240;

/** Least squares through the recent points. */
export const linear: ForecastModel = {
  id: 'linear',
  title: 'Straight line',
  minPoints: MIN_POINTS,
  seasonal: false,
  fit(series) {
    const { x, y } = points(tail(series, WINDOW_STEPS, MIN_POINTS));
    const line = new SimpleLinearRegression(x, y);
    return steps => Float64Array.from({ length: steps }, (_, h) => line.predict(h + 1));
  },
};
