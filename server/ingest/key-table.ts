/**
 * Byte strings to dense ids: the same bytes in the same space get the same id, counted from 0.
 * Keys lie one behind the other in chunks, found by open addressing and always compared byte by
 * byte, so a collision of hashes is never a confusion of keys. What a removed key leaves (its id,
 * the room of its bytes) goes to the next one that fits.
 */
import { type Bytes, bytesOf, copyBytes, hashBytes, heldBytes, type Range } from './bytes.ts';
import { HELD, type TableMemory, widened } from './table-memory.ts';

const CHUNK_BITS = 20;
const CHUNK_BYTES = 1 << CHUNK_BITS;
const FIRST_SLOTS = 1024;
const FIRST_IDS = 256;
/** Slots are doubled when more than this part of them is taken, which keeps probes short. */
const MAX_LOAD = 0.6;
/** Longest key: what the 16-bit length column holds. */
export const MAX_KEY_BYTES = 0xffff;
/** Rooms are multiples of this, so that keys of about one length can follow one another in them. */
const ROOM_BITS = 3;
/** Keys are moved together when more than this part of the bytes is empty rooms. */
const MAX_EMPTY = 0.5;
/** Space of an id that no key has now. */
const REMOVED = -1;

const roomOf = (length: number) => (length + (1 << ROOM_BITS) - 1) >>> ROOM_BITS;

interface KeyLimits {
  readonly maxKeys: number;
  /** Bytes of all keys together; at most 4 GiB, which the 32-bit addresses reach. */
  readonly maxBytes: number;
}

export class KeyTable {
  /** Keys there are. */
  count = 0;
  /** Every id is below this; those of removed keys as well, see `has`. */
  idEnd = 0;
  /** Bytes that rooms have taken, empty ones and the ends of chunks included. */
  keyBytes = 0;
  readonly limits: KeyLimits;
  private readonly memory: TableMemory;
  private readonly seed: number;
  /** Hash of the key that was looked for last. */
  private sought = 0;
  private chunks: Bytes[] = [];
  /** Where in the memory each of them begins. */
  private readonly chunkAddresses: Uint32Array;
  /** Of each slot the id + 1, or 0 when it is empty, and the hash of its key. */
  private slots: Int32Array = new Int32Array(FIRST_SLOTS * 2);
  private spaces: Int32Array;
  private starts: Uint32Array;
  private lengths: Uint16Array;
  private readonly freeIds: number[] = [];
  /** Addresses of empty rooms, by size. */
  private rooms = new Map<number, number[]>();
  private emptyBytes = 0;

  constructor(limits: KeyLimits, seed: number, memory = HELD) {
    this.limits = limits;
    this.seed = seed | 0;
    this.memory = memory;
    this.spaces = widened(memory, new Int32Array(0), FIRST_IDS);
    this.starts = widened(memory, new Uint32Array(0), FIRST_IDS);
    this.lengths = widened(memory, new Uint16Array(0), FIRST_IDS);
    const maxChunks = Math.ceil(limits.maxBytes / CHUNK_BYTES) + 1;
    this.chunkAddresses = widened(memory, new Uint32Array(0), maxChunks);
  }

  /** For who shares the memory; other ones once the table has grown. */
  get columns() {
    const { starts, lengths, spaces, chunkAddresses } = this;
    return { starts, lengths, spaces, chunkAddresses };
  }

  /** Whether there is a key with this id. */
  has(id: number): boolean {
    return id < this.idEnd && this.spaces[id] !== REMOVED;
  }

  /** The id of `bytes[start .. end)` in a space, or -1. */
  find(bytes: Bytes, start: number, end: number, space: number): number {
    const { slots } = this;
    const hash = hashBytes(bytes, start, end, this.seed ^ space);
    this.sought = hash;
    const last = slots.length - 2;
    for (let at = (hash << 1) & last; ; at = (at + 2) & last) {
      const id = slots[at] - 1;
      if (id < 0) return -1;
      if (slots[at + 1] !== hash || this.spaces[id] !== space) continue;
      if (this.lengths[id] === end - start && this.endOf(id, bytes, start) === end) return id;
    }
  }

