/**
 * Reads resources of one BMC: login, conditional requests, redirects, limits, and errors that name
 * the resource. What can be expected of a BMC (refusals, broken answers, silence) is a value.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../clock.ts';
import type { ClockOffset } from '../bmc/clock-offset.ts';
import { createHttpPeer, type HttpAnswer, type HttpPeer } from './http.ts';
import { type JsonObject, parseBody } from './json.ts';
import { createSession, type Session, type SessionConfig } from './session.ts';

interface ClientConfig extends SessionConfig {
  readonly url: string;
  readonly tls: { readonly rejectUnauthorized: boolean; readonly caFile?: string | undefined };
  readonly requestTimeoutS: number;
  readonly maxResponseBytes: number;
}

export interface FetchFailure {
  readonly ok: false;
  /** For counting: the same for every resource. */
  readonly why: string;
  /** For reading: names the resource. */
  readonly error: string;
  /** The resource is not there (404, 410), which BMCs do to members of their own collections. */
  readonly missing: boolean;
  /** No answer at all: others will fare no better. */
  readonly unreachable: boolean;
  /** The login was refused: to go on would lock the account. */
  readonly refused: boolean;
}

type Fetched =
  | { readonly ok: true; readonly body: JsonObject; readonly changed: boolean; atMs: number }
  | FetchFailure;

const MAX_REDIRECTS = 3;
const MAX_CACHED = 4_000;
/** How long the BMC may take to end our session when we leave. */
const CLOSE_TIMEOUT_MS = 2_000;
/** HTTP dates have no fractions. */
const DATE_RESOLUTION_MS = 1_000;

interface Cached {
  readonly etag: string;
  readonly body: JsonObject;
}

export class RedfishClient {
  readonly #config: ClientConfig;
  readonly #base: URL;
  readonly #clock: Clock;
  readonly #offset: ClockOffset;
  readonly #peer: HttpPeer;
  readonly #session: Session;
  readonly #cache = new Map<string, Cached>();
  /** Requests sent since start, and how many of them were answered with 304. */
  requests = 0;
  notModified = 0;

