/** One bounded HTTP GET over node:http(s), with TLS options that fetch does not offer. */
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';

/** How to reach a target: shared by scrape targets and Prometheus servers. */
export const httpFields = {
  url: z.url({ protocol: /^https?$/ }),
  bearerTokenEnv: z.string().optional().describe('Environment variable with a bearer token.'),
  bearerTokenFile: z.string().optional().describe('File with a bearer token, read each time.'),
  basicAuth: z
    .strictObject({ username: z.string(), passwordEnv: z.string() })
    .optional()
    .describe('User name, and the environment variable with the password.'),
  tls: z
    .strictObject({
      rejectUnauthorized: z.boolean().default(true),
      caFile: z.string().optional(),
      certFile: z.string().optional(),
      keyFile: z.string().optional(),
    })
    .prefault({}),
  timeoutS: z.number().min(0.1).max(600).default(10),
  maxBytes: z
    .int()
    .min(1024)
    .max(1024 ** 3)
    .default(64 * 1024 * 1024)
    .describe('Largest answer that is taken, decompressed.'),
} as const;

const httpConfig = z.strictObject(httpFields);
export type HttpConfig = z.output<typeof httpConfig>;

export interface Answer {
  readonly body: Buffer;
  readonly contentType: string;
}

export type Get = (url: string, accept: string, signal: AbortSignal) => Promise<Answer>;

/** @throws Error with a reason that an operator can act on. */
export function createGet(config: HttpConfig): Get {
  const isTls = config.url.startsWith('https:');
  const agent = isTls
    ? new HttpsAgent({
        keepAlive: true,
        rejectUnauthorized: config.tls.rejectUnauthorized,
        ca: fileOf(config.tls.caFile),
        cert: fileOf(config.tls.certFile),
        key: fileOf(config.tls.keyFile),
      })
    : new HttpAgent({ keepAlive: true });
  return (url, accept, signal) =>
    new Promise((resolve, reject) => {
      const request = (isTls ? httpsRequest : httpRequest)(
        url,
        {
          agent,
          signal: AbortSignal.any([signal, AbortSignal.timeout(1000 * config.timeoutS)]),
          headers: { accept, 'accept-encoding': 'gzip', ...authorization(config) },
        },
        response => {
          collect(response, config.maxBytes).then(resolve, reject);
        },
      );
      request.on('error', error => {
        const isTimeout = error.name === 'TimeoutError' || error.name === 'AbortError';
        const why = isTimeout ? `no answer within ${config.timeoutS} s` : error.message;
        reject(new Error(`${url}: ${why}`));
      });
      request.end();
    });
}

const fileOf = (path: string | undefined) => (path ? readFileSync(path) : undefined);

function authorization(config: HttpConfig): Record<string, string> {
  const token = config.bearerTokenFile
    ? readFileSync(config.bearerTokenFile, 'utf8').trim()
    : config.bearerTokenEnv && process.env[config.bearerTokenEnv];
  if (token) return { authorization: `Bearer ${token}` };
  if (!config.basicAuth) return {};
  const { username, passwordEnv } = config.basicAuth;
  const secret = `${username}:${process.env[passwordEnv] ?? ''}`;
  return { authorization: `Basic ${Buffer.from(secret).toString('base64')}` };
}

async function collect(response: IncomingMessage, maxBytes: number): Promise<Answer> {
  const isZipped = response.headers['content-encoding'] === 'gzip';
  const stream = isZipped ? response.pipe(createGunzip()) : response;
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of stream) {
    bytes += part.length;
    if (bytes > maxBytes) {
      response.destroy();
      throw new Error(`the answer is over ${maxBytes} bytes; raise maxBytes if that is right`);
    }
    parts.push(part);
  }
  const body = Buffer.concat(parts);
  const { statusCode = 0, statusMessage = '' } = response;
  if (statusCode !== 200) {
    const start = body.subarray(0, 200).toString('utf8').trim();
    throw new Error(`HTTP ${statusCode} ${statusMessage}${start ? `: ${start}` : ''}`);
  }
  return { body, contentType: response.headers['content-type'] ?? '' };
}
