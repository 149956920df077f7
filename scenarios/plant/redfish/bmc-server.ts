/** One BMC as an HTTP service on a loopback port: authentication, sessions, ETags, actions. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hasSupply } from '../physics/power-chain.ts';
import { resetHost } from '../power-control.ts';
import type { Simulation } from '../simulation.ts';
import { addChassis, type Routes } from './chassis.ts';
import { collection, type Json, type Resource, ROOT, resource } from './resource.ts';
import { addBmc, addSystem, logEntry, SEL, SYSTEM } from './system.ts';

interface BmcAccount {
  readonly username: string;
  readonly password: string;
}

export interface BmcServer {
  readonly url: string;
  readonly sessionCount: () => number;
  stop(): Promise<void>;
}

const SESSIONS = `${ROOT}/SessionService/Sessions`;
/** Real BMCs have few slots: a client that leaks sessions locks itself out. */
const SESSION_SLOTS = 8;
const BODY_LIMIT_BYTES = 64 * 1024;

interface Bmc {
  readonly simulation: Simulation;
  readonly host: number;
  readonly account: BmcAccount;
  readonly routes: Routes;
  /** Session id to token. */
  readonly sessions: Map<string, string>;
  /** Brings the simulation to the present before an answer is made. */
  readonly catchUp: () => void;
  /** The BMC's own clock, epoch ms of plant time. */
  readonly clock: () => number;
}

export interface BmcOptions {
  readonly host: number;
  readonly account: BmcAccount;
  readonly catchUp: () => void;
  readonly clock: () => number;
}

export async function startBmc(simulation: Simulation, options: BmcOptions): Promise<BmcServer> {
  const routes: Routes = new Map();
  addBmc(routes, simulation, options.host);
  addSystem(routes, simulation, options.host);
  addChassis(routes, simulation, options.host);
  const bmc: Bmc = { ...options, simulation, routes, sessions: new Map() };
  addSessions(bmc);
  const server = createServer((request, response) => {
    answer(bmc, request, response).catch(error => fail(response, error));
  });
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    sessionCount: () => bmc.sessions.size,
    stop: () => close(server),
  };
}

export const listen = (server: Server, port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });

export const close = (server: Server) =>
  new Promise<void>(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** A request that broke the plant itself: say so on both ends, keep serving. */
export function fail(response: ServerResponse, error: unknown): void {
  process.stderr.write(`plant: ${error instanceof Error ? error.stack : error}\n`);
  if (response.headersSent) response.destroy();
  else response.writeHead(500).end();
}

function addSessions(bmc: Bmc): void {
  const base = `${ROOT}/SessionService`;
  bmc.routes.set(base, () =>
    resource(base, 'SessionService.v1_1_8', 'Session Service', {
      ...{ ServiceEnabled: true, SessionTimeout: 1800, Sessions: { '@odata.id': SESSIONS } },
    }),
  );
  bmc.routes.set(SESSIONS, () =>
    collection(
      SESSIONS,
      'Session',
      [...bmc.sessions.keys()].map(id => `${SESSIONS}/${id}`),
    ),
  );
}

async function answer(bmc: Bmc, request: IncomingMessage, response: ServerResponse) {
  bmc.catchUp();
  const { layout, state } = bmc.simulation;
  if (!hasSupply(layout, state, bmc.host)) {
    request.socket.destroy();
    return;
  }
  const delayS = state.host.bmcDelayS[bmc.host];
  if (delayS > 0) await new Promise(resolve => setTimeout(resolve, delayS * 1000));
  // Plant time, which may run faster than the wall's.
  response.setHeader('Date', new Date(bmc.clock()).toUTCString());
  const url = new URL(request.url ?? '/', 'http://bmc');
  const path = url.pathname.replace(/\/+$/, '');
  if (request.method === 'POST' && path === SESSIONS) return openSession(bmc, request, response);
  if (path === '/redfish') return send(response, 200, { v1: `${ROOT}/` });
  if (path !== ROOT && !isAllowed(bmc, request)) {
    response.setHeader('WWW-Authenticate', 'Basic realm="BMC"');
    return send(response, 401, fault('Base.1.18.NoValidSession', 'No valid session or account.'));
  }
  if (request.method === 'DELETE') return closeSession(bmc, path, response);
  if (request.method === 'POST') return act(bmc, path, request, response);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return send(response, 405, fault('Base.1.18.OperationNotAllowed', 'Method not allowed.'));
  }
  const found = find(bmc, path);
  if (!found) return send(response, 404, fault('Base.1.18.ResourceMissingAtURI', `No ${path}.`));
  sendTagged(request, response, expanded(bmc, url, found));
}

