/** Samples to steps: the newest one before each, as long as it counts; and windows of samples. */
import type { RawSeries } from './series-store.ts';
import type { Line, Samples } from './values.ts';

/** Instants `firstMs + k * stepMs`: those of the grid, moved by an offset or pinned by `@`. */
export interface Instants {
  readonly firstMs: number;
  /** 0: all the same. */
  readonly stepMs: number;
  readonly count: number;
}

/** Age at which a sample stops to be the value of a series that says nothing more. */
export const LOOKBACK_MS = 300_000;

/** `k` to `samples.findLast(s => s.atMs <= t(k))`, unless that one is stale or too old. */
export function lineOf(series: RawSeries, instants: Instants, isTimes = false): Line {
  const { times, values, stale, coarse } = series;
  const { firstMs, stepMs, count } = instants;
  const out = new Float64Array(count);
  const has = new Uint8Array(count);
  let at = -1;
  for (let k = 0; k < count; k++) {
    const t = firstMs + k * stepMs;
    while (at + 1 < times.length && times[at + 1] <= t) at++;
    if (at < 0 || stale?.[at]) continue;
    const holdMs = coarse && times[at] < coarse.untilMs ? coarse.holdMs : LOOKBACK_MS;
    if (times[at] < t - holdMs) continue;
    out[k] = isTimes ? times[at] / 1000 : values[at];
    has[k] = 1;
  }
  return { labels: series.labels, values: out, has };
}

/** Without stale marks. */
export function samplesOf({ labels, times, values, stale }: RawSeries): Samples {
  if (!stale?.includes(1)) return { labels, times, values };
  const kept = (column: Float64Array) => column.filter((_, i) => !stale[i]);
  return { labels, times: kept(times), values: kept(values) };
}
