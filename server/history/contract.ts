/**
 * What a history of the model's own signals is. Every implementation passes test/contract/history.
 * Times are epoch milliseconds; one point a minute is kept, older stores may thin out further.
 */
import type { Topology } from '../../twin/index.ts';

/** Value of a signal now, by dense entity index and index into `SIGNALS`; NaN when missing. */
export type ReadSignal = (entity: number, signal: number) => number;

export type Aggregate = 'mean' | 'last' | 'max';

export interface HistoryQuery {
  /** Entity id. */
  readonly entity: string;
  /** Signal id. */
  readonly signal: string;
  /** First instant wanted, inclusive. */
  readonly fromMs: number;
  /** End, exclusive. */
  readonly toMs: number;
  /** Width of one value: a whole number of minutes. */
  readonly stepMs: number;
  /** How the values inside a step become one; default 'mean'. */
  readonly aggregate?: Aggregate;
}

export interface HistorySlice {
  /** Start of the first step: `fromMs` rounded down to a multiple of `stepMs`. */
  readonly fromMs: number;
  readonly stepMs: number;
  /** One value a step up to `toMs`; NaN where nothing is known. */
  readonly values: Float64Array;
}

export interface HistoryStats {
  /** Series kept. */
  readonly series: number;
  /** Memory reserved for them. */
  readonly bytes: number;
  /** How far back each part of the history reaches once it is full, by kind of entity. */
  readonly reachS: Readonly<Record<string, number>>;
  /** Newest sample taken; absent before the first. */
  readonly newestMs?: number;
  /** What was not taken or was given up, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Most steps of one answer. */
export const HISTORY_STEPS_MAX = 20_000;
export const MINUTE_MS = 60_000;

export interface History {
  /**
   * Starts with, or goes over to, a topology generation. Series go by stable ids: what exists in
   * both keeps its past, what is gone is forgotten and counted.
   */
  follow(topology: Pick<Topology, 'ids' | 'kind' | 'count'>): void;
  /** Takes the present value of every series kept. Instants must not go back. */
  sample(nowMs: number, read: ReadSignal): void;
  /**
   * Undefined when this (entity, signal) is not kept.
   * @throws RangeError naming the field that makes no sense, or for too many steps.
   */
  range(query: HistoryQuery): Promise<HistorySlice | undefined>;
  stats(): HistoryStats;
  /** Writes out what is pending and gives back files and timers. */
  close(): Promise<void>;
}

/**
 * First step and count of steps of a query, for implementations.
 * @throws RangeError naming the field.
 */
export function stepsOf(query: HistoryQuery): { fromMs: number; count: number } {
  const { fromMs, toMs, stepMs } = query;
  if (!(stepMs > 0) || stepMs % MINUTE_MS !== 0) {
    throw new RangeError(`stepS: a whole number of minutes is needed, not ${stepMs / 1000} s`);
  }
  if (!Number.isFinite(fromMs) || !Number.isFinite(toMs) || toMs <= fromMs) {
    throw new RangeError('from: it must be before to, and both must be times');
  }
  const firstMs = Math.floor(fromMs / stepMs) * stepMs;
  const count = Math.ceil((toMs - firstMs) / stepMs);
  if (count > HISTORY_STEPS_MAX) {
    throw new RangeError(
      `${count} steps are more than ${HISTORY_STEPS_MAX}: ask for a longer step or a shorter span`,
    );
  }
  return { fromMs: firstMs, count };
}
