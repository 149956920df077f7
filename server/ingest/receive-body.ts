/** Reads the body of a request into one block, within limits, and gives its memory back. */
import type { IncomingMessage } from 'node:http';
import type { Held } from './receiver-room.ts';

interface BodyLimits {
  /** Of this body, as sent. */
  readonly maxBytes: number;
  /** What it may take of the room for all bodies. */
  readonly held: Held;
}

/** Why a body was not read to its end. */
type Unread = 'tooLarge' | 'noRoom' | 'senderGone';

/** The request stays as it is, unread from there on, when its body is not taken. */
export function receiveBody(
  request: IncomingMessage,
  limits: BodyLimits,
): Promise<Buffer | Unread> {
  const statedBytes = Number(request.headers['content-length'] ?? limits.maxBytes);
  if (statedBytes > limits.maxBytes) return Promise.resolve('tooLarge');
  return new Promise(resolve => {
    const block = createBlock(statedBytes, limits);
    function take(piece: Buffer) {
      const refusal = block.take(piece);
      if (refusal === undefined) return;
      request.off('data', take).pause();
      resolve(refusal);
    }
    const gone = () => resolve('senderGone');
    request.on('data', take).once('error', gone).once('close', gone);
    request.once('end', () => resolve(block.body()));
  });
}

/**
 * What comes in one piece is taken as it is; else it is collected in one block that doubles, not in
 * a list of pieces: a piece of one byte takes more than a hundred as an object.
 */
function createBlock(statedBytes: number, { maxBytes, held }: BodyLimits) {
  let block: Buffer = Buffer.alloc(0);
  let bytes = 0;
  return {
    body: () => block.subarray(0, bytes),
    take(piece: Buffer): Unread | undefined {
      const needed = bytes + piece.length;
      if (needed > maxBytes) return 'tooLarge';
      if (needed > block.length) {
        const size = Math.max(needed, Math.min(2 * block.length, statedBytes));
        if (!held.grow(size - block.length)) return 'noRoom';
        block = bytes === 0 ? piece : enlarged(block, bytes, size);
      }
      if (block !== piece) {
        piece.copy(block, bytes);
        giveBack(piece);
      }
      bytes = needed;
      return undefined;
    },
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
export function giveBack({ buffer, length }: Buffer): void {
  const isWhole = buffer.byteLength === length && buffer instanceof ArrayBuffer;
  if (isWhole && length >= WORTH_BYTES) buffer.transfer(0);
}
