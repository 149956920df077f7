import { PolynomialRegression } from 'ml-regression';
import type { ForecastModel } from '../model.ts';
import { points, tail } from '../series.ts';

const MIN_POINTS = 12;
const WINDOW_STEPS = 240;
const DEGREE = 2;

/** A parabola through the recent points: catches growth that speeds up or flattens. */
export const polynomial: ForecastModel = {
  id: 'polynomial',
  title: 'Parabola',
  minPoints: MIN_POINTS,
  seasonal: false,
  fit(series) {
    const { x, y } = points(tail(series, WINDOW_STEPS, MIN_POINTS));
    // The solver forms normal equations: x is scaled to [-1, 0] and y centred to keep digits.
    const scale = -x[0];
    const centre = y.reduce((sum, value) => sum + value, 0) / y.length;
    const curve = new PolynomialRegression(
      x.map(step => step / scale),
      y.map(value => value - centre),
      DEGREE,
    );
    return steps =>
      Float64Array.from({ length: steps }, (_, h) => centre + curve.predict((h + 1) / scale));
  },
};