function find(bmc: Bmc, path: string): Resource | undefined {
  const route = bmc.routes.get(path);
  if (route) return route();
  const [base, last] = [
    path.slice(0, path.lastIndexOf('/')),
    path.slice(path.lastIndexOf('/') + 1),
  ];
  if (base === SESSIONS && bmc.sessions.has(last)) {
    return resource(path, 'Session.v1_7_0', 'Session', { UserName: bmc.account.username });
  }
  if (base !== `${SEL}/Entries`) return undefined;
  const entry = bmc.simulation.state.sel[bmc.host].find(({ id }) => String(id) === last);
  return entry && logEntry(bmc.simulation, entry);
}

/** `$expand` of one level: members in place of links. */
function expanded(bmc: Bmc, url: URL, found: Resource): Resource {
  if (!url.searchParams.has('$expand') || !Array.isArray(found.Members)) return found;
  const members = (found.Members as Resource[]).map(
    member => find(bmc, String(member['@odata.id'])) ?? member,
  );
  return { ...found, Members: members };
}

function isAllowed(bmc: Bmc, request: IncomingMessage): boolean {
  const token = request.headers['x-auth-token'];
  if (typeof token === 'string') return [...bmc.sessions.values()].includes(token);
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '');
  const wanted = `${bmc.account.username}:${bmc.account.password}`;
  return basic !== null && Buffer.from(basic[1], 'base64').toString() === wanted;
}

async function openSession(bmc: Bmc, request: IncomingMessage, response: ServerResponse) {
  const body = await readJson(request);
  const { username, password } = bmc.account;
  if (body?.UserName !== username || body.Password !== password) {
    return send(response, 401, fault('Base.1.18.ResourceAtUriUnauthorized', 'Wrong account.'));
  }
  if (bmc.sessions.size >= SESSION_SLOTS) {
    return send(response, 503, fault('Base.1.18.SessionLimitExceeded', 'No free session.'));
  }
  const id = randomBytes(4).toString('hex');
  const token = randomBytes(16).toString('hex');
  bmc.sessions.set(id, token);
  response.setHeader('X-Auth-Token', token);
  response.setHeader('Location', `${SESSIONS}/${id}`);
  send(response, 201, find(bmc, `${SESSIONS}/${id}`)!);
}

function closeSession(bmc: Bmc, path: string, response: ServerResponse): void {
  const id = path.startsWith(`${SESSIONS}/`) ? path.slice(SESSIONS.length + 1) : '';
  if (bmc.sessions.delete(id)) response.writeHead(204).end();
  else send(response, 404, fault('Base.1.18.ResourceMissingAtURI', `No session ${id}.`));
}

async function act(bmc: Bmc, path: string, request: IncomingMessage, response: ServerResponse) {
  if (path !== `${SYSTEM}/Actions/ComputerSystem.Reset`) {
    return send(response, 404, fault('Base.1.18.ActionNotSupported', `No action ${path}.`));
  }
  const body = await readJson(request);
  const type = typeof body?.ResetType === 'string' ? body.ResetType : '';
  if (!resetHost(bmc.simulation, bmc.host, type)) {
    const text = `ResetType '${type}' is not among the allowable values.`;
    return send(response, 400, fault('Base.1.18.ActionParameterValueNotInList', text));
  }
  response.writeHead(204).end();
}

/** A JSON object of the request, or undefined when it is none or too long. */
export async function readJson(request: IncomingMessage): Promise<Resource | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) return undefined;
    chunks.push(chunk);
  }
  try {
    const value: Json = JSON.parse(Buffer.concat(chunks).toString());
    return typeof value === 'object' && !Array.isArray(value) && value ? value : undefined;
  } catch {
    return undefined;
  }
}

const fault = (code: string, message: string): Resource => ({
  error: { code, message, '@Message.ExtendedInfo': [{ MessageId: code, Message: message }] },
});

function sendTagged(request: IncomingMessage, response: ServerResponse, body: Resource): void {
  const text = JSON.stringify(body);
  const tag = `W/"${createHash('sha1').update(text).digest('base64url').slice(0, 16)}"`;
  response.setHeader('ETag', tag);
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304).end();
    return;
  }
  sendText(response, 200, text);
}

const send = (response: ServerResponse, code: number, body: Resource) =>
  sendText(response, code, JSON.stringify(body));

function sendText(response: ServerResponse, code: number, text: string): void {
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('OData-Version', '4.0');
  response.writeHead(code, { 'Content-Length': Buffer.byteLength(text) }).end(text);
}
