/**
 * The durable history: what it can be asked, and what it says of itself. `docs/history.md` tells what
 * is kept where. Times are epoch milliseconds, UTC.
 */
import type { LogPosition } from '../../journal/contract.ts';

/** What an answer was made from: samples as they came, or roll-ups of 1, 15 or 60 minutes. */
export type TierId = 'raw' | '1m' | '15m' | '1h';

export const RANGE_AGGREGATES = ['mean', 'min', 'max', 'last', 'count', 'sum'] as const;
export type RangeAggregate = (typeof RANGE_AGGREGATES)[number];

export interface RangeQuery {
  /** Entity ids; those that nothing is known of have no values. */
  readonly entities: readonly string[];
  /** Signal ids. */
  readonly signals: readonly string[];
  /** First instant wanted, inclusive; rounded down to a multiple of `stepMs`. */
  readonly fromMs: number;
  /** End, exclusive; rounded up to a whole step. */
  readonly toMs: number;
  /** Width of a value. Below a minute it takes raw samples, which are kept for a day. */
  readonly stepMs: number;
  /** Of the samples in a step; of `sum` and `count` too. Default 'mean'. */
  readonly aggregate?: RangeAggregate;
}

/** A stretch of time, and what was read for it. Where nothing is kept any more there is none. */
export interface TierSpan {
  readonly tier: TierId;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface RangeAnswer {
  /** Start of the first step. */
  readonly fromMs: number;
  readonly stepMs: number;
  /** Steps of each series. */
  readonly count: number;
  /**
   * `count` values for each series, series by series: entity by entity, and signal by signal within
   * an entity. NaN where nothing is known; a count or a sum of nothing is NaN too.
   */
  readonly values: Float64Array;
  readonly spans: readonly TierSpan[];
  /** True when the worker could not read the newest of the journal in time. */
  readonly isBehind: boolean;
}

export interface SamplesQuery {
  readonly entities: readonly string[];
  readonly signals: readonly string[];
  /** Inclusive. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /** Where one value in so many milliseconds is enough, roll-ups are read. Default 0: raw. */
  readonly spacingMs?: number;
}

export interface SamplesAnswer {
  /**
   * Series `i` has `times[starts[i]]` to `times[starts[i + 1] - 1]`, ascending, each once; order of
   * series as in `RangeAnswer`.
   */
  readonly starts: Uint32Array;
  readonly times: Float64Array;
  /** NaN: the source said that the series ended. From roll-ups: the last of each interval. */
  readonly values: Float64Array;
  /** Of roll-ups a value stands at the end of its interval (its last millisecond). */
  readonly spans: readonly TierSpan[];
  readonly isBehind: boolean;
}

export interface SeriesQuery {
  readonly fromMs: number;
  readonly toMs: number;
  /** Only these; all unless given. */
  readonly signals?: readonly string[];
  readonly entities?: readonly string[];
  /** At most so many; default 1,000,000. */
  readonly limit?: number;
}

export interface SeriesAnswer {
  /** Pairs: series `i` is signal `signals[signalOf[i]]` of entity `entities[entityOf[i]]`. */
  readonly entities: readonly string[];
  readonly signals: readonly string[];
  readonly entityOf: Uint32Array;
  readonly signalOf: Uint32Array;
  /** There were more than the limit. */
  readonly isCut: boolean;
}

export interface TierStats {
  readonly files: number;
  readonly bytes: number;
  readonly rows: number;
  /** What can still be asked of it; absent while it is empty. */
  readonly fromMs?: number;
}

export interface HistoryStoreStats {
  readonly tiers: Readonly<Record<TierId, TierStats>>;
  readonly files: number;
  readonly bytes: number;
  /** Rows in memory, not yet in a file; the journal has them. */
  readonly tailRows: number;
  readonly tailBytes: number;
  /** Rows taken from the journal since start. */
  readonly rowsTaken: number;
  /** All before it is in files: the journal is not needed for it any more. */
  readonly checkpoint?: LogPosition;
  /** How far the worker has read. */
  readonly position?: LogPosition;
  /** Clock of the newest record committed, minus that of the newest read. */
  readonly lagMs: number;
  /** Hours before it are rolled up. */
  readonly rolledToMs?: number;
  /** Generations of the inventory that its rows are of, and from when on each stood. */
  readonly generations: readonly { readonly generation: string; readonly fromMs: number }[];
  readonly flushes: number;
  readonly rollups: number;
  readonly merges: number;
  /** What was not taken or was given up, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Files set aside because they could not be read. */
  readonly badFiles: readonly string[];
  readonly badFileCount: number;
  readonly restarts: number;
  /** What fails now; absent while all is well. */
  readonly failure?: string;
}

export interface HistoryReader {
  /** @throws RangeError naming the field that makes no sense, or for too much at once. */
  range(query: RangeQuery): Promise<RangeAnswer>;
}

export interface HistoryStore extends HistoryReader {
  /** Everything up to `position` is on disk in the journal. `clockMs`: of its newest record. */
  committed(position: LogPosition, clockMs?: number): void;
  /** @throws RangeError as `range`. */
  samples(query: SamplesQuery): Promise<SamplesAnswer>;
  series(query: SeriesQuery): Promise<SeriesAnswer>;
  stats(): HistoryStoreStats;
  /** Stops the worker. What is not in a file yet is read from the journal again at the next start. */
  close(): Promise<void>;
}

/** Thrown while the worker is being started again; the same question may be asked a little later. */
export class HistoryUnavailable extends Error {}

/** Most values of one answer. */
const RANGE_VALUES_MAX = 20_000_000;
/** Most raw samples that are looked at for one answer. */
export const SAMPLES_MAX = 30_000_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/**
 * First step and count of steps of a query.
 * @throws RangeError naming the field.
 */
export function stepsOf(query: RangeQuery): { fromMs: number; count: number } {
  const { fromMs, toMs, stepMs, entities, signals } = query;
  if (!Number.isFinite(fromMs) || !Number.isFinite(toMs) || toMs <= fromMs) {
    throw new RangeError('from: it must be before to, and both must be times');
  }
  if (!Number.isInteger(stepMs) || stepMs < 1) {
    throw new RangeError(`stepMs: a whole number from 1 is needed, not ${stepMs}`);
  }
  const firstMs = Math.floor(fromMs / stepMs) * stepMs;
  const count = Math.ceil((toMs - firstMs) / stepMs);
  const values = count * entities.length * signals.length;
  if (values > RANGE_VALUES_MAX) {
    throw new RangeError(
      `${values} values are more than ${RANGE_VALUES_MAX}: ask for a longer step, a shorter span ` +
        'or fewer series',
    );
  }
  return { fromMs: firstMs, count };
}
