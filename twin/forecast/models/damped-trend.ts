import type { ForecastModel } from '../model.ts';
import { tail } from '../series.ts';
import { best, DAMPED_GRID, SMOOTHING_STEPS, WARM_UP } from '../smoothing.ts';

export const dampedTrend: ForecastModel = {
  id: 'damped-trend',
  title: 'Damped trend',
  minPoints: 2 * WARM_UP,
  seasonal: false,
  fit(series) {
    const { gains, state } = best(tail(series, SMOOTHING_STEPS, 2 * WARM_UP), DAMPED_GRID);
    return steps => {
      const path = new Float64Array(steps);
      let { level, trend } = state;
      for (let h = 0; h < steps; h++) {
        trend *= gains.damping;
        level += trend;
        path[h] = level;
      }
      return path;
    };
  },
};
