/** One POST of bytes over connections that are kept, with the TLS options of the other clients. */
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { z } from 'zod';
import { agentOf, type tlsField } from './agent.ts';
import { authorization } from './auth.ts';

interface PostOptions {
  readonly url: string;
  readonly tls: z.output<typeof tlsField>;
  readonly timeoutS: number;
  readonly bearerTokenEnv?: string | undefined;
  readonly bearerTokenFile?: string | undefined;
  readonly basicAuth?: { readonly username: string; readonly passwordEnv: string } | undefined;
}

export interface Posted {
  /** 0 when there was no answer; `text` then says why. */
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Poster {
  post(body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<Posted>;
  close(): void;
}

/** Of an error's text; what comes after is read and forgotten. */
const TEXT_BYTES = 2000;

/** @throws UserError when a file of the TLS settings cannot be read. */
export function createPoster(options: PostOptions): Poster {
  const { url, timeoutS } = options;
  const agent = agentOf(options);
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return {
    async post(body, headers) {
      const timeout = AbortSignal.timeout(1000 * timeoutS);
      try {
        const all = { ...headers, 'content-length': body.length, ...authorization(options) };
        const response = await new Promise<IncomingMessage>((resolve, reject) => {
          const made = { agent, method: 'POST', signal: timeout, headers: all };
          send(url, made, resolve).on('error', reject).end(body);
        });
        const text = await startOf(response);
        return { status: response.statusCode ?? 0, text, headers: response.headers };
      } catch (error) {
        const { message, code = '' } = error as NodeJS.ErrnoException;
        const text = timeout.aborted ? `no answer within ${timeoutS} s` : message || code;
        return { status: 0, text, headers: {} };
      }
    },
    close: () => agent.destroy(),
  };
}

async function startOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const part of response) if (text.length < TEXT_BYTES) text += part;
  return text.slice(0, TEXT_BYTES).trim();
}

/** Milliseconds that a `Retry-After` header asks for; it holds seconds or a date. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\s*\d+\s*$/.test(header) ? 1000 * Number(header) : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
