/** Where tables take the memory of their columns from. */
import { heldBytes } from './bytes.ts';

export interface TableMemory {
  /** Zeros. */
  take(bytes: number): Uint8Array;
  /** What `take` gave, when nobody looks at it any more. */
  give(bytes: Uint8Array): void;
}

/** Memory of its own for each, which goes with its last view. */
export const HELD: TableMemory = {
  take: bytes => new Uint8Array(heldBytes(bytes)),
  give() {},
};

type Column = Int32Array | Uint32Array | Uint16Array | Uint8Array | Float64Array;
type ColumnOf<C> = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => C;

/** A column of `size` that begins with the values of a shorter one, which is given back. */
export function widened<C extends Column>(memory: TableMemory, column: C, size: number): C {
  const { buffer, byteOffset } = memory.take(size * column.BYTES_PER_ELEMENT);
  const wider = new (column.constructor as ColumnOf<C>)(buffer, byteOffset, size);
  wider.set(column);
  if (column.length > 0) {
    memory.give(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  }
  return wider;
}
