/** Raw samples gathered from files and tails, in runs of one series, and put in order of time. */
import { SAMPLES_MAX } from './contract.ts';
import { inOrder, isAscending } from './in-time.ts';
import { BadParquet } from './parquet/thrift.ts';
import type { GroupRows, Run } from './scan.ts';
import type { Span } from './wanted.ts';

/** Samples of tails are gathered in blocks of so many. */
const BLOCK_ROWS = 65_536;

/** More samples than can be looked at for one answer. */
export class TooManySamples extends RangeError {}

interface Columns {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Numbers of a run: series, which columns, first row, end row, and where its times begin. */
const RUN = 5;

const NONE = new Float64Array(0);

export class RawSamples {
  private readonly columns: Columns[] = [];
  private runs = new Uint32Array(1024 * RUN);
  private runsEnd = 0;
  private count = 0;
  private blockRows = BLOCK_ROWS;
  /** Values of the newest of `columns`, when they are of a file. */
  private latest: Float64Array | undefined;
  private readonly piece: { -readonly [K in keyof Piece]: Piece[K] } = {
    series: 0,
    times: NONE,
    values: NONE,
    timesAt: 0,
    start: 0,
    end: 0,
  };

  /** @throws TooManySamples when there are more than can be looked at. */
  add(series: number, atMs: number, value: number): void {
    if (this.blockRows === BLOCK_ROWS || this.columns.length === 0) {
      const [times, values] = [new Float64Array(BLOCK_ROWS), new Float64Array(BLOCK_ROWS)];
      this.columns.push({ times, values });
      this.latest = undefined;
      this.blockRows = 0;
    }
    const block = this.columns[this.columns.length - 1];
    block.times[this.blockRows] = atMs;
    block.values[this.blockRows] = value;
    const row = this.blockRows++;
    this.put(series, row, row + 1, row);
  }

  /**
   * Those outside of the span are passed by. The columns are kept, not copied.
   * @throws TooManySamples
   */
  addRun(run: Readonly<Run>, { times, columns }: GroupRows, { fromMs, toMs }: Span): void {
    const { series, start, end, timesAt } = run;
    const [values] = columns;
    if (!times) throw new BadParquet('samples without times');
    let first = start;
    let last = end;
    while (first < last && times[timesAt + first - start] < fromMs) first++;
    while (first < last && times[timesAt + last - start - 1] >= toMs) last--;
    if (first === last) return;
    if (this.latest !== values) {
      this.latest = values;
      this.columns.push({ times, values });
      this.blockRows = BLOCK_ROWS;
    }
    this.put(series, first, last, timesAt + first - start);
  }

  private put(series: number, start: number, end: number, timesAt: number) {
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
    runs[runsEnd + 4] = timesAt;
    this.runsEnd += RUN;
  }

  /**
   * Series by series, ascending in time, each instant once: of two samples of one instant the one
   * that came last counts, and an end of the series gives way to a value.
   */
  eachPiece(seriesCount: number, take: (piece: Piece) => void): void {
    const { runs } = this;
    const order = this.runsBySeries(seriesCount);
    for (let i = 0; i < order.length; ) {
      const series = runs[order[i]];
      let next = i + 1;
      while (next < order.length && runs[order[next]] === series) next++;
      if (this.isInOrder(order, i, next)) {
        for (; i < next; i++) {
          take(this.pieceOf(order[i]));
        }
      } else {
        const { times, values } = this.gathered(order, i, next);
        const end = inOrder(times, values, times.length);
        take({ series, times, values, timesAt: 0, start: 0, end });
        i = next;
      }
    }
  }

  private pieceOf(r: number): Piece {
    const { runs, piece } = this;
    const { times, values } = this.columns[runs[r + 1]];
    piece.series = runs[r];
    piece.times = times;
    piece.values = values;
    piece.start = runs[r + 2];
    piece.end = runs[r + 3];
    piece.timesAt = runs[r + 4];
    return piece;
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
      const from = runs[r + 4];
      const to = from + runs[r + 3] - runs[r + 2];
      if (times[from] <= before || !isAscending(times, from, to)) return false;
      before = times[to - 1];
    }
    return true;
  }

  private gathered(order: Uint32Array, from: number, to: number): Columns {
    const { runs } = this;
    let rows = 0;
    for (let i = from; i < to; i++) rows += runs[order[i] + 3] - runs[order[i] + 2];
    const [times, values] = [new Float64Array(rows), new Float64Array(rows)];
    let at = 0;
    for (let i = from; i < to; i++) {
      const piece = this.pieceOf(order[i]);
      copyPiece(piece, times, values, at);
      at += piece.end - piece.start;
    }
    return { times, values };
  }

  /** All of them, as `eachPiece` gives them. */
  sorted(seriesCount: number): Sorted {
    const starts = new Uint32Array(seriesCount + 1);
    const [times, values] = [new Float64Array(this.count), new Float64Array(this.count)];
    let to = 0;
    this.eachPiece(seriesCount, piece => {
      copyPiece(piece, times, values, to);
      to += piece.end - piece.start;
      starts[piece.series + 1] = to;
    });
    // Those without samples begin where they end.
    for (let s = 1; s <= seriesCount; s++) starts[s] = Math.max(starts[s], starts[s - 1]);
    return { starts, times: times.subarray(0, to), values: values.subarray(0, to) };
  }
}

/**
 * Rows `start` to `end - 1` of a series; the time of the first is `times[timesAt]`, and so on. Valid
 * until the next.
 */
export interface Piece extends Columns {
  readonly series: number;
  readonly timesAt: number;
  readonly start: number;
  readonly end: number;
}

function copyPiece(piece: Piece, times: Float64Array, values: Float64Array, at: number) {
  const { timesAt, start, end } = piece;
  times.set(piece.times.subarray(timesAt, timesAt + end - start), at);
  values.set(piece.values.subarray(start, end), at);
}

interface Sorted {
  /** Series `s` has samples `starts[s]` to `starts[s + 1] - 1`. */
  readonly starts: Uint32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}
