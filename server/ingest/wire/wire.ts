/** The WebAssembly module of one ingest, and the memory that it shares with it. */
import type { KeyTable } from '../key-table.ts';
import type { SampleBatch } from '../sample-batch.ts';
import type { SeriesColumns } from '../series-columns.ts';
import { Arena } from './arena.ts';
import { WIRE_MODULE } from './wire-bytes.ts';

/** See `assembly/wire.ts`. */
interface Exports {
  decode(at: number, end: number, out: number, size: number): number;
  useTable(starts: number, lengths: number, spaces: number, next: number, chunks: number): void;
  useBatch(series: number, values: number, times: number, stale: number): void;
  take(at: number, end: number, id: number, space: number, from: number, room: number): number;
  takenCount(): number;
}

/** What is to be taken: series of a request, of which the first is expected to be `id`. */
interface Expected {
  /** Addresses in the arena. */
  readonly at: number;
  readonly end: number;
  readonly id: number;
  readonly space: number;
}

const MODULE = new WebAssembly.Module(Buffer.from(WIRE_MODULE, 'base64'));

export class Wire {
  readonly arena = new Arena();
  private readonly exports: Exports;
  /** Where a compressed block is put to be decoded. */
  private input: Uint8Array;

  constructor() {
    const { memory } = this.arena;
    const { exports } = new WebAssembly.Instance(MODULE, { env: { memory } });
    this.exports = exports as unknown as Exports;
    this.input = this.arena.take(0);
  }

  /** Decodes the elements of a snappy block. @returns whether they made exactly `size` bytes */
  decode(elements: Uint8Array, output: Uint8Array, size: number): boolean {
    if (elements.length > this.input.length) this.input = this.larger(this.input, elements.length);
    this.input.set(elements);
    const at = this.input.byteOffset;
    return this.exports.decode(at, at + elements.length, output.byteOffset, size) !== 0;
  }

  /** Room for `bytes` in place of less, which is given back. */
  larger(less: Uint8Array, bytes: number): Uint8Array {
    this.arena.give(less);
    return this.arena.take(2 ** Math.ceil(Math.log2(bytes + 4096)));
  }

  /** To be told again whenever the table may have grown. */
  useTable(keys: KeyTable, { next }: SeriesColumns): void {
    const { starts, lengths, spaces, chunkAddresses } = keys.columns;
    this.exports.useTable(
      starts.byteOffset,
      lengths.byteOffset,
      spaces.byteOffset,
      next.byteOffset,
      chunkAddresses.byteOffset,
    );
  }

  useBatch({ series, value, atMs, stale }: SampleBatch): void {
    this.exports.useBatch(series.byteOffset, value.byteOffset, atMs.byteOffset, stale.byteOffset);
  }

  /**
   * Takes samples into the batch, as long as it has room and the series come as expected.
   * @returns the address of the first series that was not taken
   */
  take({ at, end, id, space }: Expected, batch: SampleBatch): number {
    const stoppedAt = this.exports.take(at, end, id, space, batch.count, batch.series.length);
    batch.count += this.exports.takenCount();
    // Numbers come back signed.
    return stoppedAt >>> 0;
  }
}
