/** At most so many at once; the others wait in the order in which they came. */
import { QueryError } from './query-error.ts';

interface Turns {
  /**
   * Waits for a place; call what it resolves to when done.
   * @throws QueryError `timeout` when none came free in time, `canceled` when nobody waits any more
   */
  enter(timeoutMs: number, signal?: AbortSignal): Promise<() => void>;
}

interface Waiting {
  readonly admit: () => void;
}

/** Beyond these, waiting longer would not help anybody. */
const WAITING_MAX = 200;

export function createTurns(maxAtOnce: number): Turns {
  let inside = 0;
  const waiting = new Set<Waiting>();
  const leave = () => {
    inside--;
    const [next] = waiting;
    next?.admit();
  };
  const once = () => {
    let isLeft = false;
    inside++;
    return () => {
      if (!isLeft) leave();
      isLeft = true;
    };
  };
  return {
    enter(timeoutMs, signal) {
      if (inside < maxAtOnce) return Promise.resolve(once());
      if (waiting.size >= WAITING_MAX) {
        const message = `${waiting.size} queries are waiting already; try again later`;
        return Promise.reject(new QueryError('timeout', message));
      }
      return new Promise((resolve, reject) => {
        const end = () => {
          waiting.delete(place);
          clearTimeout(timer);
          signal?.removeEventListener('abort', cancel);
        };
        const refuse = (error: QueryError) => {
          end();
          reject(error);
        };
        const late = () => refuse(new QueryError('timeout', 'query timed out in the queue'));
        const cancel = () => refuse(new QueryError('canceled', 'query was canceled'));
        const place: Waiting = {
          admit() {
            end();
            resolve(once());
          },
        };
        const timer = setTimeout(late, timeoutMs);
        signal?.addEventListener('abort', cancel, { once: true });
        waiting.add(place);
      });
    },
  };
}
