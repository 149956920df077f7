/**
 * Bands from the errors that the chosen model made in its back-test: split conformal intervals per
 * step ahead (Lei et al., "Distribution-free predictive inference for regression", JASA 113, 2018),
 * with neighbouring steps pooled, widened for the few independent windows behind them.
 */

/** Steps pooled on each side, as a share of the horizon. */
const POOL_SHARE = 1 / 8;

/**
 * Independent errors that one window is worth: more than one, since errors within it are not all
 * alike. Of 1, 2 and 4 the value whose bands covered nearest to their level from above.
 */
const ERRORS_PER_WINDOW = 2;

/**
 * Half-widths of a symmetric band, never narrower further ahead. Beyond the tested horizon they
 * grow with the square root of the step, as the error of a random walk does.
 * @param residuals one row of errors an origin (NaN = not measured), all of one length.
 * @param windows independent windows behind them (overlaps discounted), at least 1.
 * @param level e.g. 0.95.
 */
export function halfWidths(
  residuals: readonly Float64Array[],
  windows: number,
  level: number,
  steps: number,
): Float64Array {
  const tested = residuals[0].length;
  const pool = Math.ceil(tested * POOL_SHARE);
  const widths = new Float64Array(steps);
  let widest = 0;
  for (let h = 0; h < Math.min(tested, steps); h++) {
    widest = Math.max(widest, quantileAround(residuals, h, pool, { level, windows }));
    widths[h] = widest;
  }
  for (let h = tested; h < steps; h++) widths[h] = widest * Math.sqrt((h + 1) / tested);
  return widths;
}

interface Confidence {
  readonly level: number;
  readonly windows: number;
}

/**
 * The conformal rank of n errors is level * (n + 1) of n; n is set by the windows, since the errors
 * of one window move together. Where the rank is past the largest error, that is stretched instead.
 */
function quantileAround(
  residuals: readonly Float64Array[],
  step: number,
  pool: number,
  { level, windows }: Confidence,
): number {
  const room = new Float64Array(residuals.length * (2 * pool + 1));
  let count = 0;
  for (const row of residuals) {
    const end = Math.min(row.length - 1, step + pool);
    for (let h = Math.max(0, step - pool); h <= end; h++) {
      if (!Number.isNaN(row[h])) room[count++] = Math.abs(row[h]);
    }
  }
  if (count === 0) return 0;
  const errors = room.subarray(0, count).sort();
  const share = level * (1 + 1 / (windows * ERRORS_PER_WINDOW));
  const rank = Math.ceil(Math.min(1, share) * count) - 1;
  return errors[Math.max(rank, 0)] * Math.max(1, share);
}
