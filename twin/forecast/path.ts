/** Guards on what a model says. */
import { extent } from './series.ts';

/** A path further from the known values than this many times their span is a divergence. */
const WILD_SPANS = 10;

/** In place. Values that are not finite stay, for `sanePath` to see. */
export function clip(
  path: Float64Array,
  range?: readonly [min: number, max: number],
): Float64Array {
  if (!range) return path;
  for (let h = 0; h < path.length; h++) {
    if (path[h] < range[0]) path[h] = range[0];
    else if (path[h] > range[1]) path[h] = range[1];
  }
  return path;
}

/** False for a path that is not finite, or leaves the known values by ten times their span. */
export function sanePath(path: Float64Array, past: Float64Array): boolean {
  const [min, max] = extent(past);
  const reach = WILD_SPANS * Math.max(max - min, 1e-9 * Math.abs(max), Number.MIN_VALUE);
  return path.every(value => value >= min - reach && value <= max + reach);
}
