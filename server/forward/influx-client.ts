/** What every writer to InfluxDB 1.x, or to a store with its API, has in common. */
import type { RequestOptions } from 'node:https';
import { InfluxDB } from 'influx';

/** The package pauses hosts by timers of its own that hold the process; we pause the queue. */
const NO_BACKOFF = {
  getDelay: () => 0,
  next: () => NO_BACKOFF,
  reset: () => NO_BACKOFF,
};

interface InfluxTarget {
  readonly url: URL;
  readonly database: string;
  readonly timeoutMs: number;
  /** Of Node's requests: agent, certificates, headers. */
  readonly request?: RequestOptions;
}

export function connectInflux({ url, database, timeoutMs, request }: InfluxTarget): InfluxDB {
  const secure = url.protocol === 'https:';
  return new InfluxDB({
    protocol: secure ? 'https' : 'http',
    host: url.hostname,
    port: Number(url.port || (secure ? 443 : 8086)),
    path: url.pathname === '/' ? '' : url.pathname.replace(/\/+$/, ''),
    ...credentials(url),
    database,
    pool: { backoff: NO_BACKOFF, maxRetries: 0, requestTimeout: timeoutMs },
    ...(request ? { options: request } : {}),
  });
}

/** Where nothing is given the package says that it is root; `null` keeps it from saying anything. */
function credentials({ username, password }: URL): { username: string; password: string } {
  if (username === '') return { username: null, password: null } as never;
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** An address as it may be shown: without user and password. */
export const shownUrl = (url: URL) => `${url.protocol}//${url.host}${url.pathname}`;

/** The package never settles when a connection dies in the middle of an answer. */
export async function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(new Error(`no answer within ${timeoutMs} ms`));
    timer = setTimeout(fail, timeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** HTTP status by which a request was turned down; undefined for everything that may pass. */
export function refusalStatus(error: unknown): number | undefined {
  return (error as { res?: { statusCode?: number } } | undefined)?.res?.statusCode;
}

/** A line break would end the line of the protocol, a last backslash would eat a separator. */
export const isTag = (text: string) => text !== '' && !/[\p{Cc}\\]/u.test(text);
