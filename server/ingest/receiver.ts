/**
 * The HTTP side of remote write: reads the body, within limits, and answers what the ingest says.
 * Bodies that wait for each other are bounded together: beyond that senders are asked to come again
 * (429), which they do with the same data.
 */
import type { Request, RequestHandler, Response } from 'express';
import { answer, overloaded, type WriteAnswer, type WriteHeaders } from './write-answer.ts';

export interface ReceiverOptions {
  /** Of one body as sent, compressed. */
  readonly maxBytes: number;
  /** Of all bodies being read at once. */
  readonly maxBufferedBytes?: number;
  /** Name of the sender as a source; its address unless told otherwise. */
  readonly sourceOf?: (request: Request) => string;
}

/** What takes a whole request. */
export interface WriteTarget {
  writeRequest(body: Uint8Array, headers: WriteHeaders, sourceId: string): WriteAnswer;
}

const DEFAULT_BUFFERED_BYTES = 256 * 1024 * 1024;
const RETRY_AFTER_S = 5;
const DISCARD_MS = 5000;

export function createReceiver(ingest: WriteTarget, options: ReceiverOptions): RequestHandler {
  const { maxBytes, maxBufferedBytes = DEFAULT_BUFFERED_BYTES, sourceOf = senderOf } = options;
  let bufferedBytes = 0;

  const tooLarge = () => answer(413, `the request body is larger than ${maxBytes} bytes`);

  /** The whole body, or the answer to give without reading the rest of it; undefined when the
   * sender went away. */
  async function bodyOf(request: Request): Promise<Buffer | WriteAnswer | undefined> {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge();
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      // Returning early must leave the connection open for the answer.
      const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
      for await (const chunk of body) {
        if (bytes + chunk.length > maxBytes) return tooLarge();
        if (bufferedBytes + chunk.length > maxBufferedBytes) return overloaded(RETRY_AFTER_S);
        bytes += chunk.length;
        bufferedBytes += chunk.length;
        chunks.push(chunk);
      }
      return Buffer.concat(chunks, bytes);
    } catch (error) {
      if (request.destroyed) return undefined;
      throw error;
    } finally {
      bufferedBytes -= bytes;
    }
  }

  return async (request, response) => {
    const body = await bodyOf(request);
    if (body === undefined) return;
    if (!Buffer.isBuffer(body)) {
      refuseUnread(request, response, body);
      return;
    }
    send(response, ingest.writeRequest(body, request.headers, sourceOf(request)));
  };
}

function send(response: Response, { status, headers, message }: WriteAnswer): void {
  response.status(status).set(headers);
  if (message === '') response.end();
  else response.type('text/plain').send(`${message}\n`);
}

/**
 * Answers without having the rest of the body. What still comes is thrown away for a while: if the
 * connection were closed at once, a sender in the middle of writing would not get to see why.
 */
function refuseUnread(request: Request, response: Response, refusal: WriteAnswer): void {
  send(response, refusal);
  request.resume();
  const patience = setTimeout(() => request.destroy(), DISCARD_MS).unref();
  request.once('close', () => clearTimeout(patience));
}

/** The sender's address; an IPv4 one without the IPv6 in front of it. */
const senderOf = ({ socket }: Request) =>
  `remoteWrite ${(socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '')}`;
