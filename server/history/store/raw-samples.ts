/** Raw samples gathered from files and tails, in runs of one series, and put in order of time. */
import { SAMPLES_MAX } from './contract.ts';
import { sortRows } from './in-time.ts';
import type { Span } from './scan.ts';

/** Samples of tails are gathered in blocks of so many. */
const BLOCK_ROWS = 65_536;

/** More samples than can be looked at for one answer. */
export class TooManySamples extends RangeError {}

interface Columns {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Numbers of a run: series, which columns, first row and end row. */
const RUN = 4;

export class RawSamples {
  private readonly columns: Columns[] = [];
  private runs = new Uint32Array(1024 * RUN);
  private runsEnd = 0;
  private count = 0;
  private blockRows = BLOCK_ROWS;

  /** @throws TooManySamples when there are more than can be looked at. */
  add(series: number, atMs: number, value: number): void {
    if (this.blockRows === BLOCK_ROWS || this.columns.length === 0) {
      const [times, values] = [new Float64Array(BLOCK_ROWS), new Float64Array(BLOCK_ROWS)];
      this.columns.push({ times, values });
      this.blockRows = 0;
    }
    const block = this.columns[this.columns.length - 1];
    block.times[this.blockRows] = atMs;
    block.values[this.blockRows] = value;
    this.put(series, this.blockRows, ++this.blockRows);
  }

  /**
   * Rows `start` to `end - 1`, ascending in time; those outside of the span are passed by. The
   * columns are kept, not copied.
   * @throws TooManySamples
   */
  addRun(
    series: number,
    rows: Columns,
    [start, end]: readonly [number, number],
    { fromMs, toMs }: Span,
  ): void {
    let [first, last] = [start, end];
    while (first < last && rows.times[first] < fromMs) first++;
    while (first < last && rows.times[last - 1] >= toMs) last--;
    if (first === last) return;
    if (this.columns.at(-1)?.times !== rows.times) {
      this.columns.push(rows);
      this.blockRows = BLOCK_ROWS;
    }
    this.put(series, first, last);
  }

  private put(series: number, start: number, end: number) {
    this.count += end - start;
    if (this.count > SAMPLES_MAX) {
      throw new TooManySamples(
        `more than ${SAMPLES_MAX} samples: ask for fewer series, a shorter span, or a step of ` +
          'whole minutes',
      );
    }
    if (this.runsEnd === this.runs.length) {
      const longer = new Uint32Array(2 * this.runs.length);
      longer.set(this.runs);
      this.runs = longer;
    }
    const { runs, runsEnd } = this;
    runs[runsEnd] = series;
    runs[runsEnd + 1] = this.columns.length - 1;
    runs[runsEnd + 2] = start;
    runs[runsEnd + 3] = end;
    this.runsEnd += RUN;
  }

  /**
   * Series by series, ascending in time, each instant once: of two samples of one instant the one
   * that came last counts, and an end of the series gives way to a value.
   */
  sorted(seriesCount: number): Sorted {
    const { runs, runsEnd, count, columns } = this;
    const starts = new Uint32Array(seriesCount + 1);
    for (let r = 0; r < runsEnd; r += RUN) starts[runs[r] + 1] += runs[r + 3] - runs[r + 2];
    for (let s = 0; s < seriesCount; s++) starts[s + 1] += starts[s];
    const next = starts.slice();
    const [times, values] = [new Float64Array(count), new Float64Array(count)];
    for (let r = 0; r < runsEnd; r += RUN) {
      const from = columns[runs[r + 1]];
      let at = next[runs[r]];
      for (let i = runs[r + 2]; i < runs[r + 3]; i++) {
        times[at] = from.times[i];
        values[at++] = from.values[i];
      }
      next[runs[r]] = at;
    }
    return inOrder(starts, times, values);
  }
}

export interface Sorted {
  /** Series `s` has samples `starts[s]` to `starts[s + 1] - 1`. */
  readonly starts: Uint32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

function inOrder(starts: Uint32Array, times: Float64Array, values: Float64Array): Sorted {
  const kept = new Uint32Array(starts.length);
  let to = 0;
  for (let s = 0; s + 1 < starts.length; s++) {
    const [start, end] = [starts[s], starts[s + 1]];
    sortRows(times, values, start, end);
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
