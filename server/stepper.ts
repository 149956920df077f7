/**
 * Long work in parts without holding up the service. A step is as many parts as fit into a few
 * milliseconds. Then requests, timers and other steppers have their turn: however many are at work,
 * one of them makes one step in a turn of the event loop, those that are urgent before the others.
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
  /**
   * Other work on the same things, in steps as well: after what is running, and what falls due in the
   * meantime waits. It is not in the statistics.
   */
  between<U>(work: () => Parts<U>): Promise<U>;
  /** Finishes at once what is running, for those who read what it works out. */
  settle(): void;
  stats(): StepStats;
}

interface StepperOptions<T> {
  /** Is told the result, and the working time, pauses left out. */
  readonly done?: (result: T, tookMs: number) => void;
  /** Whether its steps go before those of others. */
  readonly isUrgent?: boolean;
}

/** Work under way. */
interface Work {
  readonly parts: Parts<unknown>;
  readonly isRound: boolean;
  /** Settled when it is over, however it ends. */
  readonly over: PromiseWithResolvers<void>;
}

/** @param begin new work; what it throws comes out of whichever call was driving it */
export function createStepper<T>(
  begin: () => Parts<T>,
  { done = () => {}, isUrgent = false }: StepperOptions<T> = {},
): Stepper {
  let running: Work | undefined;
  let stats = { rounds: 0, skipped: 0, tookMs: 0, longestStepMs: 0 };

  function start(parts: Parts<unknown>, isRound: boolean): Work {
    running = { parts, isRound, over: Promise.withResolvers() };
    return running;
  }

  function startRound(): Work {
    stats = { ...stats, rounds: stats.rounds + 1, tookMs: 0, longestStepMs: 0 };
    return start(begin(), true);
  }

  function step({ parts, isRound, over }: Work) {
    const startedMs = performance.now();
    let part: IteratorResult<unknown, unknown> | undefined;
    try {
      part = oneStep(parts);
    } finally {
      // one that breaks is over: the next one begins anew
      if (!part || part.done) {
        running = undefined;
        over.resolve();
      }
      if (isRound) count(performance.now() - startedMs);
    }
    if (part.done && isRound) done(part.value as T, stats.tookMs);
  }

  function count(stepMs: number) {
    stats.tookMs += stepMs;
    stats.longestStepMs = Math.max(stats.longestStepMs, stepMs);
  }

  async function drive(work: Work) {
    while (running === work) {
      await ownTurn(isUrgent);
      // unless it was finished in the meantime
      if (running === work) step(work);
    }
  }

  function settle() {
    while (running) step(running);
  }

  return {
    run() {
      settle();
      startRound();
      settle();
    },
    async runInParts() {
      while (running && !running.isRound) await running.over.promise;
      if (running) stats.skipped++;
      else await drive(startRound());
    },
    async between<U>(work: () => Parts<U>) {
      while (running) await running.over.promise;
      const { promise, resolve, reject } = Promise.withResolvers<U>();
      // whoever drives it to its end, the answer is for who asked
      function* told(): Parts {
        try {
          resolve(yield* work());
        } catch (error) {
          reject(error);
        }
      }
      void drive(start(told(), false));
      return promise;
    },
    settle,
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

type Go = () => void;

const urgent: Go[] = [];
const others: Go[] = [];
/** Of so many turns one is for the others, so that urgent work that never ends does not stop them. */
const TURNS = 4;
let turn = 0;

/** The next turn of the event loop in which no other stepper works. */
function ownTurn(isUrgent = false): Promise<void> {
  if (urgent.length + others.length === 0) setImmediate(giveTurn);
  return new Promise(go => void (isUrgent ? urgent : others).push(go));
}

function giveTurn() {
  turn = (turn + 1) % TURNS;
  const [first, second] = turn === 0 ? [others, urgent] : [urgent, others];
  (first.shift() ?? second.shift())?.();
  if (urgent.length + others.length > 0) setImmediate(giveTurn);
}
