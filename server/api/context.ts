/** Gives each request an id, takes over the caller's trace, and logs what became of it. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { seldom } from '../log.ts';
import type { Service } from '../service.ts';

interface RequestContext {
  readonly requestId: string;
  readonly traceId?: string;
  /** Name of the token that was presented; set once it is known. */
  who?: string;
  /** Path of the route that answers; requests are counted by it. */
  route?: string;
}

export const contextOf = (response: Response) => response.locals.context as RequestContext;

const REQUEST_ID = /^[\w.:-]{1,100}$/;
/** W3C trace context; of a later version the fields that are known here are read. */
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})/;

export function requestContext(service: Service): RequestHandler {
  return (request, response, next) => {
    const pathOf = () => request.path;
    response.locals.context = beginRequest(service, { request, response, pathOf });
    next();
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly pathOf: () => string;
}

/** Asks nothing of Express, because remote write goes past it. */
export function beginRequest(service: Service, exchange: Exchange): RequestContext {
  const { log, requests } = service;
  const { request, response, pathOf } = exchange;
  const startedAt = performance.now();
  const given = textOf(request.headers['x-request-id']);
  const requestId = REQUEST_ID.test(given) ? given : randomUUID();
  const [, traceId, flags] = TRACEPARENT.exec(textOf(request.headers.traceparent)) ?? [];
  const context: RequestContext = { requestId, ...(traceId ? { traceId } : {}) };
  response.setHeader('x-request-id', requestId);
  if (traceId) response.setHeader('traceparent', `00-${traceId}-${spanId()}-${flags}`);
  response.on('close', () => {
    const tookMs = Math.round(performance.now() - startedAt);
    const { method = '' } = request;
    const path = pathOf();
    const status = response.statusCode;
    const isCutOff = !response.writableFinished;
    requests.count(context.route ?? 'other', method, status, tookMs);
    const line = { ...context, method, path, status, tookMs, ...(isCutOff ? { isCutOff } : {}) };
    if (REFUSALS.has(status)) service.sayRefused(line);
    else log.debug(line, 'request');
  });
  return context;
}

/** Of a header that is given once, or not at all. */
const textOf = (header: string | readonly string[] | undefined) =>
  typeof header === 'string' ? header : '';

const spanId = () => randomBytes(8).toString('hex');

/** Refusals of access are worth a line; what failed here has one of its own. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 429]);

/** Enough to see who it is; a client that asks in a loop is not to fill the disk. */
const REFUSALS_PER_MINUTE = 30;

export function refusalLog(log: Logger): (line: object) => void {
  const say = (line: object, unsaid: number) =>
    log.warn({ ...line, ...(unsaid > 0 ? { unsaid } : {}) }, 'request');
  return seldom(say, { perMinute: REFUSALS_PER_MINUTE });
}
