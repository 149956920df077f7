/** Bytes that are read in words: a buffer, and a view of exactly the same bytes. */
export interface Bytes {
  readonly buffer: Buffer;
  readonly view: DataView;
  readonly length: number;
}

export function bytesOf(source: Uint8Array): Bytes {
  const { buffer, byteOffset, byteLength } = source;
  return {
    buffer: Buffer.from(buffer, byteOffset, byteLength),
    view: new DataView(buffer, byteOffset, byteLength),
    length: byteLength,
  };
}

/**
 * A 32-bit hash of `bytes[start .. end)`, four bytes a step. Seeded, so that a sender who does not
 * know the seed cannot aim at one slot; whoever uses it compares the bytes as well.
 */
export function hashBytes(bytes: Bytes, start: number, end: number, seed: number): number {
  const view = bytes.view;
  let hash = Math.imul(seed ^ (end - start), 0x2545f491);
  let i = start;
  for (const whole = end - 3; i < whole; i += 4) {
    hash = Math.imul(hash ^ view.getInt32(i, true), 0x27d4eb2f);
    hash ^= hash >>> 15;
  }
  for (; i < end; i++) hash = Math.imul(hash ^ view.getUint8(i), 0x165667b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 16);
}
