/** The worker that models are asked in: started when needed, one question after the other. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ModelSaid } from '../../twin/index.ts';
import { ProblemError } from '../api/problem.ts';
import { createQueue } from '../long-questions.ts';
import { moduleBeside } from '../package-layout.ts';
import type { ModelQuestion } from './worker.ts';

const IDLE_MS = 60_000;
/** No sensible question takes so long, the start of the worker on a busy machine included. */
const ANSWER_MS = 30_000;

const queue = createQueue('questions to models');
let worker: Worker | undefined;
let idle: NodeJS.Timeout | undefined;

/** @throws ProblemError 503 when too many wait, or the answer takes too long */
export const askInWorker = (question: ModelQuestion): Promise<ModelSaid> =>
  queue(() => ask(question));

async function ask(question: ModelQuestion): Promise<ModelSaid> {
  clearTimeout(idle);
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
    idle = setTimeout(giveBack, IDLE_MS).unref();
  }
}

function giveBack() {
  const old = worker;
  worker = undefined;
  void old?.terminate();
}
