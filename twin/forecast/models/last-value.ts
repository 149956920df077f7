import type { ForecastModel } from '../model.ts';
import { lastPresent } from '../series.ts';

/** Persistence: the baseline that every other model has to beat to be used. */
export const lastValue: ForecastModel = {
  id: 'last-value',
  title: 'Last value',
  minPoints: 1,
  seasonal: false,
  fit(series) {
    const value = lastPresent(series);
    return steps => new Float64Array(steps).fill(value);
  },
};
