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

/** @throws ProblemError 503 when too many wait, the answer takes too long, or the worker ends */
export const askInWorker = createAsking(moduleBeside('worker', import.meta.url));

/** @param module what runs in the worker */
export function createAsking(module: URL): (question: ModelQuestion) => Promise<ModelSaid> {
  const queue = createQueue('questions to models');
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;

  function start(): Worker {
    const made = new Worker(module);
    made.once('exit', () => {
      if (worker === made) worker = undefined;
    });
    return made;
  }

  async function ask(question: ModelQuestion): Promise<ModelSaid> {
    clearTimeout(idle);
    worker ??= start();
    const asked = worker;
    asked.ref();
    asked.postMessage(question);
    try {
      return await answerOf(asked);
    } catch (error) {
      giveBack();
      throw error;
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

  return question => queue(() => ask(question));
}

async function answerOf(worker: Worker): Promise<ModelSaid> {
  const late = AbortSignal.timeout(ANSWER_MS);
  const isOver = new AbortController();
  const signal = AbortSignal.any([late, isOver.signal]);
  const ended = once(worker, 'exit', { signal }).then(([code]) => {
    throw new ProblemError(503, `the worker of the models ended with ${code}: ask again`);
  });
  try {
    const [said] = await Promise.race([once(worker, 'message', { signal }), ended]);
    return said as ModelSaid;
  } catch (error) {
    if (!late.aborted) throw error;
    throw new ProblemError(503, `no answer in ${ANSWER_MS / 1000} s: ask for less`);
  } finally {
    isOver.abort();
  }
}
