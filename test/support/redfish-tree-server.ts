/**
 * Serves a Redfish tree over HTTP as a BMC does: sessions, ETags, `$expand`, an event stream, and
 * the ways in which BMCs misbehave.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export type Body = Record<string, unknown>;
export type Tree = Map<string, Body>;

export type Fault =
  | { readonly kind: 'hang' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'reset' };

export interface TreeServerOptions {
  readonly tree: Tree;
  /** With a user, everything but the root needs a login. */
  readonly user?: { readonly name: string; readonly password: string };
  /** Sessions that may be open at once; 0 for a BMC that has none. */
  readonly maxSessions?: number;
  readonly etag?: boolean;
  readonly expand?: boolean;
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly delayMs?: number;
  /** Minutes by which the `Date` header is wrong. */
  readonly clockOffsetMs?: number;
}

export interface TreeServer {
  readonly url: string;
  readonly tree: Tree;
  /** By path, or `*` for every path. */
  readonly faults: Map<string, Fault>;
  /** `METHOD path?query status` of every answer. */
  readonly log: string[];
  readonly openSessions: ReadonlySet<string>;
  /** Requests being answered at this moment, and the most there ever were. */
  readonly load: { now: number; most: number };
  /** Ends all sessions, as a BMC does when it restarts. */
  forgetSessions(): void;
  /** Sends an event to whoever listens. @returns the number of listeners */
  push(event: Body): number;
  stop(): Promise<void>;
}

/** A file of `{uri, body}` lines, gzipped or not. */
export function loadTree(path: string): Tree {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const lines = text.split('\n').filter(line => line.trim() !== '');
  return new Map(
    lines.map(line => {
      const { uri, body } = JSON.parse(line) as { uri: string; body: Body };
      return [uri, body];
    }),
  );
}

const SESSIONS = '/redfish/v1/SessionService/Sessions';

interface State {
  readonly options: TreeServerOptions;
  readonly server: TreeServer & { openSessions: Set<string> };
  readonly byPath: Map<string, Body>;
  readonly listeners: Set<http.ServerResponse>;
}

const pathKey = (path: string) => path.replace(/\/+$/, '').toLowerCase();

export async function startRedfishTree(options: TreeServerOptions): Promise<TreeServer> {
  const listeners = new Set<http.ServerResponse>();
  const openSessions = new Set<string>();
  const byPath = new Map([...options.tree].map(([uri, body]) => [pathKey(uri), body]));
  const server = {
    url: '',
    tree: options.tree,
    faults: new Map<string, Fault>(),
    log: [] as string[],
    openSessions,
    load: { now: 0, most: 0 },
    forgetSessions: () => openSessions.clear(),
    push(event: Body) {
      for (const listener of listeners) listener.write(`data: ${JSON.stringify(event)}\n\n`);
      return listeners.size;
    },
    stop: async () => {
      web.closeAllConnections();
      await new Promise(done => web.close(done));
    },
  };
  const state: State = { options, server, byPath, listeners };
  const handle = (request: http.IncomingMessage, response: http.ServerResponse) =>
    void answer(state, request, response);
  const web = options.tls ? https.createServer(options.tls, handle) : http.createServer(handle);
  await new Promise<void>(done => web.listen(0, '127.0.0.1', done));
  const { port } = web.address() as AddressInfo;
  server.url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  return server;
}

async function answer(
  state: State,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const { server, options } = state;
  const url = new URL(request.url ?? '/', 'http://bmc');
  // an event stream is open all the time and costs the BMC nothing
  const weight = isEventStream(state, url) ? 0 : 1;
  server.load.now += weight;
  server.load.most = Math.max(server.load.most, server.load.now);
  response.once('close', () => {
    server.load.now -= weight;
    server.log.push(`${request.method} ${request.url} ${response.statusCode}`);
  });
  const dateMs = Date.now() + (options.clockOffsetMs ?? 0);
  response.setHeader('date', new Date(dateMs).toUTCString());
  const fault = server.faults.get(url.pathname) ?? server.faults.get('*');
  if (options.delayMs) await new Promise(done => setTimeout(done, options.delayMs));
  if (fault && (await misbehave(fault, response))) return;
  if (request.method === 'POST' && url.pathname === SESSIONS)
    return login(state, request, response);
  if (!isAllowed(state, request, url)) return send(response, 401, { error: { code: 'NoAccess' } });
  if (request.method === 'DELETE') return logout(state, url, response);
  if (isEventStream(state, url)) return listen(state, response);
  serve(state, request, response, url);
}

