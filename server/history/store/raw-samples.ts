/** Raw samples gathered from files and tails, and sorted by series and time. */
import { SAMPLES_MAX } from './contract.ts';
import type { Span } from './scan.ts';

const FIRST_ROOM = 4096;

/** More samples than can be looked at for one answer. */
export class TooManySamples extends RangeError {}

export class RawSamples {
  private series = new Uint32Array(FIRST_ROOM);
  private times = new Float64Array(FIRST_ROOM);
  private values = new Float64Array(FIRST_ROOM);
  private count = 0;

  /** @throws RangeError when there are more than can be looked at. */
  add(series: number, atMs: number, value: number): void {
    if (this.count === this.series.length) this.grow();
    this.series[this.count] = series;
    this.times[this.count] = atMs;
    this.values[this.count++] = value;
  }

  /** Rows of one series; those outside of the span are passed by. */
  addRun(
    series: number,
    rows: { readonly times: Float64Array; readonly columns: readonly Float64Array[] },
    range: readonly [start: number, end: number],
    { fromMs, toMs }: Span,
  ): void {
    const [values] = rows.columns;
    for (let i = range[0]; i < range[1]; i++) {
      const atMs = rows.times[i];
      if (atMs >= fromMs && atMs < toMs) this.add(series, atMs, values[i]);
    }
  }

  private grow() {
    if (this.count >= SAMPLES_MAX) {
      throw new TooManySamples(
        `more than ${SAMPLES_MAX} samples: ask for fewer series, a shorter span, or a step of ` +
          'whole minutes',
      );
    }
    const room = Math.min(2 * this.count, SAMPLES_MAX);
    this.series = enlarged(this.series, new Uint32Array(room));
    this.times = enlarged(this.times, new Float64Array(room));
    this.values = enlarged(this.values, new Float64Array(room));
  }

  /**
   * Series by series, ascending in time, each instant once: of two samples of one instant the one
   * that came last counts, and an end of the series gives way to a value.
   */
  sorted(seriesCount: number): Sorted {
    const { series, times, values, count } = this;
    const starts = new Uint32Array(seriesCount + 1);
    for (let i = 0; i < count; i++) starts[series[i] + 1]++;
    for (let s = 0; s < seriesCount; s++) starts[s + 1] += starts[s];
    const next = starts.slice();
    const grouped = { times: new Float64Array(count), values: new Float64Array(count) };
    for (let i = 0; i < count; i++) {
      const at = next[series[i]]++;
      grouped.times[at] = times[i];
      grouped.values[at] = values[i];
    }
    return inOrder(starts, grouped.times, grouped.values);
  }
}

export interface Sorted {
  /** Series `s` has samples `starts[s]` to `starts[s + 1] - 1`. */
  readonly starts: Uint32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

function enlarged<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

function inOrder(starts: Uint32Array, times: Float64Array, values: Float64Array): Sorted {
  const kept = new Uint32Array(starts.length);
  let to = 0;
  for (let s = 0; s + 1 < starts.length; s++) {
    const [start, end] = [starts[s], starts[s + 1]];
    if (!isAscending(times, start, end)) sortPart(times, values, start, end);
    const first = to;
    for (let i = start; i < end; i++) {
      const isRepeat = to > first && times[to - 1] === times[i];
      if (isRepeat && Number.isNaN(values[i])) continue;
      if (isRepeat) to--;
      times[to] = times[i];
      values[to++] = values[i];
    }
    kept[s + 1] = to;
  }
  return { starts: kept, times: times.subarray(0, to), values: values.subarray(0, to) };
}

function isAscending(times: Float64Array, start: number, end: number): boolean {
  for (let i = start + 1; i < end; i++) if (times[i] <= times[i - 1]) return false;
  return true;
}

/** Stable: what came last stays last among its like. */
function sortPart(times: Float64Array, values: Float64Array, start: number, end: number) {
  const part = { times: times.slice(start, end), values: values.slice(start, end) };
  const order = Uint32Array.from({ length: end - start }, (_, i) => i);
  order.sort((a, b) => part.times[a] - part.times[b] || a - b);
  for (let i = 0; i < order.length; i++) {
    times[start + i] = part.times[order[i]];
    values[start + i] = part.values[order[i]];
  }
}
