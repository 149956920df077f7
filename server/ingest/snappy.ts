/**
 * Snappy block format, decoding only. Every length is checked before it is used, and the size that
 * a block claims is checked before memory is taken for it. The elements are decoded in WebAssembly,
 * in a third of the time: see `wire/assembly/wire.ts`.
 * Source: google/snappy `format_description.txt`.
 */
import { type Bytes, bytesOf } from './bytes.ts';
import type { Wire } from './wire/wire.ts';

/**
 * No element yields more than 64 bytes from 3 (a copy with a two-byte offset), so a block cannot
 * honestly claim more than this times its own length.
 */
const MAX_RATIO = 64 / 3;

export class SnappyBlock {
  /** Of the wire's arena, used again by the next block. */
  bytes: Bytes;
  /** How many of them are the block's. */
  length = 0;
  private readonly wire: Wire;
  private room: Uint8Array;

  constructor(wire: Wire) {
    this.wire = wire;
    this.room = wire.arena.take(0);
    this.bytes = bytesOf(this.room);
  }

  /**
   * @returns undefined when the block is decoded; `tooLarge` when it claims more than `maxBytes`,
   *   `corrupt` when it is not a whole block (the bytes are then meaningless)
   */
  decode(source: Uint8Array, maxBytes: number): 'tooLarge' | 'corrupt' | undefined {
    this.length = 0;
    let claimed = 0;
    let at = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= source.length || shift > 28) return 'corrupt';
      const byte = source[at++];
      claimed += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (claimed > maxBytes) return 'tooLarge';
    if (claimed > (source.length - at) * MAX_RATIO) return 'corrupt';
    if (claimed > this.room.length) {
      this.room = this.wire.larger(this.room, claimed);
      this.bytes = bytesOf(this.room);
    }
    if (!this.wire.decode(source.subarray(at), this.room, claimed)) return 'corrupt';
    this.length = claimed;
    return undefined;
  }
}
