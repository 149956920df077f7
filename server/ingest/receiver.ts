/**
 * The HTTP side of remote write: reads the body, within limits, and answers what the ingest says.
 * Bodies that wait for each other are bounded together: beyond that senders are asked to come again
 * (429), which they do with the same data.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { giveBack, receiveBody } from './receive-body.ts';
import { createRoom } from './receiver-room.ts';
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
  /**
   * Name of the sender as a source; its address unless told otherwise. Undefined: it has gone
   * already, sees no answer, and comes again.
   */
  readonly sourceOf?: (request: IncomingMessage) => string | undefined;
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
  /** Told of each answer, also of those that are given without `writeRequest`. */
  answered?(sourceId: string, answer: WriteAnswer): void;
}

const DEFAULT_BUFFERED_BYTES = 256 * 1024 * 1024;
const RETRY_AFTER_S = 5;
const DISCARD_MS = 5000;

/** Answers a request of remote write; rejects only for what is a fault of ours. */
export type Receiver = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function createReceiver(ingest: WriteTarget, options: ReceiverOptions): Receiver {
  const { maxBytes, maxBufferedBytes = DEFAULT_BUFFERED_BYTES } = options;
  const sourceOf = options.sourceOf ?? boundedSenders();
  // One sender whose bodies never end must leave room for the others.
  const maxOfOne = Math.max(maxBytes, maxBufferedBytes / 2);
  const room = createRoom(maxBufferedBytes, maxOfOne);

  const unreadAnswers = {
    tooLarge: answer(413, `the request body is larger than ${maxBytes} bytes`),
    noRoom: overloaded(RETRY_AFTER_S),
  };

  return async (request, response) => {
    const source = sourceOf(request);
    if (source === undefined) return void request.destroy();
    const told = (given: WriteAnswer) => {
      ingest.answered?.(source, given);
      return given;
    };
    const refusal = ingest.refusal?.() ?? '';
    if (refusal !== '') {
      refuseUnread(request, response, told(unavailable(refusal, RETRY_AFTER_S)));
      return;
    }
    const held = room.hold(source);
    const body = await receiveBody(request, { maxBytes, held });
    try {
      if (body === 'senderGone') return;
      if (typeof body === 'string') refuseUnread(request, response, told(unreadAnswers[body]));
      else send(response, told(await ingest.writeRequest(body, request.headers, source)));
    } finally {
      held.free();
      if (typeof body !== 'string') giveBack(body);
    }
  };
}

function send(response: ServerResponse, { status, headers, message }: WriteAnswer): void {
  if (message === '') response.writeHead(status, headers).end();
  else response.writeHead(status, { ...headers, ...PLAIN_TEXT }).end(`${message}\n`);
}

const PLAIN_TEXT = { 'content-type': 'text/plain; charset=utf-8' };

/**
 * Answers without having the rest of the body. What still comes is thrown away for a while: if the
 * connection were closed at once, a sender in the middle of writing would not get to see why.
 */
function refuseUnread(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: WriteAnswer,
): void {
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
function boundedSenders(): (request: IncomingMessage) => string | undefined {
  const known = new Set<string>();
  return ({ socket: { remoteAddress } }) => {
    if (remoteAddress === undefined) return undefined;
    const name = `remoteWrite ${remoteAddress.replace(/^::ffff:/, '')}`;
    if (!known.has(name) && known.size >= MAX_SENDERS) return OTHER_SENDERS;
    known.add(name);
    return name;
  };
}
