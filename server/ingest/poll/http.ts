/** One bounded HTTP GET over node:http(s), with TLS options that fetch does not offer. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { agentOf, tlsField } from '../../outgoing/agent.ts';
import { authFields, authorization } from '../../outgoing/auth.ts';

/** How to reach a target: shared by scrape targets and Prometheus servers. */
export const httpFields = {
  url: z.url({ protocol: /^https?$/ }).describe('Where to ask.'),
  ...authFields,
  tls: tlsField,
  timeoutS: z.number().min(0.1).max(600).default(10).describe('An answer must have come by then.'),
  maxBytes: z
    .int()
    .min(1024)
    .max(1024 ** 3)
    .default(64 * 1024 * 1024)
    .describe('Largest answer that is taken, decompressed.'),
} as const;

const httpConfig = z.strictObject(httpFields);
type HttpConfig = z.output<typeof httpConfig>;

interface Answer {
  readonly body: Buffer;
  readonly contentType: string;
  /** The peer's clock by its `Date` header, whole seconds; NaN without one. */
  readonly dateMs: number;
  /** Wall clock when the request went out and when the head of the answer came. */
  readonly sentMs: number;
  readonly receivedMs: number;
}

interface HttpClient {
  /** @throws Error with a reason that an operator can act on. */
  get(url: string, accept: string, signal: AbortSignal): Promise<Answer>;
  /** Closes the connections that were kept for the next request. */
  close(): void;
}

/** @throws Error when a file of the TLS settings cannot be read. */
export function createHttpClient(config: HttpConfig): HttpClient {
  const agent = agentOf(config);
  const send = config.url.startsWith('https:') ? httpsRequest : httpRequest;

  async function get(url: string, accept: string, signal: AbortSignal): Promise<Answer> {
    const timeout = AbortSignal.timeout(1000 * config.timeoutS);
    try {
      const headers = { accept, 'accept-encoding': 'gzip', ...authorization(config) };
      const ended = AbortSignal.any([signal, timeout]);
      const sentMs = Date.now();
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        send(url, { agent, signal: ended, headers }, resolve).on('error', reject).end();
      });
      const receivedMs = Date.now();
      const body = await bodyOf(response, config.maxBytes);
      const { date = '', 'content-type': contentType = '' } = response.headers;
      return { body, contentType, dateMs: Date.parse(date), sentMs, receivedMs };
    } catch (error) {
      const why = timeout.aborted ? `no answer within ${config.timeoutS} s` : reasonOf(error);
      throw new Error(`${url.split('?')[0]}: ${why}`, { cause: error });
    }
  }

  return { get, close: () => agent.destroy() };
}

/** Some errors of Node say nothing but a code, and name what it is about in no place. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  if (code === 'ECONNRESET') return 'the connection broke off within the answer';
  return message || code || String(error);
}

async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of plain(response)) {
    bytes += part.length;
    if (bytes > maxBytes) {
      response.destroy();
      throw new Error(`the answer is over ${maxBytes} bytes; raise maxBytes if that is right`);
    }
    parts.push(part);
  }
  const body = Buffer.concat(parts);
  const { statusCode = 0, statusMessage = '' } = response;
  if (statusCode === 200) return body;
  const start = body.subarray(0, 200).toString('utf8').trim();
  throw new Error(`HTTP ${statusCode} ${statusMessage}${start ? `: ${start}` : ''}`);
}

function plain(response: IncomingMessage): AsyncIterable<Buffer> {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  // Unlike pipe, this ends the unzipping with an error when the connection breaks off.
  return pipeline(response, createGunzip(), () => {});
}
