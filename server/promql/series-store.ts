/**
 * Where the series of a query come from. Times are epoch milliseconds. Implementations read what
 * they have; what a query makes of it is the evaluator's business.
 */
import type { Budget } from './budget.ts';
import type { Labels } from './labels.ts';
import type { Matcher } from './matcher.ts';

export interface RawSeries {
  /** With the metric's name. */
  readonly labels: Labels;
  /** Ascending, each once. */
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** 1 where a sample says that the series has ended; its value means nothing. */
  readonly stale?: Uint8Array;
  readonly coarse?: Coarse;
  /** Of this nothing is known but what is now: it stands at the time of the question. */
  readonly isPresentOnly?: true;
}

/** Samples farther apart than the usual five minutes, which must count for longer. */
export interface Coarse {
  /** Samples before it are meant. */
  readonly untilMs: number;
  readonly holdMs: number;
}

export interface SelectQuery {
  /** All must fit; one of them at least does not fit ''. */
  readonly matchers: readonly Matcher[];
  /** Both inclusive. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Only the newest sample before each whole multiple of it is looked at; 0: every one counts. */
  readonly spacingMs: number;
}

export interface LabelQuery {
  /** A series counts when all matchers of any of the lists fit; no lists: all series. */
  readonly selectors: readonly (readonly Matcher[])[];
  readonly fromMs: number;
  readonly toMs: number;
}

export interface MetricHelp {
  readonly type: 'gauge' | 'counter' | 'histogram' | 'summary' | 'unknown';
  readonly help: string;
  readonly unit: string;
}

export interface SeriesStore {
  /** @throws QueryError `execution` when there are more than the budget allows. */
  select(query: SelectQuery, budget: Budget): Promise<readonly RawSeries[]>;
  series(query: LabelQuery, budget: Budget): Promise<readonly Labels[]>;
  labelNames(query: LabelQuery, budget: Budget): Promise<readonly string[]>;
  labelValues(name: string, query: LabelQuery, budget: Budget): Promise<readonly string[]>;
  /** By metric name. */
  metadata(): Promise<ReadonlyMap<string, MetricHelp>>;
}
