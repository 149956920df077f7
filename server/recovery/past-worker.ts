/**
 * Answers questions about past instants with the routes that answer for the present: on a model of
 * its own, beside the thread that serves.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import { type FieldError, ProblemError } from '../api/problem.ts';
import type { Instant } from '../api/route.ts';
import { ROUTES } from '../api/routes/index.ts';
import { modelAt, modelOf, TooLongAgo, topologyOf } from './past-model.ts';
import type { RolledUp } from './rolled-up.ts';

export interface PastQuestion {
  readonly id: number;
  readonly atMs: number;
  readonly method: string;
  /** Of the route, as it is declared. */
  readonly path: string;
  readonly input: {
    readonly params: Readonly<Record<string, string>>;
    readonly query: unknown;
    readonly body: unknown;
  };
  /** Where the journal does not reach so far. */
  readonly rolledUp?: RolledUp;
}

export interface PastAnswer {
  readonly id: number;
  readonly answer?: unknown;
  /** The journal does not reach so far: ask again with roll-ups. */
  readonly isTooLongAgo?: boolean;
  readonly problem?: {
    readonly status: number;
    readonly detail: string;
    readonly errors: readonly FieldError[];
  };
}

const { dataDir } = workerData as { readonly dataDir: string };
const log = pino({ level: 'error' });
/** The last one asked about: whoever looks back asks more than once. */
let known: { readonly atMs: number; readonly instant: Instant } | undefined;

function answerTo({ method, path, input, ...at }: PastQuestion): unknown {
  const route = ROUTES.find(row => row.method === method && row.path === path);
  if (!route?.looksBack) throw new ProblemError(400, `${path} cannot look back`);
  if (known?.atMs !== at.atMs) known = { atMs: at.atMs, instant: modelFor(at) };
  return route.handle(input as never, known.instant);
}

function modelFor(question: Omit<PastQuestion, 'method' | 'path' | 'input'>): Instant {
  const { atMs, rolledUp } = question;
  if (rolledUp) {
    const live = modelOf(rolledUp, topologyOf(dataDir, rolledUp.generation));
    return { live, trust: undefined };
  }
  const { live, calibration } = modelAt({ dataDir, atMs, log });
  return { live, trust: calibration && { calibration } };
}

function problemOf(error: unknown): PastAnswer['problem'] {
  if (error instanceof ProblemError) {
    const { status, message, errors } = error;
    return { status, detail: message, errors };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return { status: error instanceof TooLongAgo ? 404 : 500, detail, errors: [] };
}

parentPort?.on('message', async (question: PastQuestion) => {
  const { id } = question;
  try {
    parentPort?.postMessage({ id, answer: await answerTo(question) } satisfies PastAnswer);
  } catch (error) {
    const isTooLongAgo = error instanceof TooLongAgo;
    const problem = problemOf(error);
    parentPort?.postMessage({ id, problem, isTooLongAgo } satisfies PastAnswer);
  }
});
