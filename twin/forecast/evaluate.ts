/**
 * How good the whole recipe is on a series (choice of the model and bands included): from each of
 * several past instants a full forecast is made with what was known then, and judged on what came.
 */
import { type Forecast, type ForecastRequest, forecast } from './forecast.ts';
import { lastPresent } from './series.ts';

interface EvaluateOptions extends Omit<ForecastRequest, 'values'> {
  /** Instants to forecast from. */
  readonly instants: number;
  /** Steps known at the first of them; default half of the series. */
  readonly known?: number;
}

export interface Evaluation {
  readonly instants: number;
  /** In the series' unit. */
  readonly mae: number;
  /** `mae` over that of the last value at the same instants. */
  readonly ratio: number;
  /** Share of measured values inside the bands. */
  readonly coverage80: number;
  readonly coverage95: number;
  /** Mean width of the 95 % band, in the series' unit. */
  readonly width95: number;
  /** How often each model was chosen. */
  readonly models: Readonly<Record<string, number>>;
}

interface Sums {
  error: number;
  naive: number;
  in80: number;
  in95: number;
  width: number;
  count: number;
}

export function evaluate(series: Float64Array, options: EvaluateOptions): Evaluation {
  const { instants, known = Math.floor(series.length / 2), ...request } = options;
  const sums: Sums = { error: 0, naive: 0, in80: 0, in95: 0, width: 0, count: 0 };
  const models: Record<string, number> = {};
  const room = series.length - request.horizonSteps - known;
  if (room < 0) throw new RangeError('the series is shorter than known steps and horizon together');
  for (let k = 0; k < instants; k++) {
    const at = known + Math.round((room * (k + 1)) / instants);
    const values = series.subarray(0, at);
    const made = forecast({ ...request, values });
    models[made.model] = (models[made.model] ?? 0) + 1;
    add(sums, made, series.subarray(at), lastPresent(values));
  }
  const { count } = sums;
  return {
    instants,
    mae: sums.error / count,
    ratio: sums.error / sums.naive,
    coverage80: sums.in80 / count,
    coverage95: sums.in95 / count,
    width95: sums.width / count,
    models,
  };
}

function add(sums: Sums, made: Forecast, actual: Float64Array, last: number): void {
  for (let h = 0; h < made.yhat.length; h++) {
    const value = actual[h];
    if (Number.isNaN(value)) continue;
    sums.count++;
    sums.error += Math.abs(value - made.yhat[h]);
    sums.naive += Math.abs(value - last);
    if (value >= made.lower80[h] && value <= made.upper80[h]) sums.in80++;
    if (value >= made.lower95[h] && value <= made.upper95[h]) sums.in95++;
    sums.width += made.upper95[h] - made.lower95[h];
  }
}
