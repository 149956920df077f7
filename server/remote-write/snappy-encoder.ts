/**
 * Snappy block encoding: matches of four bytes and more by one hash table, which compresses about
 * as Go's encoder does. Source: google/snappy `format_description.txt`.
 */
const HASH_BITS = 14;
const MIN_MATCH = 4;
const MAX_COPY = 64;
/** Offsets above this need four bytes; the encoder does without such matches. */
const MAX_OFFSET = 0xffff;
/** A tag and four bytes of length before a literal, and five bytes of the block's own length. */
const SLACK_BYTES = 16;

export function encodeSnappy(source: Uint8Array): Buffer<ArrayBuffer> {
  const input = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const end = source.length;
  // A match never takes more room than what it stands for, save for the literal's tag before it.
  const output = Buffer.allocUnsafe(end + (end >>> 2) + SLACK_BYTES);
  let to = writeVarint(output, 0, end);
  const seen = new Int32Array(1 << HASH_BITS).fill(-1);
  let literalAt = 0;
  for (let at = 0; at + MIN_MATCH <= end; ) {
    const word = input.getInt32(at, true);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = seen[slot];
    seen[slot] = at;
    const isNear = candidate >= 0 && at - candidate <= MAX_OFFSET;
    if (!isNear || input.getInt32(candidate, true) !== word) {
      at++;
      continue;
    }
    let length = MIN_MATCH;
    while (at + length < end && source[candidate + length] === source[at + length]) length++;
    to = writeLiteral(output, to, source.subarray(literalAt, at));
    to = writeCopies(output, to, at - candidate, length);
    at += length;
    literalAt = at;
  }
  to = writeLiteral(output, to, source.subarray(literalAt));
  return Buffer.from(output.subarray(0, to));
}

function writeVarint(output: Buffer, at: number, value: number): number {
  let left = value;
  let to = at;
  for (; left >= 0x80; left = Math.floor(left / 128)) output[to++] = (left & 0x7f) | 0x80;
  output[to++] = left;
  return to;
}

function writeLiteral(output: Buffer, at: number, bytes: Uint8Array): number {
  if (bytes.length === 0) return at;
  const length = bytes.length - 1;
  let to = at;
  if (length < 60) output[to++] = length << 2;
  else {
    output[to] = 63 << 2;
    to = output.writeUInt32LE(length, to + 1);
  }
  output.set(bytes, to);
  return to + bytes.length;
}

/** A match of any length, in copies of up to 64 bytes with a two-byte offset. */
function writeCopies(output: Buffer, at: number, offset: number, length: number): number {
  let to = at;
  for (let left = length; left > 0; left -= MAX_COPY) {
    const bytes = Math.min(left, MAX_COPY);
    output[to++] = ((bytes - 1) << 2) | 2;
    output[to++] = offset & 0xff;
    output[to++] = offset >>> 8;
  }
  return to;
}