  /** @throws Error when the file of the authority cannot be read. */
  constructor(config: ClientConfig, clock: Clock, offset: ClockOffset) {
    this.#config = config;
    this.#base = new URL(config.url);
    this.#clock = clock;
    this.#offset = offset;
    const { rejectUnauthorized, caFile } = config.tls;
    const ca = caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
    this.#peer = createHttpPeer(this.#base, { rejectUnauthorized, ca });
    this.#session = createSession(config, (method, path, headers, body) =>
      this.#peer.exchange({
        method,
        url: new URL(path, this.#base),
        headers: { accept: 'application/json', ...headers },
        ...(body !== undefined && { body }),
        timeoutMs: method === 'DELETE' ? CLOSE_TIMEOUT_MS : config.requestTimeoutS * 1_000,
        maxBytes: config.maxResponseBytes,
      }),
    );
  }

  /** Whether the BMC holds a session for us. */
  get hasSession(): boolean {
    return this.#session.isOpen;
  }

  /** One resource. A changed `query` (`$expand=...`) is another resource to the cache. */
  async get(uri: string, signal: AbortSignal, query = ''): Promise<Fetched> {
    const target = this.#resolve(uri, query);
    if (!target) return failure(uri, 'link to another host', `points to another host`);
    try {
      const first = await this.#authorised(target, signal);
      if ('ok' in first) return first;
      if (first.status !== 401) return this.#read(uri, target, first);
      this.#session.expire();
      const second = await this.#authorised(target, signal);
      if ('ok' in second) return second;
      if (second.status === 401)
        return { ...failure(uri, 'refused', 'refused after login (HTTP 401)'), refused: true };
      return this.#read(uri, target, second);
    } catch (error) {
      const message = (error as Error).message || String(error);
      const spent = signal.aborted;
      return {
        ...failure(uri, spent ? 'poll budget spent' : 'no answer', message),
        unreachable: !spent,
      };
    }
  }

  /** Opens an event stream. @throws Error when it cannot be had. */
  async stream(uri: string, signal: AbortSignal): Promise<IncomingMessage> {
    const url = this.#resolve(uri, '');
    if (!url) throw new Error(`${uri}: points to another host`);
    const login = await this.#session.login();
    if (!login.ok) throw new Error(login.error);
    return this.#peer.open({
      method: 'GET',
      url,
      headers: { accept: 'text/event-stream', ...login.headers },
      timeoutMs: this.#config.requestTimeoutS * 1_000,
      maxBytes: this.#config.maxResponseBytes,
      signal,
    });
  }

  /** Ends the session and the connections. @returns the reason when the BMC keeps the session. */
  async close(): Promise<string | undefined> {
    const error = await this.#session.close();
    this.#peer.close();
    return error;
  }

  #resolve(uri: string, query: string): URL | undefined {
    let url: URL;
    try {
      url = new URL(uri, this.#base);
    } catch {
      return undefined;
    }
    if (url.origin !== this.#base.origin) return undefined;
    if (query) url.search = query;
    return url;
  }

  /** The answer after redirects, or why there is no login to ask with. */
  async #authorised(target: URL, signal: AbortSignal): Promise<HttpAnswer | FetchFailure> {
    const login = await this.#session.login();
    if (!login.ok)
      return {
        ...failure(target.pathname, login.refused ? 'refused' : 'no login', login.error),
        refused: login.refused,
        unreachable: true,
      };
    const etag = this.#cache.get(keyOf(target))?.etag;
    let url = target;
    for (let hops = 0; ; hops++) {
      const answer = await this.#send(url, signal, {
        ...login.headers,
        ...(etag && { 'if-none-match': etag }),
      });
      const location = answer.headers.location;
      if (answer.status < 300 || answer.status >= 400 || !location) return answer;
      const next = new URL(location, url);
      if (next.origin !== this.#base.origin)
        throw new Error(`redirects to ${next.origin}: set url to that if it is meant`);
      if (hops === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects`);
      url = next;
    }
  }

  async #send(
    url: URL,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer> {
    this.requests++;
    const sentMs = this.#clock.now();
    const answer = await this.#peer.exchange({
      method: 'GET',
      url,
      headers: { accept: 'application/json', 'odata-version': '4.0', ...headers },
      timeoutMs: this.#config.requestTimeoutS * 1_000,
      maxBytes: this.#config.maxResponseBytes,
      signal,
    });
    const statedMs = Date.parse(answer.headers.date ?? '');
    if (Number.isFinite(statedMs))
      this.#offset.observe(statedMs, DATE_RESOLUTION_MS, sentMs, this.#clock.now());
    return answer;
  }

  #read(uri: string, target: URL, answer: HttpAnswer): Fetched {
    const key = keyOf(target);
    const cached = this.#cache.get(key);
    const atMs = this.#clock.now();
    if (answer.status === 304 && cached) {
      this.notModified++;
      return { ok: true, body: cached.body, changed: false, atMs };
    }
    if (answer.status < 200 || answer.status >= 300) return httpFailure(uri, answer.status);
    const parsed = parseBody(answer.body);
    if (!parsed.ok) return failure(uri, 'not JSON', parsed.error);
    if ('error' in parsed.body && !('@odata.id' in parsed.body))
      return { ...failure(uri, 'error in place of a resource', 'is an error'), missing: true };
    const etag = answer.headers.etag;
    if (etag && (cached || this.#cache.size < MAX_CACHED))
      this.#cache.set(key, { etag, body: parsed.body });
    else this.#cache.delete(key);
    return { ok: true, body: parsed.body, changed: true, atMs };
  }
}

const keyOf = (url: URL) => url.pathname + url.search;

function failure(uri: string, why: string, detail: string): FetchFailure {
  const error = `${uri}: ${detail}`;
  return { ok: false, why, error, missing: false, unreachable: false, refused: false };
}

function httpFailure(uri: string, status: number): FetchFailure {
  const missing = status === 404 || status === 410;
  const why = missing ? 'missing resource' : `HTTP ${status}`;
  return { ...failure(uri, why, `HTTP ${status}`), missing };
}
