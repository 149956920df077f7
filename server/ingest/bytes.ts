/** Bytes that are read in words: a buffer, and a view of exactly the same bytes. */
export interface Bytes {
  readonly buffer: Buffer;
  readonly view: DataView;
  readonly length: number;
}

export function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array): Bytes {
  return {
    buffer: Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength),
    view: new DataView(buffer, byteOffset, byteLength),
    length: byteLength,
  };
}

/**
 * Memory for what is held long, in which V8 sees no reason to collect garbage: it counts the bytes
 * of buffers that are not shared, and goes through the whole heap whenever 64 MB have been added.
 */
export const heldBytes = (count: number) => new SharedArrayBuffer(count);

/**
 * Copies `from[start .. end)` to `to[at ..)`, and up to seven bytes more where both have them.
 *
 * For performance eight bytes a step; it is `from.buffer.copy(to.buffer, at, start, end)`, which for
 * a label set takes longer to call than to copy.
 */
export function copyBytes(from: Bytes, [start, end]: Range, to: Bytes, at: number): void {
  let i = start;
  let j = at;
  const last = Math.min(from.length, start + to.length - at) - 8;
  for (; i < end && i <= last; i += 8, j += 8) {
    to.view.setBigInt64(j, from.view.getBigInt64(i, true), true);
  }
  for (; i < end; i++, j++) to.view.setUint8(j, from.view.getUint8(i));
}

/** Where a stretch of bytes begins, and behind its end. */
export type Range = readonly [start: number, end: number];

/**
 * A 32-bit hash of `bytes[start .. end)`. Seeded, so that a sender who does not know the seed cannot
 * aim at one slot; whoever uses it compares the bytes as well.
 *
 * For performance two hashes of every other four bytes, put together at the end: a processor works
 * them out side by side, while each step of one has to wait for the last.
 */
export function hashBytes(bytes: Bytes, start: number, end: number, seed: number): number {
  const view = bytes.view;
  let even = Math.imul(seed ^ (end - start), 0x2545f491);
  let odd = even ^ 0x165667b1;
  let i = start;
  for (const whole = end - 7; i < whole; i += 8) {
    even = Math.imul(even ^ view.getInt32(i, true), 0x27d4eb2f);
    odd = Math.imul(odd ^ view.getInt32(i + 4, true), 0x2c1b3c6d);
    even ^= even >>> 15;
    odd ^= odd >>> 13;
  }
  for (; i < end; i++) even = Math.imul(even ^ view.getUint8(i), 0x165667b1);
  let hash = even ^ Math.imul(odd ^ (odd >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 16);
}
