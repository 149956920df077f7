import type { ForecastModel } from '../model.ts';
import { lastPresent } from '../series.ts';

/** The value one season ago; where that is a gap, further seasons ago; at last the last value. */
export const seasonalNaive: ForecastModel = {
  id: 'seasonal-naive',
  title: 'Seasonal naive',
  minPoints: 4,
  seasonal: true,
  fit(series, season) {
    const phases = new Float64Array(season).fill(lastPresent(series));
    // Newest last, so that the newest present value of each phase stays.
    for (let i = 0; i < series.length; i++) {
      if (!Number.isNaN(series[i]))
        phases[(i - series.length + season * series.length) % season] = series[i];
    }
    return steps => Float64Array.from({ length: steps }, (_, h) => phases[h % season]);
  },
};
