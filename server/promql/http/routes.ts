/** The read API of Prometheus: what a Grafana data source of that type asks for. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import { createBudget } from '../budget.ts';
import type { PromqlConfig } from '../config.ts';
import { createEngine, type Engine, type QueryOptions } from '../engine.ts';
import { isLabelName } from '../labels.ts';
import { type ErrorType, QueryError } from '../query-error.ts';
import type { SeriesStore } from '../series-store.ts';
import type { PromAlert } from '../twin/alerts.ts';
import { resultText, seriesListText } from './answer.ts';
import { PROM_ROUTES, type PromPath } from './described.ts';
import {
  badParam,
  durationParam,
  labelQuery,
  type Params,
  paramsOf,
  parsedParam,
  requiredTime,
  timeParam,
} from './params.ts';

export interface PromDeps {
  readonly store: SeriesStore;
  readonly clock: { now(): number };
  /** Of the service. */
  readonly version: string;
  readonly limits: PromqlConfig;
  /** What `/alerts` lists; nothing unless given. */
  readonly alerts?: () => readonly PromAlert[];
  /** Told of failures that are ours. */
  readonly onError?: (error: unknown, request: Request) => void;
}

interface Work extends PromDeps {
  readonly engine: Engine;
}

/** Writes the answer, or throws a QueryError. */
type Answer = (work: Work, params: Params, exchange: Exchange) => Promise<void> | void;

interface Exchange {
  readonly request: Request;
  readonly response: Response;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

const ANSWERS: Readonly<Record<PromPath, Answer>> = {
  '/query': instantQuery,
  '/query_range': rangeQuery,
  '/query_exemplars': (_work, _params, at) => success(at, '[]'),
  '/series': seriesList,
  '/labels': labelNames,
  '/label/:name/values': labelValues,
  '/metadata': metadata,
  '/status/buildinfo': buildInformation,
  '/rules': (_work, _params, at) => success(at, '{"groups":[]}'),
  '/alerts': alertList,
};

/** To be mounted at `/prom/api/v1`, behind the check of who asks. */
export function promRoutes(deps: PromDeps): Router {
  const { limits, store } = deps;
  const engine = createEngine({ ...limits, store, timeoutMs: 1000 * limits.timeoutS });
  const router = express.Router();
  const form = express.text({ type: 'application/x-www-form-urlencoded', limit: '1mb' });
  for (const { path, methods } of PROM_ROUTES) {
    const handle = handler({ ...deps, engine }, ANSWERS[path]);
    for (const method of methods)
      router[method](path, ...(method === 'post' ? [form] : []), handle);
    router.all(path, otherMethods(methods));
  }
  router.use((request, _response, next) => {
    next(new QueryError('not_found', `no ${request.path} here`));
  });
  router.use(errors(deps));
  return router;
}

const handler =
  (work: Work, answer: Answer): RequestHandler =>
  async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    response.set('cache-control', 'no-store');
    const body = typeof request.body === 'string' ? request.body : '';
    await answer(work, paramsOf(request, body), { request, response, signal: gone.signal });
  };

function otherMethods(methods: readonly string[]): RequestHandler {
  const allow = [...methods.map(method => method.toUpperCase()), 'OPTIONS'].join(', ');
  return (request, response) => {
    const status = request.method === 'OPTIONS' ? 204 : 405;
    response.set('allow', allow).status(status).end();
  };
}

function success({ response }: Exchange, json: string): void {
  response.type('application/json').send(`{"status":"success","data":${json}}`);
}

