/** Values of many series over equal steps, from raw samples and from the intervals of roll-ups. */
import type { RangeAggregate } from './contract.ts';
import type { Piece, RawSamples } from './raw-samples.ts';
import type { GroupRows, Run } from './scan.ts';
import type { Span } from './wanted.ts';

interface FoldOptions {
  readonly seriesCount: number;
  readonly fromMs: number;
  readonly stepMs: number;
  /** Steps of a series. */
  readonly count: number;
  readonly aggregate: RangeAggregate;
}

export class Folded {
  private readonly options: FoldOptions;
  private readonly folded: Float64Array;
  /** For means: how many samples are in a sum; made when a step gets more than one part. */
  private counts: Float64Array | undefined;
  /** The step at hand of `setMeans`: its series, cell and end, and the samples in it so far. */
  private readonly open = { series: -1, cell: -1, endMs: Number.NaN, sum: 0.5, count: 0 };
  /** For last: when the value of a step was taken. */
  private takenMs: Float64Array | undefined;

  constructor(options: FoldOptions) {
    this.options = options;
    this.folded = new Float64Array(options.seriesCount * options.count).fill(Number.NaN);
  }

  /** All samples of a span. */
  addSamples(samples: RawSamples, { fromMs, toMs }: Span): void {
    const { aggregate, stepMs, seriesCount } = this.options;
    const isWhole = fromMs % stepMs === 0 && toMs % stepMs === 0;
    if (aggregate === 'mean' && isWhole) this.setMeans(samples);
    else samples.eachPiece(seriesCount, piece => this.addEach(piece));
  }

  private addEach({ series, times, values, timesAt, start, end }: Piece) {
    const isCount = this.options.aggregate === 'count';
    for (let i = start; i < end; i++) {
      if (Number.isNaN(values[i])) continue;
      const atMs = times[timesAt + i - start];
      this.add(this.cellOf(series, atMs), atMs, isCount ? 1 : values[i]);
    }
  }

  /** Where no step has samples from elsewhere, sums need not be kept. */
  private setMeans(samples: RawSamples) {
    const { stepMs, seriesCount } = this.options;
    const { open } = this;
    samples.eachPiece(seriesCount, ({ series, times, values, timesAt, start, end }) => {
      let { cell, endMs, sum, count } = open;
      if (series !== open.series) endMs = Number.NEGATIVE_INFINITY;
      for (let i = start; i < end; i++) {
        const value = values[i];
        if (Number.isNaN(value)) continue;
        const atMs = times[timesAt + i - start];
        if (atMs >= endMs) {
          if (count > 0) this.setMean(cell, sum / count);
          sum = 0;
          count = 0;
          cell = this.cellOf(series, atMs);
          endMs = Math.floor(atMs / stepMs) * stepMs + stepMs;
        }
        sum += value;
        count++;
      }
      open.series = series;
      open.cell = cell;
      open.endMs = endMs;
      open.sum = sum;
      open.count = count;
    });
    if (open.count > 0) this.setMean(open.cell, open.sum / open.count);
    open.count = 0;
  }

  /**
   * Intervals of a roll-up that begin within the span, of one series. The first column is the value
   * of the aggregate; for sums and means of several intervals the count stands beside it.
   */
  addIntervals(run: Readonly<Run>, rows: GroupRows, { fromMs, toMs }: Span): void {
    const { times, stepMs: rowMs, columns } = rows;
    const [values, counts] = columns;
    const isMean = this.options.aggregate === 'mean' && !counts;
    const { start, firstMs, timesAt } = run;
    if (isMean && !times && rowMs === this.options.stepMs) {
      this.copyMeans(run, rows, { fromMs, toMs });
      return;
    }
    for (let i = start; i < run.end; i++) {
      const atMs = times ? times[timesAt + i - start] : firstMs + (i - start) * rowMs;
      if (atMs < fromMs || atMs >= toMs) continue;
      const cell = this.cellOf(run.series, atMs);
      if (isMean) this.setMean(cell, values[i]);
      else this.add(cell, atMs, values[i], counts?.[i]);
    }
  }

  /** Of each interval one step, without a gap. */
  private copyMeans(
    { series, start, end, firstMs }: Readonly<Run>,
    { stepMs, columns }: GroupRows,
    span: Span,
  ) {
    const from = start + Math.max(0, Math.ceil((span.fromMs - firstMs) / stepMs));
    const to = Math.min(end, start + Math.ceil((span.toMs - firstMs) / stepMs));
    if (from >= to) return;
    const cell = this.cellOf(series, firstMs + (from - start) * stepMs);
    this.folded.set(columns[0].subarray(from, to), cell);
    this.counts?.fill(1, cell, cell + to - from);
  }

  values(): Float64Array {
    const { folded, counts } = this;
    if (counts && this.options.aggregate === 'mean') {
      for (let i = 0; i < folded.length; i++) folded[i] /= counts[i];
    }
    return folded;
  }

  private cellOf(series: number, atMs: number): number {
    const { count, fromMs, stepMs } = this.options;
    return series * count + Math.floor((atMs - fromMs) / stepMs);
  }

  /** The only part of its step. */
  private setMean(cell: number, mean: number) {
    this.folded[cell] = mean;
    if (this.counts) this.counts[cell] = 1;
  }

  /** @param count samples that `value` stands for; it is their mean, least, greatest or last */
  private add(cell: number, atMs: number, value: number, count = 1) {
    const { folded } = this;
    const before = folded[cell];
    const isFirst = Number.isNaN(before);
    switch (this.options.aggregate) {
      case 'mean':
        this.counts ??= this.countsSoFar();
        this.counts[cell] = isFirst ? count : this.counts[cell] + count;
        folded[cell] = isFirst ? value * count : before + value * count;
        return;
      case 'sum':
      case 'count':
        folded[cell] = isFirst ? value * count : before + value * count;
        return;
      case 'min':
        if (isFirst || value < before) folded[cell] = value;
        return;
      case 'max':
        if (isFirst || value > before) folded[cell] = value;
        return;
      case 'last':
        this.takenMs ??= new Float64Array(folded.length).fill(Number.NEGATIVE_INFINITY);
        if (atMs < this.takenMs[cell]) return;
        this.takenMs[cell] = atMs;
        folded[cell] = value;
    }
  }

  /** Steps that have a mean already have it as a sum of one. */
  private countsSoFar(): Float64Array {
    const counts = new Float64Array(this.folded.length);
    for (let i = 0; i < counts.length; i++) counts[i] = Number.isNaN(this.folded[i]) ? 0 : 1;
    return counts;
  }
}
