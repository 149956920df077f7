/**
 * Snappy block encoding for benchmarks and tests: matches of four bytes and more by one hash table,
 * which compresses about as senders do. Not for production: nothing of ours sends remote write.
 */
const HASH_BITS = 14;
const MIN_MATCH = 4;
const MAX_COPY = 64;
/** Offsets above this need four bytes; the encoder does without such matches. */
const MAX_OFFSET = 0xffff;

export function encodeSnappy(source: Uint8Array): Buffer<ArrayBuffer> {
  const input = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  const parts: Buffer[] = [varint(input.length)];
  const seen = new Int32Array(1 << HASH_BITS).fill(-1);
  let literalAt = 0;
  for (let at = 0; at + MIN_MATCH <= input.length; ) {
    const word = input.readInt32LE(at);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = seen[slot];
    seen[slot] = at;
    const isMatch = candidate >= 0 && at - candidate <= MAX_OFFSET;
    if (!isMatch || input.readInt32LE(candidate) !== word) {
      at++;
      continue;
    }
    let length = MIN_MATCH;
    while (at + length < input.length && input[candidate + length] === input[at + length]) length++;
    if (literalAt < at) parts.push(...literal(input.subarray(literalAt, at)));
    parts.push(...copies(at - candidate, length));
    at += length;
    literalAt = at;
  }
  if (literalAt < input.length) parts.push(...literal(input.subarray(literalAt)));
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}

function literal(bytes: Buffer): Buffer[] {
  const length = bytes.length - 1;
  if (length < 60) return [Buffer.from([length << 2]), bytes];
  const tag = Buffer.alloc(5);
  tag[0] = 63 << 2;
  tag.writeUInt32LE(length, 1);
  return [tag, bytes];
}

/** A match of any length, in copies of up to 64 bytes with a two-byte offset. */
function copies(offset: number, length: number): Buffer[] {
  const tags: Buffer[] = [];
  for (let left = length; left > 0; left -= MAX_COPY) {
    const bytes = Math.min(left, MAX_COPY);
    tags.push(Buffer.from([((bytes - 1) << 2) | 2, offset & 0xff, offset >>> 8]));
  }
  return tags;
}
