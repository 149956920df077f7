/**
 * Memory that the ingest's tables and its WebAssembly module both see. It is shared, which is why
 * views of it outlast its growth (and why V8 does not count it as garbage to be collected, see
 * `heldBytes`); it grows and does not shrink: what is given back goes to those who take after.
 */

const PAGE_BYTES = 65_536;
/** All that 32-bit addresses reach. */
const MAX_PAGES = 65_536;
/** Grown by so much at least. */
const GROWTH_PAGES = 64;
/** Behind everything taken: the module reads and writes whole steps, see `assembly/wire.ts`. */
const SLACK_BYTES = 64;
/** Larger pieces that are given back serve as pieces of this size, such as chunks of keys. */
const PIECE_BYTES = 2 ** 20;
const ALIGNED = 64;

export class Arena {
  readonly memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
  /** The first address, 0, means none. */
  private end = ALIGNED;
  private readonly free = new Map<number, number[]>();

  /** Zeros. @throws RangeError when the machine or 4 GiB of addresses have no more */
  take(bytes: number): Uint8Array {
    const room = roomFor(bytes);
    const address = this.free.get(room)?.pop();
    if (address !== undefined) {
      return new Uint8Array(this.memory.buffer, address, bytes).fill(0);
    }
    const from = this.end;
    this.reach(from + room);
    this.end += room;
    return new Uint8Array(this.memory.buffer, from, bytes);
  }

  /** Takes back what `take` gave, which nobody may look at any more. */
  give({ byteOffset, byteLength }: Uint8Array): void {
    const room = roomFor(byteLength);
    const piece = roomFor(PIECE_BYTES);
    const count = Math.floor(room / piece);
    if (count === 0) this.keep(byteOffset, room);
    for (let i = 0; i < count; i++) this.keep(byteOffset + i * piece, piece);
  }

  private reach(end: number): void {
    const pages = this.memory.buffer.byteLength / PAGE_BYTES;
    const missing = Math.ceil(end / PAGE_BYTES) - pages;
    if (missing <= 0) return;
    this.memory.grow(Math.max(missing, Math.min(GROWTH_PAGES, MAX_PAGES - pages)));
  }

  private keep(address: number, room: number): void {
    const known = this.free.get(room) ?? [];
    this.free.set(room, known);
    known.push(address);
  }
}

const roomFor = (bytes: number) => Math.ceil((bytes + SLACK_BYTES) / ALIGNED) * ALIGNED;
