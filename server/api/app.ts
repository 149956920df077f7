/** The HTTP surface: security headers, access, limits, routes, problem documents. */
import type { RequestListener } from 'node:http';
import express, {
  type ErrorRequestHandler,
  type Express,
  type RequestHandler,
  type Response,
} from 'express';
import { rateLimit } from 'express-rate-limit';
import type { Receiver } from '../ingest/receiver.ts';
import { PROM_PATH } from '../promql/http/described.ts';
import type { PastQuestion } from '../recovery/past-worker.ts';
import { mayAct, type Role } from '../security/access.ts';
import { securityHeaders } from '../security/headers.ts';
import type { Service } from '../service.ts';
import { bodyText, check, checkQuery, parseBody, selectFields } from './check.ts';
import { compressed, zippedAssets } from './compress.ts';
import { contextOf, requestContext } from './context.ts';
import { documentPages } from './documents.ts';
import { ProblemError, problemDocument } from './problem.ts';
import { type Route, WRITE_PATH, WRITE_ROLE } from './route.ts';
import { ROUTES } from './routes/index.ts';
import { withWriteDoor } from './write-door.ts';

interface AppOptions {
  readonly service: Service;
  /** Folder of the built live page, if there is one. */
  readonly pageDir?: string;
  /** Folder of the documents that alerts and messages link to. */
  readonly docsDir?: string;
  /** Remote-write receiver, which reads its own body. */
  readonly receiver: Receiver;
  /** The read API of Prometheus. */
  readonly promql: RequestHandler;
}

/** Asked by those who watch over us; a client at its limit must not make us look dead. */
const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz']);

export function createApp({
  service,
  pageDir,
  docsDir,
  receiver,
  promql,
}: AppOptions): RequestListener {
  const { http } = service.config;
  const app = express();
  app.disable('x-powered-by');
  // Answers differ from second to second: a tag for each would be work for nothing.
  app.disable('etag');
  app.set('trust proxy', http.trustProxy);
  app.use(requestContext(service));
  app.use((request, _response, next) => {
    const refusal = service.checkOrigin(request);
    next(refusal === undefined ? undefined : new ProblemError(403, refusal));
  });
  mountWrite(app, service, receiver);
  app.use(securityHeaders(http.tls !== undefined));
  app.use(limitRate(http.requestsPerMinute));
  app.use(compressed);
  for (const path of new Set(ROUTES.map(row => row.path))) {
    mount(app, path, service);
  }
  app.use(PROM_PATH, named(PROM_PATH), access(service, 'viewer'), promql);
  if (docsDir) app.use('/docs', documentPages(docsDir));
  if (pageDir) app.use(zippedAssets(pageDir, { 'cache-control': HASHED }), livePage(pageDir));
  app.use((request, _response, next) => next(new ProblemError(404, nothingAt(request.path))));
  app.use(problems(service));
  return withWriteDoor(app, service, receiver);
}

const nothingAt = (path: string) =>
  `no ${path} here${path.startsWith('/api/') ? '; /openapi.json lists what there is' : ''}`;

/** What does not go by the short way: requests to refuse, and paths that are written otherwise. */
function mountWrite(app: Express, service: Service, receiver: Receiver) {
  app.post(WRITE_PATH, named(WRITE_PATH), access(service, WRITE_ROLE), receiver);
  app.all(WRITE_PATH, otherMethods(['POST']));
}

const limitRate = (requestsPerMinute: number) =>
  rateLimit({
    windowMs: 60_000,
    limit: requestsPerMinute,
    standardHeaders: 'draft-7',
    legacyHeaders: false,
    skip: request => PROBES.has(request.path),
    handler: (_request, _response, next) => {
      next(
        new ProblemError(429, `more than ${requestsPerMinute} requests a minute; see Retry-After`),
      );
    },
  });

/** Counts requests by the route's path, of which there are few, not by what was asked. */
const named =
  (path: string): RequestHandler =>
  (_request, response, next) => {
    contextOf(response).route = path;
    next();
  };

function access(service: Service, role: Role | 'anyone'): RequestHandler {
  return (request, response, next) => {
    if (role === 'anyone') return next();
    const identity = service.authenticate(request.get('authorization'));
    if (identity === 'anonymous' || identity === 'unknown') {
      const detail =
        identity === 'anonymous'
          ? 'send Authorization: Bearer <token>'
          : 'the token is not known here';
      throw new ProblemError(401, detail, [], { 'www-authenticate': 'Bearer realm="orrery"' });
    }
    contextOf(response).who = identity.name;
    if (!mayAct(identity, role)) {
      throw new ProblemError(403, `'${identity.name}' is ${identity.role}; this needs ${role}`);
    }
    next();
  };
}

