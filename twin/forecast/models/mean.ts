import type { ForecastModel } from '../model.ts';

export const mean: ForecastModel = {
  id: 'mean',
  title: 'Mean',
  minPoints: 2,
  seasonal: false,
  fit(series) {
    let sum = 0;
    let count = 0;
    for (const value of series) {
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
    return steps => new Float64Array(steps).fill(sum / count);
  },
};
