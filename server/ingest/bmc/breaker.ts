/**
 * Circuit breaker of one BMC. `closed` polls normally and backs off after a failure; `open` waits;
 * `halfOpen` lets one short probe through, which closes it or opens it for longer.
 */

type BreakerState = 'closed' | 'open' | 'halfOpen';

export interface Breaker {
  readonly state: BreakerState;
  /** Failed polls in a row. */
  readonly failures: number;
  /** No poll before this moment; 0 when there is nothing to wait for. */
  readonly retryAtMs: number;
}

export interface BackoffPolicy {
  /** Wait after the first failure. */
  readonly baseMs: number;
  /** Longest wait, before jitter. */
  readonly maxMs: number;
  /** Failures in a row that open the breaker. */
  readonly openAfter: number;
}

export const DEFAULT_BACKOFF: BackoffPolicy = { baseMs: 2_000, maxMs: 300_000, openAfter: 3 };

export const CLOSED: Breaker = { state: 'closed', failures: 0, retryAtMs: 0 };

/** FNV-1a over the text, scaled to [0, 1): the same target always waits the same, no two in step. */
export function jitter01(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}

/** Doubles with every failure up to the maximum, then spread by +-25 %. */
export function backoffMs(policy: BackoffPolicy, id: string, failures: number): number {
  const plain = Math.min(policy.maxMs, policy.baseMs * 2 ** Math.min(failures - 1, 30));
  return plain * (0.75 + 0.5 * jitter01(`${id}#${failures}`));
}

export function afterFailure(
  breaker: Breaker,
  policy: BackoffPolicy,
  id: string,
  nowMs: number,
): Breaker {
  const failures = breaker.failures + 1;
  return {
    state: failures >= policy.openAfter ? 'open' : 'closed',
    failures,
    retryAtMs: nowMs + backoffMs(policy, id, failures),
  };
}

/** The breaker when a poll is about to start: an open one that has waited lets a probe through. */
export const beforePoll = (breaker: Breaker): Breaker =>
  breaker.state === 'open' ? { ...breaker, state: 'halfOpen' } : breaker;
