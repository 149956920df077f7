/** What a forecasting model is. Every model of `models/` passes test/contract/forecast-model. */

/** Values of the next `steps` steps; entry 0 is one step after the end of the fitted series. */
export type Path = (steps: number) => Float64Array;

export interface ForecastModel {
  readonly id: string;
  readonly title: string;
  /** Present (not NaN) points that a fit needs at least. */
  readonly minPoints: number;
  /** True: it needs a season of at least two steps and two whole seasons of series. */
  readonly seasonal: boolean;
  /**
   * @param series evenly spaced, oldest first; NaN is a gap, also at the end.
   * @param season steps in one season; 0 when there is none.
   * Only called when `canFit` holds. The path may be wild: callers judge it with `sanePath`.
   */
  fit(series: Float64Array, season: number): Path;
}

export function canFit(model: ForecastModel, series: Float64Array, season: number): boolean {
  if (model.seasonal && (season < 2 || series.length < 2 * season)) return false;
  let missing = model.minPoints;
  for (let i = series.length - 1; i >= 0 && missing > 0; i--) {
    if (!Number.isNaN(series[i])) missing--;
  }
  return missing === 0;
}
