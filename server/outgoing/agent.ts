/** Connections to others that are kept for the next request, with TLS options that fetch lacks. */
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { z } from 'zod';

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

/** @throws Error when a file of the TLS settings cannot be read. */
export function agentOf({ url, tls }: Peer): HttpAgent {
  if (!url.startsWith('https:')) return new HttpAgent({ keepAlive: true });
  return new HttpsAgent({
    keepAlive: true,
    rejectUnauthorized: tls.rejectUnauthorized,
    ca: fileOf(tls.caFile),
    cert: fileOf(tls.certFile),
    key: fileOf(tls.keyFile),
  });
}

const fileOf = (path: string | undefined) => (path ? readFileSync(path) : undefined);
