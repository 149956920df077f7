/** Questions about past instants: handed to a worker, which is there only while it is asked. */
import { Worker } from 'node:worker_threads';
import { ProblemError } from '../api/problem.ts';
import { moduleBeside } from '../package-layout.ts';
import type { PastAnswer, PastQuestion } from './past-worker.ts';
import type { RolledUp } from './rolled-up.ts';

type Question = Omit<PastQuestion, 'id' | 'rolledUp'>;

interface Told {
  readonly answer: unknown;
  /** What the model was made of. */
  readonly from: 'journal' | `roll-ups of ${string}`;
}

export interface Past {
  /** @throws ProblemError as the route would, or 404 when nothing is known of that time. */
  ask(question: Question): Promise<Told>;
  close(): Promise<void>;
}

interface PastOptions {
  readonly dataDir: string;
  /** What is left of an instant that the journal does not reach. */
  readonly rolledUp: (atMs: number) => Promise<RolledUp | undefined>;
  readonly idleMs?: number;
  /** Module of the worker; its own unless a test gives another. */
  readonly worker?: URL;
}

/** A model of a large site is a gigabyte: it is given back when nobody has asked for a while. */
const IDLE_MS = 300_000;
const WAITING_MAX = 64;

export function createPast(options: PastOptions): Past {
  const { dataDir, rolledUp, idleMs = IDLE_MS } = options;
  const { worker = moduleBeside('past-worker', import.meta.url) } = options;
  const asking = createAsking(worker, dataDir, idleMs);
  return {
    async ask(question) {
      const first = await asking.ask(question);
      if (!first.isTooLongAgo) return { answer: answerOf(first), from: 'journal' };
      const left = await rolledUp(question.atMs);
      if (!left) return { answer: answerOf(first), from: 'journal' };
      const answer = answerOf(await asking.ask({ ...question, rolledUp: left }));
      return { answer, from: `roll-ups of ${left.tier}` };
    },
    close: asking.stop,
  };
}

function answerOf({ answer, problem }: PastAnswer): unknown {
  if (problem) throw new ProblemError(problem.status, problem.detail, problem.errors);
  return answer;
}

interface Waiting {
  resolve(answer: PastAnswer): void;
  reject(error: Error): void;
}

/** The worker, started when it is asked. */
function createAsking(module: URL, dataDir: string, idleMs: number) {
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let asked = 0;
  const waiting = new Map<number, Waiting>();

  function start(): Worker {
    const made = new Worker(module, { workerData: { dataDir } });
    const over = (error: Error) => {
      if (worker !== made) return;
      worker = undefined;
      refuseAll(error);
    };
    made.on('message', take);
    made.on('error', over);
    made.on('exit', code =>
      over(new ProblemError(503, `the worker of the past ended with ${code}: ask again`)),
    );
    made.unref();
    return made;
  }

  function take(answer: PastAnswer) {
    waiting.get(answer.id)?.resolve(answer);
    waiting.delete(answer.id);
    if (waiting.size > 0) return;
    clearTimeout(idle);
    idle = setTimeout(stop, idleMs).unref();
  }

  function refuseAll(error: Error) {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  }

  async function stop() {
    clearTimeout(idle);
    const last = worker;
    worker = undefined;
    refuseAll(new ProblemError(503, 'the service ends'));
    await last?.terminate();
  }

  function ask(question: Omit<PastQuestion, 'id'>): Promise<PastAnswer> {
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
  }

  return { ask, stop };
}
