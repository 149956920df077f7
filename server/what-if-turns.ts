/**
 * Runs a question that takes long in steps of a few milliseconds, between which everything else has
 * its turn. One at a time: a course of a large site holds tens of megabytes.
 */
import { ProblemError } from './api/problem.ts';

const STEP_MS = 8;
const WAITING_MAX = 16;

let waiting = 0;
let last: Promise<unknown> = Promise.resolve();

/**
 * The first part, in which the state is read, is done at once.
 * @throws ProblemError 503 when too many wait
 */
export async function inTurns<T>(parts: Generator<void, T>): Promise<T> {
  const first = parts.next();
  if (first.done) return first.value;
  if (waiting >= WAITING_MAX) {
    const why = `${WAITING_MAX} courses wait already; ask again later, or without horizonS`;
    throw new ProblemError(503, why, [], { 'retry-after': '5' });
  }
  waiting++;
  const mine = last.then(() => inSteps(parts));
  last = mine.catch(() => undefined);
  return mine.finally(() => {
    waiting--;
  });
}

async function inSteps<T>(parts: Generator<void, T>): Promise<T> {
  for (;;) {
    await new Promise(resolve => setImmediate(resolve));
    const startedMs = performance.now();
    do {
      const part = parts.next();
      if (part.done) return part.value;
    } while (performance.now() - startedMs < STEP_MS);
  }
}
