/** Connections to others that are kept for the next request, with TLS options that fetch lacks. */
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { z } from 'zod';
import { UserError } from '../user-error.ts';

export const tlsField = z
  .strictObject({
    rejectUnauthorized: z
      .boolean()
      .default(true)
      .describe('Whether a certificate that no known authority signed is refused.'),
    caFile: z.string().optional().describe('PEM file of the authority that signed theirs.'),
    certFile: z.string().optional().describe('PEM file of the certificate that we present.'),
    keyFile: z.string().optional().describe('PEM file of its key.'),
  })
  .prefault({});

interface Peer {
  readonly url: string;
  readonly tls: z.output<typeof tlsField>;
}

/** @throws UserError when a file of the TLS settings cannot be read. */
export function agentOf({ url, tls }: Peer): HttpAgent {
  if (!url.startsWith('https:')) return new HttpAgent({ keepAlive: true });
  return new HttpsAgent({
    keepAlive: true,
    rejectUnauthorized: tls.rejectUnauthorized,
    ca: fileOf(url, 'caFile', tls.caFile),
    cert: fileOf(url, 'certFile', tls.certFile),
    key: fileOf(url, 'keyFile', tls.keyFile),
  });
}

function fileOf(url: string, field: string, path: string | undefined): Buffer | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    const why = (error as Error).message;
    throw new UserError(`tls.${field} for ${url} cannot be read: ${why}`);
  }
}
