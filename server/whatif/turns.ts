/**
 * Runs a question that takes long in steps of a few milliseconds, between which everything else has
 * its turn. One at a time: a course holds a copy of the state, or two, until it is answered.
 */
import { ProblemError } from '../api/problem.ts';
import { inSteps, type Parts } from '../stepper.ts';

const WAITING_MAX = 16;

let waiting = 0;
let last: Promise<unknown> = Promise.resolve();

/**
 * The first part, in which the state is read, is done when the turn comes, so that what is refused
 * has cost nothing.
 * @throws ProblemError 503 when too many wait
 */
export async function inTurns<T>(parts: Parts<T>): Promise<T> {
  if (waiting >= WAITING_MAX) {
    const why = `${WAITING_MAX} questions that take long wait already; ask again later`;
    throw new ProblemError(503, why, [], { 'retry-after': '5' });
  }
  waiting++;
  const mine = last.then(() => inSteps(parts));
  last = mine.catch(() => undefined);
  return mine.finally(() => {
    waiting--;
  });
}
