import type { ForecastModel } from '../model.ts';
import { tail } from '../series.ts';
import { best, SIMPLE_GRID, SMOOTHING_STEPS, WARM_UP } from '../smoothing.ts';

export const simpleSmoothing: ForecastModel = {
  id: 'simple-smoothing',
  title: 'Simple exponential smoothing',
  minPoints: 2 * WARM_UP,
  seasonal: false,
  fit(series) {
    const { state } = best(tail(series, SMOOTHING_STEPS, 2 * WARM_UP), SIMPLE_GRID);
    return steps => new Float64Array(steps).fill(state.level);
  },
};
