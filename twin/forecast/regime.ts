/** Whether the series still does what the back-test was won on. */
import type { Backtest } from './backtest.ts';
import { halfWidths } from './intervals.ts';
import { canFit, type ForecastModel } from './model.ts';

/** Share of the horizon looked back on, and the fewest steps. */
const RECENT_SHARE = 1 / 4;
const RECENT_MIN = 3;

/**
 * True when most of the newest values lie outside the 95 % band that the model, fitted just before
 * them, would have drawn: a jump to a new level that its old errors say nothing about.
 */
export function leftItsBand(
  model: ForecastModel,
  values: Float64Array,
  season: number,
  test: Backtest,
): boolean {
  const steps = Math.max(RECENT_MIN, Math.ceil(test.horizon * RECENT_SHARE));
  const past = values.subarray(0, -steps);
  if (!canFit(model, past, season)) return false;
  const path = model.fit(past, season)(steps);
  const { windows } = test.scores.find(score => score.model === model.id)!;
  const widths = halfWidths(test.residuals.get(model.id)!, windows, 0.95, steps);
  let outside = 0;
  let present = 0;
  values.subarray(-steps).forEach((value, h) => {
    if (Number.isNaN(value)) return;
    present++;
    if (Math.abs(value - path[h]) > widths[h]) outside++;
  });
  return outside > present / 2;
}
