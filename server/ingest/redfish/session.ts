/**
 * Login at a BMC: a session where it has them, because every basic login costs it a hash and a log
 * entry, else basic. Sessions are few (often 16), so a session is used until it ends and deleted
 * when the source stops. A refused password is never tried by another way: accounts lock.
 */
import { setTimeout } from 'node:timers/promises';
import { readSecret, type SecretConfig } from '../bmc/secret.ts';
import type { HttpAnswer } from './http.ts';

export interface SessionConfig extends SecretConfig {
  readonly username?: string | undefined;
  readonly auth: 'session' | 'basic';
}

/** Sends one request to the BMC as it is, without login. */
type Send = (
  method: 'POST' | 'DELETE',
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
) => Promise<HttpAnswer>;

type Login =
  | { readonly ok: true; readonly headers: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly error: string; readonly refused: boolean };

export interface Session {
  /** Headers that prove who we are; logs in when there is no login. */
  login(): Promise<Login>;
  /** The BMC no longer knows the session: the next `login` makes a new one. */
  expire(): void;
  /** Deletes the session at the BMC. @returns the reason when that failed. */
  close(): Promise<string | undefined>;
  /** Whether the BMC holds a session for us. */
  readonly isOpen: boolean;
}

/** How long a login under way may hold up the end. */
const LOGIN_PATIENCE_MS = 3_000;
const SESSIONS = '/redfish/v1/SessionService/Sessions';
/** Answers of BMCs that have no session service. */
const NO_SESSIONS = new Set([404, 405, 501]);

export function createSession(config: SessionConfig, send: Send): Session {
  let headers: Readonly<Record<string, string>> | undefined;
  let location: string | undefined;
  let pending: Promise<Login> | undefined;

  /** Poll and event stream share a login under way, or each would take a session. */
  function login(): Promise<Login> {
    if (headers) return Promise.resolve({ ok: true, headers });
    if (config.username === undefined) return Promise.resolve({ ok: true, headers: {} });
    pending ??= freshLogin().finally(() => {
      pending = undefined;
    });
    return pending;
  }

  async function freshLogin(): Promise<Login> {
    const secret = await readSecret(config);
    if (!secret.ok) return { ok: false, error: secret.error, refused: false };
    const proof = Buffer.from(`${config.username}:${secret.value}`).toString('base64');
    const basic = { authorization: `Basic ${proof}` };
    if (config.auth === 'basic') {
      headers = basic;
      return { ok: true, headers };
    }
    const body = JSON.stringify({ UserName: config.username, Password: secret.value });
    const answer = await send('POST', SESSIONS, { 'content-type': 'application/json' }, body);
    const token = answer.headers['x-auth-token'];
    if (NO_SESSIONS.has(answer.status)) headers = basic;
    else if (answer.status >= 200 && answer.status < 300 && typeof token === 'string') {
      headers = { 'x-auth-token': token };
      location = answer.headers.location ?? bodyLocation(answer.body);
    } else return refusal(answer.status);
    return { ok: true, headers };
  }

  function expire(): void {
    headers = undefined;
    location = undefined;
  }

  async function close(): Promise<string | undefined> {
    // a session that is just being made would be left behind
    if (pending)
      await Promise.race([
        pending.catch(() => undefined),
        setTimeout(LOGIN_PATIENCE_MS, undefined, { ref: false }),
      ]);
    const [proof, path] = [headers, location];
    expire();
    if (!proof || !path) return undefined;
    try {
      const { status } = await send('DELETE', pathOf(path), proof);
      const gone = (status >= 200 && status < 300) || status === 401 || status === 404;
      return gone ? undefined : `session not deleted: HTTP ${status}`;
    } catch (error) {
      return `session not deleted: ${(error as Error).message}`;
    }
  }

  return {
    login,
    expire,
    close,
    get isOpen() {
      return location !== undefined;
    },
  };
}

function refusal(status: number): Login {
  const refused = status === 400 || status === 401 || status === 403;
  const error = refused
    ? `login refused (HTTP ${status}): check username and password`
    : `login failed (HTTP ${status})`;
  return { ok: false, error, refused };
}

function bodyLocation(body: Buffer): string | undefined {
  try {
    const link = (JSON.parse(body.toString('utf8')) as Record<string, unknown>)['@odata.id'];
    return typeof link === 'string' ? link : undefined;
  } catch {
    // the token is enough to go on; without a location there is nothing to delete
    return undefined;
  }
}

/** `Location` may be absolute, with a host name that only the BMC knows. */
const pathOf = (location: string) =>
  location.startsWith('/') ? location : new URL(location).pathname;
