/** What one query may cost: series, samples in memory, time; and when it lets others go first. */
import { failed, QueryError } from './query-error.ts';

export interface QueryLimits {
  /** Series that one query may read. */
  readonly maxSeries: number;
  /** Samples that it may hold, those in between counted. */
  readonly maxSamples: number;
}

export interface Budget {
  /** @throws QueryError `execution` when there are too many. */
  addSeries(count: number): void;
  /** @throws QueryError `execution` when there are too many. */
  addSamples(count: number): void;
  /** For loops: a promise to wait for when others have waited long enough. @throws when time is up */
  breathe(): Promise<void> | undefined;
}

/** A long query gives way to everything else that often. */
const TURN_MS = 10;

interface BudgetOptions extends QueryLimits {
  readonly timeoutMs: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

export function createBudget(options: BudgetOptions): Budget {
  const { maxSeries, maxSamples, timeoutMs, signal } = options;
  const endAt = performance.now() + timeoutMs;
  let turnEndsAt = performance.now() + TURN_MS;
  let series = 0;
  let samples = 0;
  function checkTime(now: number) {
    if (signal?.aborted) throw new QueryError('canceled', 'query was canceled');
    if (now > endAt) throw new QueryError('timeout', `query timed out after ${timeoutMs / 1000} s`);
  }
  return {
    addSeries(count) {
      series += count;
      if (series > maxSeries) {
        throw failed(`query would read more than ${maxSeries} series; select fewer`);
      }
    },
    addSamples(count) {
      samples += count;
      if (samples > maxSamples) {
        const less = 'select fewer series, a shorter time or a longer step';
        throw failed(`query would hold more than ${maxSamples} samples in memory; ${less}`);
      }
    },
    breathe() {
      const now = performance.now();
      if (now < turnEndsAt) return undefined;
      checkTime(now);
      return new Promise<void>(resolve => setImmediate(resolve)).then(() => {
        turnEndsAt = performance.now() + TURN_MS;
        checkTime(performance.now());
      });
    },
  };
}