  /** Adds a key that there is not. @returns its id, or -1 when a limit forbids it. */
  add(bytes: Bytes, start: number, end: number, space: number): number {
    this.sought = hashBytes(bytes, start, end, this.seed ^ space);
    return this.addSought(bytes, start, end, space);
  }

  /** The same for the key that `find` was asked for last, whose hash is known from there. */
  addSought(bytes: Bytes, start: number, end: number, space: number): number {
    const length = end - start;
    if (length > MAX_KEY_BYTES || this.count >= this.limits.maxKeys) return -1;
    const address = this.takeRoom(length);
    if (address < 0) return -1;
    const id = this.freeIds.pop() ?? this.idEnd++;
    if (id === this.spaces.length) this.growIds();
    this.count++;
    this.spaces[id] = space;
    this.lengths[id] = length;
    this.starts[id] = address;
    const chunk = this.chunks[address >>> CHUNK_BITS];
    copyBytes(bytes, [start, end], chunk, address & (CHUNK_BYTES - 1));
    if (this.count > (this.slots.length / 2) * MAX_LOAD) this.growSlots();
    this.place(id, this.sought);
    return id;
  }

  remove(id: number): void {
    this.vacate(id);
    const room = roomOf(this.lengths[id]);
    const rooms = this.rooms.get(room) ?? [];
    this.rooms.set(room, rooms);
    rooms.push(this.starts[id]);
    this.emptyBytes += room << ROOM_BITS;
    this.spaces[id] = REMOVED;
    this.freeIds.push(id);
    this.count--;
  }

  /** Removes all keys; their memory stays for those to come. */
  clear(): void {
    this.slots.fill(0);
    this.rooms.clear();
    this.freeIds.length = 0;
    this.count = 0;
    this.idEnd = 0;
    this.keyBytes = 0;
    this.emptyBytes = 0;
  }

  /** Gives memory back when much of it is empty rooms; ids stay. */
  tidy(): void {
    if (this.emptyBytes <= this.keyBytes * MAX_EMPTY) return;
    const { chunks } = this;
    this.chunks = [];
    this.rooms = new Map();
    this.emptyBytes = 0;
    this.keyBytes = 0;
    for (let id = 0; id < this.idEnd; id++) {
      if (this.spaces[id] === REMOVED) continue;
      const from = this.starts[id];
      const offset = from & (CHUNK_BYTES - 1);
      const address = this.takeRoom(this.lengths[id]);
      const chunk = this.chunks[address >>> CHUNK_BITS];
      const range = [offset, offset + this.lengths[id]] as const;
      copyBytes(chunks[from >>> CHUNK_BITS], range, chunk, address & (CHUNK_BYTES - 1));
      this.starts[id] = address;
    }
    for (const { buffer } of chunks) this.memory.give(buffer);
  }

  /**
   * Where the key of `id` ends in `bytes` if it stands at `start`, else -1. The space is not looked
   * at.
   */
  endOf(id: number, bytes: Bytes, start: number): number {
    const length = this.lengths[id];
    const end = start + length;
    if (end > bytes.length) return -1;
    return this.isSame(bytes.view, start, this.starts[id], length) ? end : -1;
  }

  /** Whether `bytes[start .. end)` are the bytes of a key from `offset` on. */
  hasPart(id: number, offset: number, bytes: Bytes, [start, end]: Range): boolean {
    const length = end - start;
    if (offset + length > this.lengths[id]) return false;
    return this.isSame(bytes.view, start, this.starts[id] + offset, length);
  }

  /**
   * Whether `length` bytes from `i` on are those at an address of the table.
   *
   * For performance 32 bytes a step (the optimiser makes registers of these big integers), and the
   * last eight once more instead of what is left over; it is
   * `key.equals(bytes.subarray(i, i + length))`, in a fifth of the time.
   */
  private isSame(view: DataView, i: number, address: number, length: number): boolean {
    const key = this.chunks[address >>> CHUNK_BITS].view;
    const end = i + length;
    let j = address & (CHUNK_BYTES - 1);
    for (const whole = end - 31; i < whole; i += 32, j += 32) {
      if (
        view.getBigInt64(i, true) !== key.getBigInt64(j, true) ||
        view.getBigInt64(i + 8, true) !== key.getBigInt64(j + 8, true) ||
        view.getBigInt64(i + 16, true) !== key.getBigInt64(j + 16, true) ||
        view.getBigInt64(i + 24, true) !== key.getBigInt64(j + 24, true)
      ) {
        return false;
      }
    }
    for (const whole = end - 7; i < whole; i += 8, j += 8) {
      if (view.getBigInt64(i, true) !== key.getBigInt64(j, true)) return false;
    }
    if (length >= 8) {
      const back = 8 - (end - i);
      return view.getBigInt64(i - back, true) === key.getBigInt64(j - back, true);
    }
    for (; i < end; i++, j++) if (view.getUint8(i) !== key.getUint8(j)) return false;
    return true;
  }

