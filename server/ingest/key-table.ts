/**
 * Byte strings to dense ids: the same bytes in the same space get the same id, counted from 0.
 * Keys lie one behind the other in chunks, found by open addressing and always compared byte by
 * byte, so a collision of hashes is never a confusion of keys.
 */
import { type Bytes, bytesOf, hashBytes } from './bytes.ts';

const CHUNK_BITS = 20;
const CHUNK_BYTES = 1 << CHUNK_BITS;
const FIRST_SLOTS = 1024;
const FIRST_IDS = 256;
/** Slots are doubled when more than this part of them is taken, which keeps probes short. */
const MAX_LOAD = 0.6;
/** Longest key: what the 16-bit length column holds. */
export const MAX_KEY_BYTES = 0xffff;

export interface KeyLimits {
  readonly maxKeys: number;
  /** Bytes of all keys together; at most 4 GiB, which the 32-bit addresses reach. */
  readonly maxBytes: number;
}

export class KeyTable {
  count = 0;
  /** Bytes that keys have taken, the ends of chunks left empty included. */
  keyBytes = 0;
  readonly limits: KeyLimits;
  private readonly seed: number;
  private readonly chunks: Bytes[] = [];
  private slots = new Int32Array(FIRST_SLOTS);
  private hashes = new Int32Array(FIRST_IDS);
  private spaces = new Int32Array(FIRST_IDS);
  private starts = new Uint32Array(FIRST_IDS);
  private lengths = new Uint16Array(FIRST_IDS);

  constructor(limits: KeyLimits, seed: number) {
    this.limits = limits;
    this.seed = seed | 0;
  }

  /** The id of `bytes[start .. end)` in a space, or -1. */
  find(bytes: Bytes, start: number, end: number, space: number): number {
    const hash = hashBytes(bytes, start, end, this.seed ^ space);
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot] - 1;
      if (id < 0) return -1;
      if (this.hashes[id] !== hash || this.spaces[id] !== space) continue;
      if (this.lengths[id] === end - start && this.endOf(id, bytes, start) === end) return id;
    }
  }

  /** Adds a key that `find` did not find. @returns its id, or -1 when a limit forbids it. */
  add(bytes: Bytes, start: number, end: number, space: number): number {
    const length = end - start;
    if (length > MAX_KEY_BYTES || this.count >= this.limits.maxKeys) return -1;
    if (this.keyBytes + length > this.limits.maxBytes) return -1;
    const id = this.count++;
    if (id === this.hashes.length) this.growIds();
    this.hashes[id] = hashBytes(bytes, start, end, this.seed ^ space);
    this.spaces[id] = space;
    this.lengths[id] = length;
    this.starts[id] = this.copy(bytes, start, end);
    if (this.count > this.slots.length * MAX_LOAD) this.growSlots();
    else this.place(id);
    return id;
  }

  /**
   * Where the key of `id` ends in `bytes` if it stands at `start`, else -1. The space is not looked
   * at.
   *
   * For performance eight bytes a step (the optimiser makes registers of these big integers); it is
   * `key.equals(bytes.subarray(start, start + length))`, in a third of the time.
   */
  endOf(id: number, bytes: Bytes, start: number): number {
    const length = this.lengths[id];
    const end = start + length;
    if (end > bytes.length) return -1;
    const address = this.starts[id];
    const key = this.chunks[address >>> CHUNK_BITS].view;
    const { view } = bytes;
    let j = address & (CHUNK_BYTES - 1);
    let i = start;
    for (const whole = end - 7; i < whole; i += 8, j += 8) {
      if (view.getBigInt64(i, true) !== key.getBigInt64(j, true)) return -1;
    }
    for (; i < end; i++, j++) if (view.getUint8(i) !== key.getUint8(j)) return -1;
    return end;
  }

  /** The bytes of a key, a view into the table: read it, do not keep it. */
  keyOf(id: number): Buffer {
    const address = this.starts[id];
    const offset = address & (CHUNK_BYTES - 1);
    return this.chunks[address >>> CHUNK_BITS].buffer.subarray(offset, offset + this.lengths[id]);
  }

  spaceOf(id: number): number {
    return this.spaces[id];
  }

  private copy(bytes: Bytes, start: number, end: number): number {
    const left = CHUNK_BYTES - (this.keyBytes & (CHUNK_BYTES - 1));
    if (end - start > left) this.keyBytes += left;
    if (this.keyBytes >>> CHUNK_BITS === this.chunks.length) {
      this.chunks.push(bytesOf(Buffer.allocUnsafeSlow(CHUNK_BYTES)));
    }
    const address = this.keyBytes;
    const chunk = this.chunks[address >>> CHUNK_BITS].buffer;
    bytes.buffer.copy(chunk, address & (CHUNK_BYTES - 1), start, end);
    this.keyBytes += end - start;
    return address;
  }

  private place(id: number): void {
    const mask = this.slots.length - 1;
    let slot = this.hashes[id] & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = id + 1;
  }

  private growSlots(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    for (let id = 0; id < this.count; id++) this.place(id);
  }

  private growIds(): void {
    const size = this.hashes.length * 2;
    this.hashes = grown(this.hashes, new Int32Array(size));
    this.spaces = grown(this.spaces, new Int32Array(size));
    this.starts = grown(this.starts, new Uint32Array(size));
    this.lengths = grown(this.lengths, new Uint16Array(size));
  }
}

/** A longer column that begins with the values of a shorter one. */
export function grown<Column extends { set(from: Column): void }>(
  from: Column,
  to: Column,
): Column {
  to.set(from);
  return to;
}
