/**
 * Keeps web pages of others away while no tokens are configured. Everyone who can reach the service
 * is admin then, and the browser of someone at this machine can reach it for any page: by a request
 * across sites, or under a name that the page's owner points at 127.0.0.1 (DNS rebinding).
 */
import type { IncomingMessage } from 'node:http';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** @returns why the request is not taken; undefined when it is. */
export type OriginCheck = (request: IncomingMessage) => string | undefined;

/** @param allowedHosts names beside the loopback ones under which a proxy here serves us. */
export function createOriginCheck(
  hasTokens: boolean,
  allowedHosts: readonly string[],
): OriginCheck {
  if (hasTokens) return () => undefined;
  const isAllowed = (name: string) => allowedHosts.includes(name.toLowerCase());
  return request => {
    const { host = '', origin, upgrade } = request.headers;
    const name = nameOf(host);
    if (!LOOPBACK.test(name) && !isAllowed(name)) {
      return `without http.tokens only loopback names are served, not '${name}'; see http.allowedHosts`;
    }
    // The answer to a plain GET stays unreadable to the page that caused it.
    if (SAFE_METHODS.has(request.method ?? '') && upgrade === undefined) return undefined;
    const from = origin === undefined ? undefined : hostOf(origin);
    const isForeign =
      from === undefined
        ? request.headers['sec-fetch-site'] === 'cross-site'
        : from !== host && !isAllowed(nameOf(from));
    return isForeign
      ? `without http.tokens only our own page may ask this, not ${origin ?? 'another site'}`
      : undefined;
  };
}

/** Without the port. */
const nameOf = (host: string) => host.replace(/:\d+$/, '');

const hostOf = (origin: string) => (URL.canParse(origin) ? new URL(origin).host : '');
