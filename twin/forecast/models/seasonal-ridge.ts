/**
 * Seasonal autoregression with harmonics, fitted by ridge regression: each value from its last
 * three, those around one season ago, and the phase of the season. Run forward on its own output.
 */

import type { ForecastModel, Path } from '../model.ts';
import { addRow, solveRidge } from '../ridge.ts';
import { filled, tail } from '../series.ts';

const MIN_POINTS = 16;
const SHORT_LAGS = [1, 2, 3];
const HARMONICS = 4;
/** Rows of the regression: bounds the cost of one fit (about 15 x 15 x rows operations). */
const MAX_ROWS = 1000;
/** Ridge weight per row, on features of unit variance. */
const RIDGE_PER_ROW = 0.003;

const lagsOf = (season: number) =>
  [...SHORT_LAGS, season - 1, season, season + 1].filter(
    (lag, index, all) => lag > 0 && all.indexOf(lag) === index,
  );

interface Features {
  readonly lags: readonly number[];
  readonly season: number;
  readonly harmonics: number;
  readonly count: number;
}

function featuresOf(season: number): Features {
  const lags = lagsOf(season);
  const harmonics = Math.min(HARMONICS, Math.floor((season - 1) / 2));
  return { lags, season, harmonics, count: lags.length + 2 * harmonics };
}

/** Features of step `t` into `row`; `y` must be known for all steps before `t`. */
function fillRow(row: Float64Array, y: Float64Array, t: number, features: Features): void {
  let at = 0;
  for (const lag of features.lags) row[at++] = y[t - lag];
  for (let k = 1; k <= features.harmonics; k++) {
    const angle = (2 * Math.PI * k * (t % features.season)) / features.season;
    row[at++] = Math.SQRT2 * Math.sin(angle);
    row[at++] = Math.SQRT2 * Math.cos(angle);
  }
}

function standardised(y: Float64Array): { z: Float64Array; centre: number; scale: number } {
  const centre = y.reduce((sum, value) => sum + value, 0) / y.length;
  const variance = y.reduce((sum, value) => sum + (value - centre) ** 2, 0) / y.length;
  const scale = Math.sqrt(variance) || 1;
  return { z: y.map(value => (value - centre) / scale), centre, scale };
}

/** Coefficients over the rows whose target was measured, not filled in. */
function fitCoefficients(z: Float64Array, series: Float64Array, features: Features): Float64Array {
  const { count } = features;
  const gram = new Float64Array(count * count);
  const moment = new Float64Array(count);
  const row = new Float64Array(count);
  let rows = 0;
  for (let t = Math.max(...features.lags); t < z.length; t++) {
    if (Number.isNaN(series[t])) continue;
    fillRow(row, z, t, features);
    addRow(gram, moment, row, z[t]);
    rows++;
  }
  return solveRidge(gram, moment, RIDGE_PER_ROW * Math.max(rows, 1));
}

export const seasonalRidge: ForecastModel = {
  id: 'seasonal-ridge',
  title: 'Seasonal autoregression (ridge)',
  minPoints: MIN_POINTS,
  seasonal: true,
  fit(series, season): Path {
    const recent = tail(series, MAX_ROWS + season + 1, MIN_POINTS);
    const features = featuresOf(season);
    const { z, centre, scale } = standardised(filled(recent));
    const weights = fitCoefficients(z, recent, features);
    return steps => {
      const extended = new Float64Array(z.length + steps);
      extended.set(z);
      const row = new Float64Array(features.count);
      for (let t = z.length; t < extended.length; t++) {
        fillRow(row, extended, t, features);
        extended[t] = row.reduce((sum, value, i) => sum + value * weights[i], 0);
      }
      return extended.subarray(z.length).map(value => centre + scale * value);
    };
  },
};