function queryOptions(params: Params, { signal }: Exchange): QueryOptions {
  const timeoutMs = durationParam(params, 'timeout');
  if (timeoutMs !== undefined && timeoutMs <= 0) throw badParam('timeout', 'must be positive');
  return { signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}

async function instantQuery({ engine, clock }: Work, params: Params, exchange: Exchange) {
  const atMs = timeParam(params, 'time', clock.now());
  const options = queryOptions(params, exchange);
  const query = parsedParam('query', params.one('query') ?? '');
  await send(exchange.response, resultText(await engine.instant(query, atMs, options)));
}

async function rangeQuery({ engine }: Work, params: Params, exchange: Exchange) {
  const startMs = requiredTime(params, 'start');
  const endMs = requiredTime(params, 'end');
  if (endMs < startMs) throw badParam('end', 'end timestamp must not be before start time');
  const stepMs = durationParam(params, 'step');
  if (stepMs === undefined) throw badParam('step', 'cannot parse "" to a valid duration');
  if (stepMs < 1) {
    const message = 'zero or negative query resolution step widths are not accepted. ';
    throw badParam('step', `${message}Try a positive integer`);
  }
  const options = queryOptions(params, exchange);
  const query = parsedParam('query', params.one('query') ?? '');
  const result = engine.range(query, { startMs, endMs, stepMs }, options);
  await send(exchange.response, resultText(await result));
}

/** A long answer is written as fast as it is taken, and no faster. */
async function send(response: Response, parts: Iterable<string>): Promise<void> {
  response.type('application/json');
  await pipeline(Readable.from(chunked(parts)), response).catch(error => {
    // Who has gone does not wait for the rest.
    if (!response.destroyed) throw error;
  });
}

const CHUNK_LENGTH = 64 * 1024;

function* chunked(parts: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const part of parts) {
    chunk += part;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk) yield chunk;
}

const budgetOf = ({ limits }: Work, { signal }: Exchange) =>
  createBudget({ ...limits, timeoutMs: 1000 * limits.timeoutS, signal });

async function seriesList(work: Work, params: Params, exchange: Exchange) {
  const query = labelQuery(params, work.clock.now());
  if (query.selectors.length === 0) {
    throw new QueryError('bad_data', 'no match[] parameter provided');
  }
  const series = await work.store.series(query, budgetOf(work, exchange));
  success(exchange, seriesListText(series));
}

async function labelNames(work: Work, params: Params, exchange: Exchange) {
  const query = labelQuery(params, work.clock.now());
  const names = await work.store.labelNames(query, budgetOf(work, exchange));
  success(exchange, JSON.stringify(names));
}

async function labelValues(work: Work, params: Params, exchange: Exchange) {
  const name = String(exchange.request.params.name);
  if (!isLabelName(name)) throw new QueryError('bad_data', `invalid label name: "${name}"`);
  const query = labelQuery(params, work.clock.now());
  const values = await work.store.labelValues(name, query, budgetOf(work, exchange));
  success(exchange, JSON.stringify(values));
}

async function metadata({ store }: Work, params: Params, exchange: Exchange) {
  const limit = Number(params.one('limit') ?? -1);
  if (!Number.isInteger(limit)) throw badParam('limit', 'limit must be a number');
  const wanted = params.one('metric');
  let rows = [...(await store.metadata())];
  if (wanted !== undefined) rows = rows.filter(([name]) => name === wanted);
  if (limit >= 0) rows = rows.slice(0, limit);
  const answer = Object.fromEntries(rows.map(([name, help]) => [name, [help]]));
  success(exchange, JSON.stringify(answer));
}

function alertList({ alerts }: Work, _params: Params, exchange: Exchange) {
  success(exchange, JSON.stringify({ alerts: alerts?.() ?? [] }));
}

/** Clients look at the version to see what they may ask for. */
const COMPATIBLE_VERSION = '2.42.0';

function buildInformation({ version }: Work, _params: Params, exchange: Exchange) {
  const build = { version: COMPATIBLE_VERSION, revision: `orrery-${version}`, branch: '' };
  const rest = { buildUser: '', buildDate: '', goVersion: '' };
  success(exchange, JSON.stringify({ ...build, ...rest, application: 'Orrery' }));
}

const STATUS: Readonly<Record<ErrorType, number>> = {
  bad_data: 400,
  not_found: 404,
  execution: 422,
  canceled: 503,
  timeout: 503,
  unavailable: 503,
  internal: 500,
};

function errors({ onError }: PromDeps): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const refusal = refusalOf(error);
    if (refusal.errorType === 'internal') onError?.(error, request);
    const { errorType, message } = refusal;
    response.status(STATUS[errorType]).type('application/json');
    response.send(JSON.stringify({ status: 'error', errorType, error: message }));
  };
}

function refusalOf(error: unknown): QueryError {
  if (error instanceof QueryError) return error;
  // What the reader of the body found: a form that is too long, or badly encoded.
  const { status, message } = error as { status?: unknown; message?: string };
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new QueryError('bad_data', message ?? 'bad request');
  }
  return new QueryError('internal', 'see the log for this request');
}
