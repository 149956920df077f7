/** Questions that take long, one at a time and in the order in which they came; not without end. */
import { ProblemError } from './api/problem.ts';

const WAITING_MAX = 16;
const RETRY_AFTER_S = 5;

/**
 * @param what the questions are called in a refusal: `questions to models`
 * @returns asks when the turn comes; rejects with ProblemError 503 when too many wait
 */
export function createQueue(what: string): <T>(ask: () => Promise<T>) => Promise<T> {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return async ask => {
    if (waiting >= WAITING_MAX) {
      const why = `${WAITING_MAX} ${what} wait already; ask again later`;
      throw new ProblemError(503, why, [], { 'retry-after': String(RETRY_AFTER_S) });
    }
    waiting++;
    const mine = last.then(ask);
    last = mine.catch(() => undefined);
    return mine.finally(() => {
      waiting--;
    });
  };
}
