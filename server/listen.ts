/** The HTTP or HTTPS server itself: certificates, time limits against slow peers, addresses. */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { Config } from './config.ts';
import { UserError } from './user-error.ts';

const HEADERS_TIMEOUT_MS = 15_000;
/** Above the usual scrape interval, so that a scraper keeps its connection. */
const KEEP_ALIVE_MS = 75_000;
const MAX_CONNECTIONS = 20_000;

/** @throws UserError naming the file of the configuration that cannot be read. */
export function createHttpServer(config: Config['http'], app: RequestListener): Server {
  const requestTimeout = 1000 * config.requestTimeoutS;
  const limits = {
    requestTimeout,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
    // How often Node looks for connections whose time is up.
    connectionsCheckingInterval: Math.min(5000, requestTimeout / 2),
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const server = config.tls
    ? createTlsServer({ ...limits, ...certificates(config.tls) }, app)
    : createServer(limits, app);
  server.maxConnections = MAX_CONNECTIONS;
  return server;
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
