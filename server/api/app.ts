/** The HTTP surface: security headers, access, limits, routes, problem documents. */
import { randomUUID } from 'node:crypto';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import { parseText } from '../document.ts';
import { mayAct, type Role } from '../security/access.ts';
import type { Service } from '../service.ts';
import { openApi } from './openapi.ts';
import { ProblemError, problemDocument } from './problem.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes/index.ts';

export interface AppOptions {
  readonly service: Service;
  /** Folder of the built live page, if there is one. */
  readonly pageDir?: string;
  /** Remote-write receiver, which reads its own body. */
  readonly receiver: RequestHandler;
}

export function createApp({ service, pageDir, receiver }: AppOptions): Express {
  const { http } = service.config;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', http.trustProxy);
  app.use(requestContext(service));
  app.use(helmet({ contentSecurityPolicy: { directives: CONTENT_POLICY } }));
  app.get('/livez', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', (_request, response) => {
    const waiting = service.notReady();
    response.status(waiting ? 503 : 200).json(waiting ? { waiting } : { status: 'ok' });
  });
  app.post('/api/v1/write', access(service, 'operator'), receiver);
  app.use(rateLimit({ windowMs: 60_000, limit: http.requestsPerMinute, ...RATE_ANSWER }));
  app.get('/openapi.json', (_request, response) => void response.json(openApi(ROUTES)));
  app.get('/metrics', access(service, 'viewer'), metrics(service));
  for (const row of ROUTES) mount(app, row, service);
  if (pageDir) app.use(express.static(pageDir, { index: 'index.html', maxAge: '1h' }));
  app.use((request, _response, next) => next(new ProblemError(404, `no ${request.path} here`)));
  app.use(problems(service));
  return app;
}

/** The page loads nothing from elsewhere; its canvas and inline SVG need inline styles only. */
const CONTENT_POLICY = {
  defaultSrc: ["'self'"],
  connectSrc: ["'self'", 'ws:', 'wss:'],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  upgradeInsecureRequests: null,
};

const RATE_ANSWER = {
  standardHeaders: 'draft-7' as const,
  legacyHeaders: false,
  handler: (_request: Request, response: Response) => {
    response
      .status(429)
      .type('application/problem+json')
      .send(JSON.stringify(problemDocument(429, 'too many requests; see Retry-After', {})));
  },
};

/** Gives each request an id, takes over the caller's trace, and logs the outcome. */
function requestContext(service: Service): RequestHandler {
  return (request, response, next) => {
    const given = request.get('x-request-id');
    const id = given && /^[\w.-]{1,100}$/.test(given) ? given : randomUUID();
    const trace = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(
      request.get('traceparent') ?? '',
    );
    response.locals.requestId = id;
    response.set('x-request-id', id);
    if (trace) response.set('traceparent', request.get('traceparent'));
    const startedAt = performance.now();
    response.on('finish', () => {
      const tookMs = Math.round(performance.now() - startedAt);
      service.log.debug(
        {
          requestId: id,
          ...(trace ? { traceId: trace[1] } : {}),
          method: request.method,
          path: request.path,
          status: response.statusCode,
          tookMs,
        },
        'request',
      );
    });
    next();
  };
}

function access(service: Service, role: Role): RequestHandler {
  return (request, _response, next) => {
    const identity = service.authenticate(request.get('authorization'));
    if (identity === 'anonymous') throw new ProblemError(401, 'send Authorization: Bearer <token>');
    if (identity === 'unknown') throw new ProblemError(401, 'the token is not known here');
    if (!mayAct(identity, role)) {
      throw new ProblemError(403, `'${identity.name}' is ${identity.role}; this needs ${role}`);
    }
    next();
  };
}

function mount(app: Express, row: Route, service: Service) {
  const path = row.path.replace(/\{(\w+)\}/g, ':$1');
  const parse = row.body ? [bodyParser(service)] : [];
  app[row.method](path, access(service, row.role), ...parse, async (request, response) => {
    const query = check('query', row.query, request.query);
    const body = row.body ? check('body', row.body, parseBody(request.body)) : undefined;
    const params = request.params as Record<string, string>;
    const input = { params, query, body, request, response };
    const answer = await row.handle(input as never, service);
    if (row.contentType === undefined) response.json(answer);
  });
}

const bodyParser = (service: Service) =>
  express.text({
    limit: service.config.http.maxBodyBytes,
    type: ['application/json', 'application/yaml', 'text/yaml', 'text/plain', '*/json'],
  });

/** JSON or YAML, since manifests and scenarios are YAML. */
function parseBody(text: unknown): unknown {
  if (typeof text !== 'string' || text.trim() === '') {
    throw new ProblemError(415, 'send a body as application/json or application/yaml');
  }
  const read = parseText(text, 'body');
  if (read.ok) return read.source.value;
  const errors = read.complaints.map(c => ({ path: `line ${c.line}`, message: c.message }));
  throw new ProblemError(400, `body: ${errors[0].path}: ${errors[0].message}`, errors);
}

/** @throws ProblemError 400 naming each field that is wrong. */
function check(where: string, schema: Route['body'], value: unknown): unknown {
  if (!schema) return undefined;
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const errors = result.error.issues.map(issue => ({
    path: issue.path.join('.'),
    message: issue.message,
  }));
  const first = errors[0];
  throw new ProblemError(
    400,
    `${where} ${first.path}: ${first.message}`.replace(' :', ':'),
    errors,
  );
}

function metrics(service: Service): RequestHandler {
  return async (request, response) => {
    const { contentType, text } = await service.metrics(request.get('accept') ?? '');
    response.set('content-type', contentType).send(text);
  };
}

function problems(service: Service): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const status = statusOf(error);
    const requestId = response.locals.requestId;
    if (status >= 500) service.log.error({ err: error, requestId, path: request.path }, 'failed');
    const detail = status >= 500 ? 'see the log for this request id' : error.message;
    const errors =
      error instanceof ProblemError && error.errors.length > 0 ? error.errors : undefined;
    response
      .status(status)
      .type('application/problem+json')
      .send(
        JSON.stringify(
          problemDocument(status, detail, { instance: request.path, requestId, errors }),
        ),
      );
  };
}

function statusOf(error: unknown): number {
  if (error instanceof ProblemError) return error.status;
  // body-parser's errors carry the status that fits: 413, 415, 400.
  const status = (error as { status?: unknown }).status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
