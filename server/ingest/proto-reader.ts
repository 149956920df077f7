/**
 * A cursor over protobuf wire format. It never reads outside the message it is in: what would is
 * taken as malformed, after which `ok` is false and every loop over `tag()` ends.
 * Source: protobuf.dev/programming-guides/encoding.
 */
import type { Bytes } from './bytes.ts';

const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;
const TWO_32 = 0x1_0000_0000;
const TWO_28 = 0x1000_0000;
const MASK_28 = TWO_28 - 1;

/** Tag of a field as it stands on the wire: its number and how its value is laid out. */
export const varintTag = (field: number) => (field << 3) | VARINT;
export const fixed64Tag = (field: number) => (field << 3) | FIXED_64;
export const delimitedTag = (field: number) => (field << 3) | DELIMITED;

/** The bits of the NaN by which Prometheus marks the end of a series. */
const STALE_HIGH = 0x7ff00000;
const STALE_LOW = 2;

export class ProtoReader {
  ok = true;
  at = 0;
  /** End of the message being read. */
  limit = 0;
  bytes: Bytes;
  /** Whether the byte that `sevens` read last is the last one of its varint. */
  private isLast = false;

  constructor(bytes: Bytes) {
    this.bytes = bytes;
  }

  open(bytes: Bytes, start: number, end: number): void {
    this.bytes = bytes;
    this.at = start;
    this.limit = end;
    this.ok = true;
  }

  /** The next field's tag; 0 at the end of the message. */
  tag(): number {
    if (this.at >= this.limit) return 0;
    const tag = this.size();
    if (tag < 8) this.fail();
    return this.ok ? tag : 0;
  }

  /** An unsigned varint of at most 32 bits: a tag, a length, a reference. */
  size(): number {
    const { at, limit } = this;
    const { view } = this.bytes;
    if (at >= limit) return this.fail();
    const byte = view.getUint8(at);
    if (byte < 0x80) {
      this.at = at + 1;
      return byte;
    }
    // Two bytes hold the length of nearly every series.
    const next = at + 1 < limit ? view.getUint8(at + 1) : 0x80;
    if (next >= 0x80) return this.longSize();
    this.at = at + 2;
    return (byte & 0x7f) | (next << 7);
  }

  private longSize(): number {
    const value = this.int64();
    return value >= 0 && value < TWO_32 ? value : this.fail();
  }

  /** A signed 64-bit varint, exact up to 2^53. */
  int64(): number {
    const { view } = this.bytes;
    const start = this.at;
    // Seven bytes hold 49 bits: every length, and every time in milliseconds until the year 19,800.
    const end = Math.min(this.limit, start + 7);
    let value = 0;
    let scale = 1;
    for (let at = start; at < end; at++) {
      const byte = view.getUint8(at);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.at = at + 1;
        return value;
      }
      scale *= 0x80;
    }
    return this.longInt64();
  }

  /**
   * An integer of eight to ten bytes: a very large or a negative one. Of the tenth byte one bit is
   * left, the sign; what does not fit into 64 bits is dropped, as other decoders do.
   */
  private longInt64(): number {
    const low = this.sevens(4);
    const middle = this.isLast ? 0 : this.sevens(4);
    const high = this.isLast ? 0 : this.sevens(2) & 0xff;
    if (!this.isLast) return this.fail();
    if (high < 0x80) return (high * TWO_28 + middle) * TWO_28 + low;
    // Negative: the complement is small where the number is, and so exact.
    return -(((high ^ 0xff) * TWO_28 + (middle ^ MASK_28)) * TWO_28 + (low ^ MASK_28)) - 1;
  }

  /** Up to `count` bytes of a varint, seven bits of each; at most four, which make 28 bits. */
  private sevens(count: number): number {
    let value = 0;
    this.isLast = false;
    for (let shift = 0; shift < 7 * count && !this.isLast; shift += 7) {
      if (this.at >= this.limit) return this.fail();
      const byte = this.bytes.view.getUint8(this.at++);
      value |= (byte & 0x7f) << shift;
      this.isLast = byte < 0x80;
    }
    return value;
  }

  /** A double; the bits of a NaN may change on the way, so ask `isStaleMarker` first. */
  double(): number {
    const start = this.at;
    if (start + 8 > this.limit) return this.fail();
    this.at = start + 8;
    return this.bytes.view.getFloat64(start, true);
  }

  /** Whether the double that comes next is the stale marker. */
  isStaleMarker(): boolean {
    const { view } = this.bytes;
    if (this.at + 8 > this.limit || view.getUint32(this.at, true) !== STALE_LOW) return false;
    return view.getUint32(this.at + 4, true) === STALE_HIGH;
  }

  /** Enters the delimited value that comes next. @returns the limit to give to `leave` */
  enter(): number {
    const outer = this.limit;
    const length = this.size();
    if (length > outer - this.at) this.fail();
    else this.limit = this.at + length;
    return outer;
  }

  /** Leaves a delimited value for what follows it, read to its end or not. */
  leave(outer: number): void {
    if (this.ok) this.at = this.limit;
    this.limit = outer;
    if (!this.ok) this.at = outer;
  }

  /**
   * Leaves a delimited value that may be broken inside. Where the next field begins is known all
   * the same, so this is not the end of the message.
   * @returns whether the value was whole
   */
  leaveBroken(outer: number): boolean {
    const isWhole = this.ok;
    this.ok = true;
    this.leave(outer);
    return isWhole;
  }

  /** Passes over the value of a field of no interest. */
  skip(tag: number): void {
    const wire = tag & 7;
    if (wire === VARINT) this.int64();
    else if (wire === DELIMITED) this.leave(this.enter());
    else if (wire === FIXED_64 || wire === FIXED_32) {
      this.at += wire === FIXED_64 ? 8 : 4;
      if (this.at > this.limit) this.fail();
    } else this.fail();
  }

  fail(): 0 {
    this.ok = false;
    this.at = this.limit;
    return 0;
  }
}
