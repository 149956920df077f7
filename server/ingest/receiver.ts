/**
 * The HTTP side of remote write: reads the body, within limits, and answers what the ingest says.
 * Bodies that wait for each other are bounded together: beyond that senders are asked to come again
 * (429), which they do with the same data.
 */
import type { Request, RequestHandler, Response } from 'express';
import { createRoom, type Held } from './receiver-room.ts';
import {
  answer,
  overloaded,
  unavailable,
  type WriteAnswer,
  type WriteHeaders,
} from './write-answer.ts';

export interface ReceiverOptions {
  /** Of one body as sent, compressed. */
  readonly maxBytes: number;
  /** Of all bodies held at once, until they are answered; of one sender at most half of it. */
  readonly maxBufferedBytes?: number;
  /** Name of the sender as a source; its address unless told otherwise. */
  readonly sourceOf?: (request: Request) => string;
}

/** What takes a whole request. */
export interface WriteTarget {
  /** The body is not changed before the answer is there, and is gone afterwards. */
  writeRequest(
    body: Uint8Array,
    headers: WriteHeaders,
    sourceId: string,
  ): WriteAnswer | Promise<WriteAnswer>;
  /** Why no request is taken now, asked before its body is read; '' when all is well. */
  refusal?(): string;
}

const DEFAULT_BUFFERED_BYTES = 256 * 1024 * 1024;
const RETRY_AFTER_S = 5;
const DISCARD_MS = 5000;

export function createReceiver(ingest: WriteTarget, options: ReceiverOptions): RequestHandler {
  const { maxBytes, maxBufferedBytes = DEFAULT_BUFFERED_BYTES } = options;
  const sourceOf = options.sourceOf ?? boundedSenders();
  // One sender whose bodies never end must leave room for the others.
  const maxOfOne = Math.max(maxBytes, maxBufferedBytes / 2);
  const room = createRoom(maxBufferedBytes, maxOfOne);

  const tooLarge = () => answer(413, `the request body is larger than ${maxBytes} bytes`);

  /**
   * The whole body, or the answer to give without reading the rest of it; undefined when the sender
   * went away. What comes in one piece is taken as it is; else it is collected in one block that
   * doubles, not in a list of pieces: a piece of one byte takes more than a hundred as an object.
   */
  async function bodyOf(request: Request, held: Held): Promise<Buffer | WriteAnswer | undefined> {
    const statedBytes = Number(request.headers['content-length'] ?? maxBytes);
    if (statedBytes > maxBytes) return tooLarge();
    let body: Buffer = Buffer.alloc(0);
    let bytes = 0;
    try {
      // Returning early must leave the connection open for the answer.
      const pieces: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
      for await (const piece of pieces) {
        const needed = bytes + piece.length;
        if (needed > maxBytes) return tooLarge();
        if (needed > body.length) {
          const size = Math.max(needed, Math.min(2 * body.length, statedBytes));
          if (!held.grow(size - body.length)) return overloaded(RETRY_AFTER_S);
          body = bytes === 0 ? piece : enlarged(body, bytes, size);
        }
        if (body !== piece) {
          piece.copy(body, bytes);
          giveBack(piece);
        }
        bytes = needed;
      }
      return body.subarray(0, bytes);
    } catch (error) {
      if (request.destroyed) return undefined;
      throw error;
    }
  }

  return async (request, response) => {
    const refusal = ingest.refusal?.() ?? '';
    if (refusal !== '') {
      refuseUnread(request, response, unavailable(refusal, RETRY_AFTER_S));
      return;
    }
    const source = sourceOf(request);
    const held = room.hold(source);
    let body: Buffer | WriteAnswer | undefined;
    try {
      body = await bodyOf(request, held);
      if (body === undefined) return;
      if (!Buffer.isBuffer(body)) refuseUnread(request, response, body);
      else send(response, await ingest.writeRequest(body, request.headers, source));
    } finally {
      held.free();
      if (Buffer.isBuffer(body)) giveBack(body);
    }
  };
}

function enlarged(block: Buffer, used: number, bytes: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(bytes);
  block.copy(larger, 0, 0, used);
  giveBack(block);
  return larger;
}

/** Below this it costs more to give memory back than it is worth. */
const WORTH_BYTES = 4096;

/**
 * Gives the memory of a block that nobody reads any more back at once. Left to the garbage
 * collector, the bodies of a few hundred requests make it go through the whole heap, several times
 * a second under full ingest.
 */
function giveBack({ buffer, length }: Buffer): void {
  const isWhole = buffer.byteLength === length && buffer instanceof ArrayBuffer;
  if (isWhole && length >= WORTH_BYTES) buffer.transfer(0);
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

/** Senders told apart; each is a source with series and counters of its own. */
const MAX_SENDERS = 4096;
const OTHER_SENDERS = 'remoteWrite others';

/**
 * The sender's address; an IPv4 one without the IPv6 in front of it. Whoever can send from any
 * number of addresses shares one name in the end.
 */
function boundedSenders(): (request: Request) => string {
  const known = new Set<string>();
  return ({ socket }) => {
    const name = `remoteWrite ${(socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '')}`;
    if (!known.has(name) && known.size >= MAX_SENDERS) return OTHER_SENDERS;
    known.add(name);
    return name;
  };
}
