/** The worker that models are asked in: started when needed, one question after the other. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ModelSaid } from '../../twin/index.ts';
import { ProblemError } from '../api/problem.ts';
import { moduleBeside } from '../package-layout.ts';
import type { ModelQuestion } from './worker.ts';

const IDLE_MS = 60_000;
const WAITING_MAX = 16;
/** No sensible question takes so long, the start of the worker on a busy machine included. */
const ANSWER_MS = 30_000;

let worker: Worker | undefined;
let idle: NodeJS.Timeout | undefined;
let waiting = 0;
let last: Promise<unknown> = Promise.resolve();

/** @throws ProblemError 503 when too many wait, or the answer takes too long */
export async function askInWorker(question: ModelQuestion): Promise<ModelSaid> {
  if (waiting >= WAITING_MAX) {
    const why = `${WAITING_MAX} questions to models wait already; ask again later`;
    throw new ProblemError(503, why, [], { 'retry-after': '5' });
  }
  waiting++;
  clearTimeout(idle);
  const mine = last.then(() => ask(question));
  last = mine.catch(() => undefined);
  return mine.finally(() => {
    waiting--;
    if (waiting === 0) idle = setTimeout(giveBack, IDLE_MS).unref();
  });
}

async function ask(question: ModelQuestion): Promise<ModelSaid> {
  worker ??= new Worker(moduleBeside('worker', import.meta.url));
  const asked = worker;
  asked.ref();
  asked.postMessage(question);
  try {
    const [said] = await once(asked, 'message', { signal: AbortSignal.timeout(ANSWER_MS) });
    return said as ModelSaid;
  } catch (error) {
    giveBack();
    if ((error as Error).name !== 'AbortError') throw error;
    throw new ProblemError(503, `no answer in ${ANSWER_MS / 1000} s: ask for less`);
  } finally {
    asked.unref();
  }
}

function giveBack() {
  const old = worker;
  worker = undefined;
  void old?.terminate();
}
