/** Values of many series over equal steps, from raw samples and from the intervals of roll-ups. */
import type { RangeAggregate } from './contract.ts';
import type { Sorted } from './raw-samples.ts';
import type { Span } from './scan.ts';

export interface FoldOptions {
  readonly seriesCount: number;
  readonly fromMs: number;
  readonly stepMs: number;
  /** Steps of a series. */
  readonly count: number;
  readonly aggregate: RangeAggregate;
}

/** Rows of a roll-up: the value of the aggregate, and for mean and sum the count beside it. */
interface Intervals {
  readonly times: Float64Array;
  readonly columns: readonly Float64Array[];
}

export class Folded {
  private readonly options: FoldOptions;
  private readonly folded: Float64Array;
  /** For means: how many samples are in a sum; made when a step gets more than one part. */
  private counts: Float64Array | undefined;
  /** For last: when the value of a step was taken. */
  private takenMs: Float64Array | undefined;

  constructor(options: FoldOptions) {
    this.options = options;
    this.folded = new Float64Array(options.seriesCount * options.count).fill(Number.NaN);
  }

  addSamples({ starts, times, values }: Sorted): void {
    const isCount = this.options.aggregate === 'count';
    for (let series = 0; series + 1 < starts.length; series++) {
      for (let i = starts[series]; i < starts[series + 1]; i++) {
        if (Number.isNaN(values[i])) continue;
        this.add(this.cellOf(series, times[i]), times[i], isCount ? 1 : values[i]);
      }
    }
  }

  /** Intervals that begin within the span, of one series. */
  addIntervals(
    series: number,
    { times, columns }: Intervals,
    [start, end]: readonly [number, number],
    { fromMs, toMs }: Span,
  ): void {
    const [values, counts] = columns;
    const { aggregate, count, stepMs } = this.options;
    const [first, firstMs] = [series * count, this.options.fromMs];
    const isMean = aggregate === 'mean' && !counts;
    for (let i = start; i < end; i++) {
      const atMs = times[i];
      if (atMs < fromMs || atMs >= toMs) continue;
      const cell = first + Math.floor((atMs - firstMs) / stepMs);
      if (isMean) this.setMean(cell, values[i]);
      else this.add(cell, atMs, values[i], counts?.[i]);
    }
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
    return Float64Array.from(this.folded, value => (Number.isNaN(value) ? 0 : 1));
  }
}
