/** The HTTP or HTTPS server itself: certificates, time limits against slow peers, addresses. */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions as TlsOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { hostname } from 'node:os';
import type { Config } from '../config.ts';
import { UserError } from '../user-error.ts';

const HEADERS_TIMEOUT_MS = 15_000;
/** Above the usual scrape interval, so that a scraper keeps its connection. */
const KEEP_ALIVE_MS = 75_000;
const MAX_CONNECTIONS = 20_000;
/** A peer that takes nothing of its answer for so long has gone; WebSockets see to themselves. */
const INACTIVE_MS = 120_000;
/** From when on the system asks whether a silent peer is still there. */
const PROBE_AFTER_MS = 60_000;

/**
 * Requests of one connection in one turn of the event loop. No sender, scraper or browser sends the
 * next one before it has its answer; who writes thousands at once would keep all others waiting.
 */
const MAX_AT_ONCE = 8;
const RETRY_AFTER_S = 5;

/** Why a connection was ended without its request having reached a route. */
export type ConnectionFault =
  | 'malformed'
  | 'headersTooLarge'
  | 'tooSlow'
  | 'cutOff'
  | 'tooMany'
  | 'piledUp';

const FAULTS: Readonly<Record<string, readonly [ConnectionFault, status: string]>> = {
  HPE_HEADER_OVERFLOW: ['headersTooLarge', '431 Request Header Fields Too Large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['malformed', '413 Payload Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['tooSlow', '408 Request Timeout'],
};

/**
 * @param onFault told of each connection that is ended for what its peer did
 * @throws UserError naming the file of the configuration that cannot be read.
 */
export function createHttpServer(
  config: Config['http'],
  app: RequestListener,
  onFault: (fault: ConnectionFault) => void = () => {},
): Server {
  const requestTimeout = 1000 * config.requestTimeoutS;
  const limits = {
    requestTimeout,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
    // How often Node looks for connections whose time is up.
    connectionsCheckingInterval: Math.min(5000, requestTimeout / 2),
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAlive: true,
    keepAliveInitialDelay: PROBE_AFTER_MS,
  };
  const listener = inTurn(app, onFault);
  const server = config.tls
    ? tlsServer({ ...limits, ...certificates(config.tls) }, listener)
    : createServer(limits, listener);
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(INACTIVE_MS);
  server.on('drop', () => onFault('tooMany'));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    onFault(endFaulty(error, socket));
  });
  return server;
}

function tlsServer(options: TlsOptions, listener: RequestListener) {
  try {
    return createTlsServer(options, listener);
  } catch (error) {
    // OpenSSL does not say in which of the files.
    const { message } = error as Error;
    throw new UserError(`http.tls: certFile, keyFile or caFile is no PEM, or no pair: ${message}`);
  }
}

interface Turn {
  number: number;
  requests: number;
}

/** Refuses what a connection asks beyond its turn, and ends it. */
function inTurn(app: RequestListener, onFault: (fault: ConnectionFault) => void): RequestListener {
  const turns = new WeakMap<Socket, Turn>();
  let number = 0;
  let isCounting = false;
  return (request, response) => {
    if (!isCounting) {
      isCounting = true;
      setImmediate(() => {
        isCounting = false;
        number++;
      });
    }
    const { socket } = request;
    const turn = turns.get(socket) ?? { number, requests: 0 };
    turns.set(socket, turn);
    turn.requests = turn.number === number ? turn.requests + 1 : 1;
    turn.number = number;
    if (turn.requests <= MAX_AT_ONCE) return app(request, response);
    if (turn.requests > MAX_AT_ONCE + 1) return;
    onFault('piledUp');
    const headers = { 'retry-after': String(RETRY_AFTER_S), connection: 'close' };
    response.writeHead(503, headers).end('one request after another, please\n');
  };
}

/** Says why, unless an answer to an earlier request is under way, and ends the connection. */
function endFaulty(error: NodeJS.ErrnoException, socket: Socket): ConnectionFault {
  const isGone = error.code === 'ECONNRESET' || error.code === 'EPIPE' || !socket.writable;
  const [fault, status] = FAULTS[error.code ?? ''] ?? ['malformed', '400 Bad Request'];
  // Node's own answer to a client error looks at the same field.
  const { _httpMessage: pending } = socket as { _httpMessage?: { headersSent: boolean } };
  if (!isGone && !pending?.headersSent) {
    socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
  }
  socket.destroy(error);
  return isGone ? 'cutOff' : fault;
}

function certificates(tls: NonNullable<Config['http']['tls']>) {
  const file = (field: 'certFile' | 'keyFile' | 'caFile') => {
    try {
      return readFileSync(tls[field] as string);
    } catch (error) {
      throw new UserError(`http.tls.${field}: ${(error as Error).message}`);
    }
  };
  return {
    cert: file('certFile'),
    key: file('keyFile'),
    ...(tls.caFile ? { ca: file('caFile'), requestCert: true, rejectUnauthorized: true } : {}),
  };
}

/** What stands in the way of listening, and what to do. */
const REFUSALS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; end it, or choose another port (--port)',
  EACCES: 'not permitted; ports below 1024 are for root',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'this machine has no such address',
};

/** @throws UserError when the address is not to be had. */
export function listen(server: Server, { host, port }: Config['http']): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => {
      const why = REFUSALS[error.code ?? ''];
      reject(why ? new UserError(`http: ${host} port ${port}: ${why}`, 1) : error);
    };
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

const WILDCARDS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Where it is reached from this machine, and from others. */
export function urlsOf(server: Server, { tls, publicUrl }: Config['http']) {
  const { address, port } = server.address() as AddressInfo;
  const scheme = tls ? 'https' : 'http';
  const urlOf = (name: string) => `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`;
  const url = urlOf(WILDCARDS[address] ?? address);
  const fromOutside = address in WILDCARDS ? urlOf(hostname()) : url;
  return { url, publicUrl: publicUrl?.replace(/\/+$/, '') ?? fromOutside };
}
