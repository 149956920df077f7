/**
 * The loop of a source that asks at an interval: never two rounds at once, phases spread over the
 * interval so that many targets do not fall due together, doubling back-off while the target fails.
 */
import type { Clock, SourceHealth, SourceState } from '../contract.ts';

const MAX_BACK_OFF = 8;

export interface LoopOptions {
  readonly id: string;
  readonly kind: SourceHealth['kind'];
  readonly target: string;
  /** Seconds of the service's clock between the starts of two rounds. */
  readonly intervalS: number;
  readonly clock: Clock;
  /** One round. @returns how many samples it delivered; a throw is a failed round. */
  readonly round: (signal: AbortSignal) => Promise<number>;
}

export interface Loop {
  start(): void;
  stop(): Promise<void>;
  health(): SourceHealth;
  /** Counts something not taken. */
  drop(why: string, count: number): void;
}

export function createLoop(options: LoopOptions): Loop {
  const { clock, intervalS } = options;
  const abort = new AbortController();
  const dropped: Record<string, number> = {};
  let state: SourceState = 'starting';
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let failures = 0;
  let samples = 0;
  let lastAttemptMs: number | undefined;
  let lastSuccessMs: number | undefined;
  let lastError: string | undefined;
  let latencyMs: number | undefined;

  async function round() {
    const startedAt = performance.now();
    lastAttemptMs = clock.now();
    try {
      samples += await options.round(abort.signal);
      lastSuccessMs = clock.now();
      lastError = undefined;
      failures = 0;
      state = 'up';
    } catch (error) {
      failures++;
      lastError = messageOf(error);
      state = failures > 2 ? 'down' : 'degraded';
    }
    latencyMs = performance.now() - startedAt;
  }

  function schedule(delayMs: number) {
    timer = setTimeout(() => {
      const startedAt = performance.now();
      running = round().then(() => {
        if (abort.signal.aborted) return;
        const backOff = Math.min(MAX_BACK_OFF, 2 ** Math.max(0, failures - 2));
        const everyMs = (1000 * intervalS * backOff) / clock.speed;
        schedule(Math.max(0, everyMs - (performance.now() - startedAt)));
      });
    }, delayMs);
  }

  return {
    start: () => schedule(phase(options.id) * Math.min(1000, (1000 * intervalS) / clock.speed)),
    stop: async () => {
      abort.abort();
      clearTimeout(timer);
      await running;
    },
    drop: (why, count) => {
      dropped[why] = (dropped[why] ?? 0) + count;
    },
    health: () => ({
      id: options.id,
      kind: options.kind,
      target: options.target,
      state,
      ...(lastAttemptMs === undefined ? {} : { lastAttemptMs }),
      ...(lastSuccessMs === undefined ? {} : { lastSuccessMs }),
      ...(lastError === undefined ? {} : { lastError }),
      ...(latencyMs === undefined ? {} : { latencyMs }),
      samples,
      dropped,
    }),
  };
}

/** 0-1, the same for the same id: targets keep their place in the interval over restarts. */
function phase(id: string): number {
  let hash = 0;
  for (let i = 0; i < id.length; i++) hash = (Math.imul(hash, 31) + id.charCodeAt(i)) >>> 0;
  return (hash % 1000) / 1000;
}

/** The reason that fetch hides in `cause` is the one that helps. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
