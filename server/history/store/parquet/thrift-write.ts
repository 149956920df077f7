/** Thrift's compact protocol the other way: structures as Parquet's footers and pages have them. */

/** A value with its type; a text is bytes in UTF-8. */
type Typed =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly flag: boolean }
  | { readonly bytes: Uint8Array | string }
  | { readonly i32s: readonly number[] }
  | { readonly texts: readonly string[] }
  | { readonly struct: Fields }
  | { readonly structs: readonly Fields[] };

/** Fields by number, ascending. */
export type Fields = readonly (readonly [field: number, value: Typed])[];

const [TRUE, FALSE, I32, I64, BINARY, LIST, STRUCT] = [1, 2, 5, 6, 8, 9, 12];

export class ThriftWriter {
  private bytes = Buffer.allocUnsafe(256);
  private end = 0;

  struct(fields: Fields): this {
    let before = 0;
    for (const [field, value] of fields) {
      const type = typeOf(value);
      if (field - before > 15) throw new RangeError(`field ${field} is too far from ${before}`);
      this.byte(((field - before) << 4) | type);
      before = field;
      this.value(value);
    }
    this.byte(0);
    return this;
  }

  done(): Buffer {
    return this.bytes.subarray(0, this.end);
  }

  private value(value: Typed) {
    if ('i32' in value) this.zigzag(value.i32);
    else if ('i64' in value) this.zigzag(value.i64);
    else if ('bytes' in value) this.binary(value.bytes);
    else if ('struct' in value) this.struct(value.struct);
    else if ('i32s' in value) {
      this.list(I32, value.i32s.length);
      for (const each of value.i32s) this.zigzag(each);
    } else if ('texts' in value) {
      this.list(BINARY, value.texts.length);
      for (const each of value.texts) this.binary(each);
    } else if ('structs' in value) {
      this.list(STRUCT, value.structs.length);
      for (const each of value.structs) this.struct(each);
    }
  }

  private list(type: number, count: number) {
    if (count < 15) this.byte((count << 4) | type);
    else {
      this.byte(0xf0 | type);
      this.varint(count);
    }
  }

  private binary(value: Uint8Array | string) {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    this.varint(bytes.length);
    this.room(bytes.length);
    this.bytes.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** Whole numbers up to 2^52. */
  private zigzag(value: number) {
    this.varint(value >= 0 ? 2 * value : -2 * value - 1);
  }

  private varint(value: number) {
    let left = value;
    for (; left >= 0x80; left = Math.floor(left / 128)) this.byte((left % 128) | 0x80);
    this.byte(left);
  }

  private byte(value: number) {
    this.room(1);
    this.bytes[this.end++] = value;
  }

  private room(more: number) {
    if (this.end + more <= this.bytes.length) return;
    const longer = Buffer.allocUnsafe(2 * (this.end + more));
    longer.set(this.bytes.subarray(0, this.end));
    this.bytes = longer;
  }
}

function typeOf(value: Typed): number {
  if ('i32' in value) return I32;
  if ('i64' in value) return I64;
  if ('flag' in value) return value.flag ? TRUE : FALSE;
  if ('bytes' in value) return BINARY;
  return 'struct' in value ? STRUCT : LIST;
}