/** Documents are read at once: a long one would hold up everything else. */
const SHORT_BODY_BYTES = 1024 * 1024;

/** All methods of one path; ids in it may hold slashes. */
function mount(app: Express, path: string, service: Service) {
  const rows = ROUTES.filter(row => row.path === path);
  const pattern = path.replace(/\{(\w+)\}/g, '*$1');
  app.all(pattern, named(path));
  for (const row of rows) {
    const { maxBodyBytes } = service.config.http;
    const limit = row.hasLargeBody ? maxBodyBytes : Math.min(maxBodyBytes, SHORT_BODY_BYTES);
    const parse = row.body ? [bodyText(limit)] : [];
    app[row.method](pattern, access(service, row.role), ...parse, answerer(row, service));
  }
  app.all(pattern, otherMethods(rows.map(row => row.method.toUpperCase())));
}

function answerer(row: Route, service: Service): RequestHandler {
  return async (request, response) => {
    const query = checkQuery(row, request.query);
    const body = row.body ? check('body', row.body, parseBody(request.body)) : undefined;
    const params = joined(request.params);
    const input = { params, query, body, request, response };
    if (row.looksBack) service.live.settle();
    const answer = await (query.at === undefined
      ? row.handle(input as never, service)
      : askPast(row, service, input));
    if (row.contentType !== undefined) return;
    response.set('cache-control', 'no-store').json(selectFields(row, answer, query.fields));
  };
}

/** The same question, to the model of another instant. */
async function askPast({ method, path }: Route, service: Service, from: Input) {
  const { params, query, body, response } = from;
  const { at } = query as { at: string };
  const atMs = Date.parse(at);
  if (!service.past) {
    throw new ProblemError(409, 'query at: only a service with a data directory can look back');
  }
  if (atMs > service.live.clock.now()) throw new ProblemError(400, `query at: ${at} is to come`);
  const told = await service.past.ask({ atMs, method, path, input: { params, query, body } });
  response.set('x-orrery-from', told.from);
  return told.answer;
}

type Input = PastQuestion['input'] & { readonly response: Response };

/** Segments of a path parameter, decoded, as the one id that they are. */
const joined = (params: Record<string, string | string[]>) =>
  Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, [value].flat().join('/')]),
  );

function otherMethods(methods: readonly string[]): RequestHandler {
  const heads = methods.includes('GET') ? ['HEAD'] : [];
  const allow = [...methods, ...heads, 'OPTIONS'].join(', ');
  return (request, response) => {
    if (request.method === 'OPTIONS') response.set('allow', allow).status(204).end();
    else
      throw new ProblemError(405, `${request.method} is not for this; use ${allow}`, [], { allow });
  };
}

/** Files under assets/ carry a hash of their content in their name; the others may change. */
const HASHED = 'public, max-age=31536000, immutable';

const livePage = (pageDir: string) =>
  express.static(pageDir, {
    setHeaders(response: Response, path: string) {
      const isHashed = /[\\/]assets[\\/]/.test(path);
      response.set('cache-control', isHashed ? HASHED : 'no-cache');
    },
  });

function problems({ log }: Service): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const status = statusOf(error);
    const { requestId } = contextOf(response);
    // What a route answers on purpose (503: not ready yet) is no failure of ours.
    if (!(error instanceof ProblemError) && status >= 500)
      log.error({ err: error, requestId, path: request.path }, 'request failed');
    const detail = detailOf(error, status);
    const { errors = [], headers = {} } = error instanceof ProblemError ? error : {};
    const more = errors.length > 0 ? { errors } : {};
    const document = problemDocument(status, detail, {
      ...{ instance: request.path, requestId, ...more },
    });
    response.status(status).set(headers).type('application/problem+json');
    response.send(JSON.stringify(document));
  };
}

function detailOf(error: Error, status: number): string {
  if (status === 500) return 'see the log for this request id';
  const { limit, code } = error as { limit?: unknown; code?: unknown };
  if (status === 413 && limit !== undefined) return `the body is larger than ${limit} bytes`;
  // Codes of zlib and zstd.
  const isCoding = status === 400 && typeof code === 'string' && code.startsWith('Z');
  return isCoding ? `the body is not what Content-Encoding says: ${error.message}` : error.message;
}

function statusOf(error: unknown): number {
  if (error instanceof ProblemError) return error.status;
  // body-parser's errors carry the status that fits: 413, 415, 400.
  const status = (error as { status?: unknown }).status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
