/** Connections to others that are kept for the next request, with TLS options that fetch lacks. */
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { z } from 'zod';

export const tlsField = z
  .strictObject({
    rejectUnauthorized: z.boolean().default(true),
    caFile: z.string().optional(),
    certFile: z.string().optional(),
    keyFile: z.string().optional(),
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
