/** Questions about past instants: handed to a worker, which is there only while it is asked. */
import { Worker } from 'node:worker_threads';
import { ProblemError } from '../api/problem.ts';
import { moduleBeside } from '../module-url.ts';
import type { PastAnswer, PastQuestion } from './past-worker.ts';

export interface Past {
  /** @throws ProblemError as the route would, or 404 when nothing is known of that time. */
  ask(question: Omit<PastQuestion, 'id'>): Promise<unknown>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** A model of a large site is a gigabyte: it is given back when nobody has asked for a while. */
const IDLE_MS = 300_000;
const WAITING_MAX = 64;

export function createPast(dataDir: string, idleMs = IDLE_MS): Past {
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let asked = 0;
  const waiting = new Map<number, Waiting>();

  function start(): Worker {
    const made = new Worker(moduleBeside('past-worker', import.meta.url), {
      workerData: { dataDir },
    });
    made.on('message', take);
    made.on('error', error => {
      if (worker === made) worker = undefined;
      for (const [id, { reject }] of waiting) {
        waiting.delete(id);
        reject(error);
      }
    });
    made.unref();
    return made;
  }

  function take({ id, answer, problem }: PastAnswer) {
    const asker = waiting.get(id);
    waiting.delete(id);
    if (problem) asker?.reject(new ProblemError(problem.status, problem.detail, problem.errors));
    else asker?.resolve(answer);
    if (waiting.size === 0) rest();
  }

  function rest() {
    clearTimeout(idle);
    idle = setTimeout(stop, idleMs).unref();
  }

  async function stop() {
    clearTimeout(idle);
    const last = worker;
    worker = undefined;
    await last?.terminate();
  }

  return {
    ask(question) {
      if (waiting.size >= WAITING_MAX) {
        const why = `${WAITING_MAX} questions about the past wait already; ask again later`;
        return Promise.reject(new ProblemError(503, why, [], { 'retry-after': '5' }));
      }
      clearTimeout(idle);
      worker ??= start();
      const id = ++asked;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker?.postMessage({ ...question, id } satisfies PastQuestion);
      });
    },
    close: stop,
  };
}
