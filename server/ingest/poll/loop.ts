/**
 * The loop of a source that asks at an interval: never two rounds at once, phases spread over the
 * interval so that many targets do not fall due together, doubling back-off while the target fails.
 */

import type { Clock } from '../../clock.ts';
import { jitter01 } from '../bmc/breaker.ts';
import type { ClockBounds } from '../bmc/clock-offset.ts';
import type { Source, SourceHealth, SourceState } from '../contract.ts';

/** A target that fails is asked at least this often (or at its own interval, if that is longer). */
const MAX_BACK_OFF_S = 60;
/** Failures after which a target counts as down, and is asked less often. */
const DOWN_AFTER = 3;

interface LoopOptions {
  readonly id: string;
  readonly kind: SourceHealth['kind'];
  readonly target: string;
  /** Seconds of the service's clock between the starts of two rounds. */
  readonly intervalS: number;
  readonly clock: Clock;
  /** One round. @returns how many samples it delivered; a throw is a failed round. */
  readonly round: (signal: AbortSignal) => Promise<number>;
  /** What is known of the target's clock. */
  readonly targetClock: () => ClockBounds | undefined;
  /** Gives back what was kept between rounds. */
  readonly close: () => void;
}

type Seen = Pick<SourceHealth, 'lastAttemptMs' | 'lastSuccessMs' | 'lastError' | 'latencyMs'>;

export function createLoop(options: LoopOptions): Source {
  const { clock } = options;
  const abort = new AbortController();
  const seen: { -readonly [K in keyof Seen]: Seen[K] } = {};
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let state: SourceState = 'starting';
  let failures = 0;
  let samples = 0;

  async function round() {
    const startedAt = performance.now();
    seen.lastAttemptMs = clock.now();
    try {
      samples += await options.round(abort.signal);
      seen.lastSuccessMs = clock.now();
      delete seen.lastError;
      failures = 0;
      state = 'up';
    } catch (error) {
      if (abort.signal.aborted) return;
      failures++;
      seen.lastError = error instanceof Error ? error.message : String(error);
      state = failures >= DOWN_AFTER ? 'down' : 'degraded';
    }
    seen.latencyMs = performance.now() - startedAt;
  }

  function schedule(delayMs: number) {
    timer = setTimeout(() => {
      const startedAt = performance.now();
      running = round().then(() => {
        if (abort.signal.aborted) return;
        const everyMs = (1000 * pauseS(options.intervalS, failures)) / clock.speed;
        schedule(Math.max(0, everyMs - (performance.now() - startedAt)));
      });
    }, delayMs);
  }

  const { id, kind, target, intervalS } = options;
  return {
    id,
    start: () => schedule(jitter01(id) * Math.min(1000, (1000 * intervalS) / clock.speed)),
    stop: async () => {
      abort.abort();
      clearTimeout(timer);
      await running;
      options.close();
    },
    health: () => ({
      ...{ id, kind, target, state, samples, dropped: {} },
      ...seen,
      ...clockHealth(options.targetClock()),
    }),
  };
}

/** Seconds from the start of a round to the start of the next. */
export function pauseS(intervalS: number, failures: number): number {
  if (failures < DOWN_AFTER) return intervalS;
  const doubled = intervalS * 2 ** (failures - DOWN_AFTER + 1);
  return Math.min(doubled, Math.max(intervalS, MAX_BACK_OFF_S));
}

const clockHealth = (bounds: ClockBounds | undefined) =>
  bounds && { clockOffsetMs: bounds.offsetMs, clockUncertaintyMs: bounds.uncertaintyMs };
