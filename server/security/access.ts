/** Who may do what: bearer tokens with roles. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../user-error.ts';

/** Each role may do all that those before it may. */
const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const tokenConfig = z
  .strictObject({
    name: z.string().min(1).describe('Who uses it; appears in the log.'),
    role: z.enum(ROLES).describe('viewer reads, operator writes samples, admin changes the site.'),
    tokenEnv: z.string().optional().describe('Environment variable with the token.'),
    tokenFile: z.string().optional().describe('File with the token.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional()
      .describe('SHA-256 of the token, hex, so that the configuration holds no secret.'),
  })
  .refine(t => [t.tokenEnv, t.tokenFile, t.sha256].filter(Boolean).length === 1, {
    error: 'give exactly one of tokenEnv, tokenFile, sha256',
    path: ['tokenEnv'],
  });
type TokenConfig = z.output<typeof tokenConfig>;

export interface Identity {
  readonly name: string;
  readonly role: Role;
}

/** @returns who it is; 'anonymous' when the request has no token; 'unknown' when the token is not ours. */
export type Authenticate = (header: string | undefined) => Identity | 'anonymous' | 'unknown';

/**
 * Without tokens everyone who can reach the service is admin: it listens on loopback only then.
 * @throws UserError naming the token whose secret is not there.
 */
export function createAuthenticate(tokens: readonly TokenConfig[]): Authenticate {
  if (tokens.length === 0) return () => ({ name: 'local', role: 'admin' });
  const known = tokens.map(token => ({ name: token.name, role: token.role, hash: hashOf(token) }));
  return header => {
    const presented = /^Bearer (.+)$/i.exec(header ?? '')?.[1];
    if (presented === undefined) return 'anonymous';
    const hash = sha256(presented.trim());
    // Every token is compared, so that the time taken tells nothing.
    const [match] = known.filter(token => timingSafeEqual(token.hash, hash));
    return match ? { name: match.name, role: match.role } : 'unknown';
  };
}

function hashOf(token: TokenConfig): Buffer {
  if (token.sha256) return Buffer.from(token.sha256, 'hex');
  const secret = token.tokenFile
    ? contentOf(token.name, token.tokenFile).trim()
    : process.env[token.tokenEnv as string];
  if (secret) return sha256(secret);
  const where = token.tokenFile ?? `the environment variable ${token.tokenEnv}`;
  throw new UserError(`http.tokens '${token.name}': ${where} is empty or not set`);
}

function contentOf(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`http.tokens '${name}': ${(error as Error).message}`);
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();

export const mayAct = (identity: Identity, role: Role) =>
  ROLES.indexOf(identity.role) >= ROLES.indexOf(role);