/** @returns whether the fault has dealt with the request */
async function misbehave(fault: Fault, response: http.ServerResponse): Promise<boolean> {
  switch (fault.kind) {
    case 'hang':
      return true;
    case 'slow':
      await new Promise(done => setTimeout(done, fault.ms));
      return false;
    case 'status':
      send(response, fault.status, { error: { code: 'Fault' } });
      return true;
    case 'redirect':
      response.writeHead(307, { location: fault.to }).end();
      return true;
    case 'text':
      response.writeHead(200, { 'content-type': 'application/json' }).end(fault.text);
      return true;
    case 'reset':
      response.destroy();
      return true;
  }
}

async function login(
  state: State,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const { options, server } = state;
  const max = options.maxSessions ?? 16;
  let text = '';
  for await (const chunk of request) text += chunk;
  if (max === 0) return send(response, 404, { error: { code: 'None' } });
  const given = JSON.parse(text) as { UserName?: string; Password?: string };
  const known = given.UserName === options.user?.name && given.Password === options.user?.password;
  if (!known) return send(response, 401, { error: { code: 'BadLogin' } });
  if (server.openSessions.size >= max) return send(response, 503, { error: { code: 'Full' } });
  const token = randomUUID();
  server.openSessions.add(token);
  response.setHeader('x-auth-token', token);
  response.setHeader('location', `${SESSIONS}/${token}`);
  send(response, 201, { '@odata.id': `${SESSIONS}/${token}` });
}

function logout({ server }: State, url: URL, response: http.ServerResponse): void {
  const gone = server.openSessions.delete(url.pathname.slice(SESSIONS.length + 1));
  send(response, gone ? 204 : 404, {});
}

function isAllowed({ options, server }: State, request: http.IncomingMessage, url: URL): boolean {
  if (!options.user || pathKey(url.pathname) === '/redfish/v1') return true;
  const token = request.headers['x-auth-token'];
  if (typeof token === 'string') return server.openSessions.has(token);
  const basic = Buffer.from(`${options.user.name}:${options.user.password}`).toString('base64');
  return request.headers.authorization === `Basic ${basic}`;
}

function isEventStream({ byPath }: State, url: URL): boolean {
  return byPath.get('/redfish/v1/eventservice')?.ServerSentEventUri === url.pathname;
}

function listen({ listeners }: State, response: http.ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(': listening\n\n');
  listeners.add(response);
  response.once('close', () => listeners.delete(response));
}

function serve(
  { options, byPath, server }: State,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  url: URL,
): void {
  const body = server.tree.get(url.pathname) ?? byPath.get(pathKey(url.pathname));
  const wanted = url.searchParams.get('$expand');
  if (!body || (wanted && !options.expand)) {
    send(response, body ? 501 : 404, { error: { code: body ? 'NoExpand' : 'Missing' } });
    return;
  }
  const full = wanted ? expanded(body, byPath) : body;
  const etag = `"${createHash('sha1').update(JSON.stringify(full)).digest('hex').slice(0, 16)}"`;
  if (options.etag) {
    response.setHeader('etag', etag);
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304).end();
      return;
    }
  }
  send(response, 200, full);
}

function expanded(body: Body, byPath: ReadonlyMap<string, Body>): Body {
  if (!Array.isArray(body.Members)) return body;
  const members = (body.Members as Body[]).map(
    member => byPath.get(pathKey(String(member['@odata.id']))) ?? member,
  );
  return { ...body, Members: members };
}

function send(response: http.ServerResponse, status: number, body: Body): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(status === 204 ? undefined : JSON.stringify(body));
}
