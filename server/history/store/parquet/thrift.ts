/**
 * Thrift's compact protocol, as Parquet uses it for its footer and page headers: structures as
 * fields by number. Bounds are checked by the DataView and by `limit`.
 */

/** A field is a number, a boolean, bytes, a list, or a structure. */
export type Thrift = number | boolean | Uint8Array | readonly Thrift[] | ThriftStruct;
export interface ThriftStruct {
  readonly [field: number]: Thrift | undefined;
}

const TYPE = { stop: 0, true: 1, false: 2, i8: 3, i16: 4, i32: 5, i64: 6, double: 7 } as const;
const [BINARY, LIST, SET, STRUCT] = [8, 9, 10, 12];
/** Deeper than any footer; a broken file must not exhaust the stack. */
const DEPTH_MAX = 16;

export class BadParquet extends Error {}

export class ThriftReader {
  offset: number;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = offset;
  }

  struct(depth = 0): ThriftStruct {
    if (depth > DEPTH_MAX) throw new BadParquet('structures within structures without end');
    const fields: Record<number, Thrift> = {};
    let field = 0;
    for (;;) {
      const head = this.byte();
      const type = head & 0x0f;
      if (type === TYPE.stop) return fields;
      field = head >> 4 === 0 ? this.zigzag() : field + (head >> 4);
      fields[field] = this.value(type, depth);
    }
  }

  private value(type: number, depth: number): Thrift {
    if (type === TYPE.true) return true;
    if (type === TYPE.false) return false;
    if (type === TYPE.i8) return (this.byte() << 24) >> 24;
    if (type >= TYPE.i16 && type <= TYPE.i64) return this.zigzag();
    if (type === TYPE.double) return this.double();
    if (type === BINARY) return this.binary();
    if (type === LIST || type === SET) return this.list(depth);
    if (type === STRUCT) return this.struct(depth + 1);
    throw new BadParquet(`a field of type ${type}`);
  }

  private list(depth: number): Thrift[] {
    const head = this.byte();
    const count = head >> 4 === 15 ? this.varint() : head >> 4;
    if (count > this.bytes.length - this.offset) throw new BadParquet('a list past the end');
    const type = head & 0x0f;
    // Within a list a boolean is a byte of its own.
    const isFlag = type === TYPE.true || type === TYPE.false;
    return Array.from({ length: count }, () =>
      isFlag ? this.byte() === 1 : this.value(type, depth),
    );
  }

  private binary(): Uint8Array {
    const length = this.varint();
    if (length > this.bytes.length - this.offset) throw new BadParquet('bytes past the end');
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  private byte(): number {
    if (this.offset >= this.bytes.length) throw new BadParquet('it ends within a field');
    return this.bytes[this.offset++];
  }

  private double(): number {
    if (this.offset + 8 > this.bytes.length) throw new BadParquet('it ends within a field');
    this.offset += 8;
    return this.view.getFloat64(this.offset - 8, true);
  }

  /** Up to 2^53; what is longer loses its last digits, and no size or offset is. */
  private varint(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new BadParquet('a number of more than ten bytes');
  }

  private zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
