/** Raw samples gathered from files and tails, in runs of one series, and put in order of time. */
import { SAMPLES_MAX } from './contract.ts';
import { inOrder, isAscending } from './in-time.ts';
import type { Span } from './scan.ts';

/** Samples of tails are gathered in blocks of so many. */
const BLOCK_ROWS = 65_536;

/** More samples than can be looked at for one answer. */
export class TooManySamples extends RangeError {}

export interface Columns {
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
   * that came last counts, and an end of the series gives way to a value. A series comes in pieces,
   * rows `start` to `end - 1` of columns that are valid until the next piece.
   */
  eachPiece(seriesCount: number, take: TakePiece): void {
    const { runs, columns } = this;
    const order = this.runsBySeries(seriesCount);
    for (let i = 0; i < order.length; ) {
      const series = runs[order[i]];
      let next = i + 1;
      while (next < order.length && runs[order[next]] === series) next++;
      if (this.isInOrder(order, i, next)) {
        for (; i < next; i++) {
          const r = order[i];
          take(series, columns[runs[r + 1]], runs[r + 2], runs[r + 3]);
        }
      } else {
        const { times, values } = this.gathered(order, i, next);
        take(series, { times, values }, 0, inOrder(times, values, times.length));
        i = next;
      }
    }
  }

  /** Where runs begin, series by series, in the order they came. */
  private runsBySeries(seriesCount: number): Uint32Array {
    const { runs, runsEnd } = this;
    const next = new Uint32Array(seriesCount + 1);
    for (let r = 0; r < runsEnd; r += RUN) next[runs[r] + 1]++;
    for (let s = 0; s < seriesCount; s++) next[s + 1] += next[s];
    const order = new Uint32Array(runsEnd / RUN);
    for (let r = 0; r < runsEnd; r += RUN) order[next[runs[r]]++] = r;
    return order;
  }

  private isInOrder(order: Uint32Array, from: number, to: number): boolean {
    const { runs, columns } = this;
    let before = Number.NEGATIVE_INFINITY;
    for (let i = from; i < to; i++) {
      const r = order[i];
      const { times } = columns[runs[r + 1]];
      const [start, end] = [runs[r + 2], runs[r + 3]];
      if (times[start] <= before || !isAscending(times, start, end)) return false;
      before = times[end - 1];
    }
    return true;
  }

  private gathered(order: Uint32Array, from: number, to: number): Columns {
    const { runs, columns } = this;
    let rows = 0;
    for (let i = from; i < to; i++) rows += runs[order[i] + 3] - runs[order[i] + 2];
    const [times, values] = [new Float64Array(rows), new Float64Array(rows)];
    let at = 0;
    for (let i = from; i < to; i++) {
      const r = order[i];
      const each = columns[runs[r + 1]];
      times.set(each.times.subarray(runs[r + 2], runs[r + 3]), at);
      values.set(each.values.subarray(runs[r + 2], runs[r + 3]), at);
      at += runs[r + 3] - runs[r + 2];
    }
    return { times, values };
  }

  /** All of them, as `eachPiece` gives them. */
  sorted(seriesCount: number): Sorted {
    const starts = new Uint32Array(seriesCount + 1);
    const [times, values] = [new Float64Array(this.count), new Float64Array(this.count)];
    let to = 0;
    this.eachPiece(seriesCount, (series, columns, start, end) => {
      times.set(columns.times.subarray(start, end), to);
      values.set(columns.values.subarray(start, end), to);
      to += end - start;
      starts[series + 1] = to;
    });
    // Those without samples begin where they end.
    for (let s = 1; s <= seriesCount; s++) starts[s] = Math.max(starts[s], starts[s - 1]);
    return { starts, times: times.subarray(0, to), values: values.subarray(0, to) };
  }
}

export type TakePiece = (series: number, columns: Columns, start: number, end: number) => void;

export interface Sorted {
  /** Series `s` has samples `starts[s]` to `starts[s + 1] - 1`. */
  readonly starts: Uint32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}
