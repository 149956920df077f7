/**
 * Long work in parts without holding up the service. A step is as many parts as fit into a few
 * milliseconds. Then requests, timers and other steppers have their turn: however many are at work,
 * one of them makes one step in a turn of the event loop.
 *
 * How long a step holds the service is up to the work: no step is shorter than its longest part.
 */
import type { Parts } from '../twin/index.ts';

export type { Parts };

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

interface Stepper {
  /** At once: what is running is finished first. */
  run(): void;
  /** In steps. There is never more than one: a second is left out and counted. */
  runInParts(): Promise<void>;
  /** Finishes at once what is running, for those who read what it works out. */
  settle(): void;
  /** Leaves what is running where it is: the end of the service. */
  drop(): void;
  stats(): StepStats;
}

/**
 * @param begin new work; what it throws comes out of whichever call was driving it
 * @param done is told the result, and the working time, pauses left out
 */
export function createStepper<T>(
  begin: () => Parts<T>,
  done: (result: T, tookMs: number) => void = () => {},
): Stepper {
  let running: Parts<T> | undefined;
  let stats = { rounds: 0, skipped: 0, tookMs: 0, longestStepMs: 0 };

  function start(): Parts<T> {
    running = begin();
    stats = { ...stats, rounds: stats.rounds + 1, tookMs: 0, longestStepMs: 0 };
    return running;
  }

  function step(parts: Parts<T>) {
    const startedMs = performance.now();
    let part: IteratorResult<unknown, T> | undefined;
    try {
      part = oneStep(parts);
    } finally {
      // one that breaks is over: the next one begins anew
      if (!part || part.done) running = undefined;
      const stepMs = performance.now() - startedMs;
      stats.tookMs += stepMs;
      stats.longestStepMs = Math.max(stats.longestStepMs, stepMs);
    }
    if (part.done) done(part.value, stats.tookMs);
  }

  function settle() {
    while (running) step(running);
  }

  return {
    run() {
      settle();
      start();
      settle();
    },
    async runInParts() {
      if (running) {
        stats.skipped++;
        return;
      }
      const own = start();
      while (running === own) {
        await ownTurn();
        // unless it was finished or dropped in the meantime
        if (running === own) step(own);
      }
    },
    settle,
    drop() {
      running = undefined;
    },
    stats: () => stats,
  };
}

/** Drives a single piece of work to its end, in steps that take turns with those of all steppers. */
export async function inSteps<T>(parts: Parts<T>): Promise<T> {
  for (;;) {
    await ownTurn();
    const part = oneStep(parts);
    if (part.done) return part.value;
  }
}

/** As many parts as fit into a step, one at least. @returns the last of them */
function oneStep<T>(parts: Parts<T>): IteratorResult<unknown, T> {
  const startedMs = performance.now();
  let part = parts.next();
  while (!part.done && performance.now() - startedMs < STEP_MS) part = parts.next();
  return part;
}

let lastTurn: Promise<void> = Promise.resolve();

/** The next turn of the event loop in which no other stepper works. */
function ownTurn(): Promise<void> {
  lastTurn = lastTurn.then(() => new Promise(resolve => setImmediate(resolve)));
  return lastTurn;
}