  /** The bytes of a key, a view into the table: read it, do not keep it. */
  keyOf(id: number): Buffer {
    const address = this.starts[id];
    const offset = address & (CHUNK_BYTES - 1);
    return this.chunks[address >>> CHUNK_BITS].buffer.subarray(offset, offset + this.lengths[id]);
  }

  /** The 32-bit integer at an offset of a key. */
  wordOf(id: number, offset: number): number {
    const address = this.starts[id];
    const { view } = this.chunks[address >>> CHUNK_BITS];
    return view.getInt32((address & (CHUNK_BYTES - 1)) + offset, true);
  }

  lengthOf(id: number): number {
    return this.lengths[id];
  }

  /** Below 0 for the id of a removed key. */
  spaceOf(id: number): number {
    return this.spaces[id];
  }

  /** Room for so many bytes. @returns its address, or -1 when a limit forbids it */
  private takeRoom(length: number): number {
    const room = roomOf(length);
    const bytes = room << ROOM_BITS;
    const empty = this.rooms.get(room)?.pop();
    if (empty !== undefined) {
      this.emptyBytes -= bytes;
      return empty;
    }
    const left = CHUNK_BYTES - (this.keyBytes & (CHUNK_BYTES - 1));
    const address = bytes > left ? this.keyBytes + left : this.keyBytes;
    if (address + length > this.limits.maxBytes) return -1;
    this.keyBytes = address + bytes;
    if (address >>> CHUNK_BITS >= this.chunks.length) this.addChunk();
    return address;
  }

  private addChunk(): void {
    const bytes = this.memory.take(CHUNK_BYTES);
    this.chunkAddresses[this.chunks.length] = bytes.byteOffset;
    this.chunks.push(bytesOf(bytes));
  }

  private place(id: number, hash: number): void {
    const { slots } = this;
    const last = slots.length - 2;
    let at = (hash << 1) & last;
    while (slots[at] !== 0) at = (at + 2) & last;
    slots[at] = id + 1;
    slots[at + 1] = hash;
  }

  /** Empties the slot of a key, and closes the gap in the probes that passed over it. */
  private vacate(id: number): void {
    const { slots } = this;
    const last = slots.length - 2;
    const start = this.starts[id] & (CHUNK_BYTES - 1);
    const chunk = this.chunks[this.starts[id] >>> CHUNK_BITS];
    const hash = hashBytes(chunk, start, start + this.lengths[id], this.seed ^ this.spaces[id]);
    let gap = (hash << 1) & last;
    while (slots[gap] !== id + 1) gap = (gap + 2) & last;
    for (let at = (gap + 2) & last; slots[at] !== 0; at = (at + 2) & last) {
      const home = (slots[at + 1] << 1) & last;
      if (((at - home) & last) < ((at - gap) & last)) continue;
      slots[gap] = slots[at];
      slots[gap + 1] = slots[at + 1];
      gap = at;
    }
    slots[gap] = 0;
  }

  private growSlots(): void {
    const before = this.slots;
    this.slots = new Int32Array(heldBytes(8 * before.length));
    for (let at = 0; at < before.length; at += 2) {
      if (before[at] !== 0) this.place(before[at] - 1, before[at + 1]);
    }
  }

  private growIds(): void {
    const { memory } = this;
    const size = this.spaces.length * 2;
    this.spaces = widened(memory, this.spaces, size);
    this.starts = widened(memory, this.starts, size);
    this.lengths = widened(memory, this.lengths, size);
  }
}
