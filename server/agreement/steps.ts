/** Runs long work in steps of some milliseconds, between which everything else has its turn. */

export type Parts<T = void> = Generator<void, T>;

/** After so much work everything else has its turn. */
const STEP_MS = 4;

export interface StepStats {
  /** Work begun and not left out. */
  readonly rounds: number;
  /** Left out because the one before was still running. */
  readonly skipped: number;
  /** Working time of the last one, and its longest step without a pause, ms. */
  readonly tookMs: number;
  readonly longestStepMs: number;
}

export interface Stepper {
  /** At once: what is running is finished first. */
  run(): void;
  /** With pauses. There is never more than one: a second is left out and counted. */
  runInParts(): Promise<void>;
  /** Leaves what is running where it is. */
  drop(): void;
  stats(): StepStats;
}

export function createStepper(begin: () => Parts): Stepper {
  let running: Parts | undefined;
  let stats = { rounds: 0, skipped: 0, tookMs: 0, longestStepMs: 0 };

  function start(): Parts {
    stats = { ...stats, rounds: stats.rounds + 1, tookMs: 0, longestStepMs: 0 };
    running = begin();
    return running;
  }

  function goOn(parts: Parts) {
    const startedAt = performance.now();
    let isOver = true;
    try {
      do {
        isOver = true;
        isOver = parts.next().done === true;
      } while (!isOver && performance.now() - startedAt < STEP_MS);
    } finally {
      // one that breaks is over: the next one begins anew
      if (isOver) running = undefined;
      const stepMs = performance.now() - startedAt;
      stats.tookMs += stepMs;
      stats.longestStepMs = Math.max(stats.longestStepMs, stepMs);
    }
  }

  return {
    run() {
      while (running) goOn(running);
      const own = start();
      while (running === own) goOn(own);
    },
    async runInParts() {
      if (running) {
        stats.skipped++;
        return;
      }
      const own = start();
      while (running === own) {
        goOn(own);
        await new Promise(resolve => setImmediate(resolve));
      }
    },
    drop() {
      running = undefined;
    },
    stats: () => stats,
  };
}
