/**
 * Exponential smoothing, simple and with a damped trend: E. S. Gardner, E. McKenzie, "Forecasting
 * trends in time series", Management Science 31 (1985). Parameters by grid on the one-step error.
 */

/** Steps looked back on: with 120 parameter sets that is 36,000 updates a fit. */
export const SMOOTHING_STEPS = 300;
/** Present points that set the first level and are not scored. */
export const WARM_UP = 4;
const LEVEL_GAINS = [0.1, 0.2, 0.35, 0.5, 0.7, 0.9];
const TREND_GAINS = [0.02, 0.05, 0.1, 0.2, 0.4];
const DAMPINGS = [0.8, 0.9, 0.95, 0.98];

interface Gains {
  readonly level: number;
  readonly trend: number;
  readonly damping: number;
}

interface Smoothed {
  level: number;
  trend: number;
  /** Sum of squared one-step errors. */
  error: number;
}

/** One pass over the series; a gap moves the level along the trend and scores nothing. */
function smooth(series: Float64Array, gains: Gains): Smoothed {
  const state: Smoothed = { level: 0, trend: 0, error: 0 };
  let seen = 0;
  for (let i = 0; i < series.length; i++) {
    const predicted = state.level + gains.damping * state.trend;
    const value = series[i];
    if (seen < WARM_UP) {
      if (!Number.isNaN(value)) state.level += (value - state.level) / ++seen;
      continue;
    }
    const residual = Number.isNaN(value) ? 0 : value - predicted;
    state.level = predicted + gains.level * residual;
    state.trend = gains.damping * state.trend + gains.level * gains.trend * residual;
    state.error += residual * residual;
  }
  return state;
}

export function best(
  series: Float64Array,
  grid: readonly Gains[],
): { gains: Gains; state: Smoothed } {
  let gains = grid[0];
  let state = smooth(series, gains);
  for (const candidate of grid.slice(1)) {
    const other = smooth(series, candidate);
    if (other.error < state.error) [gains, state] = [candidate, other];
  }
  return { gains, state };
}

export const SIMPLE_GRID: readonly Gains[] = LEVEL_GAINS.map(level => ({
  level,
  trend: 0,
  damping: 0,
}));

export const DAMPED_GRID: readonly Gains[] = LEVEL_GAINS.flatMap(level =>
  TREND_GAINS.flatMap(trend => DAMPINGS.map(damping => ({ level, trend, damping }))),
);
