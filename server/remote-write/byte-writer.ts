/** Bytes of a protobuf message, written one after the other into memory that is used again. */

/** Bits of the NaN by which remote write says that a series has ended: 0x7ff0000000000002. */
export const STALE_MARKER = Buffer.from([0x02, 0, 0, 0, 0, 0, 0xf0, 0x7f]);

const VARINT_BYTES_MAX = 8;

export class ByteWriter {
  #bytes: Buffer;
  #view: DataView;
  length = 0;

  constructor(capacity = 1024) {
    this.#bytes = Buffer.allocUnsafe(capacity);
    this.#view = viewOf(this.#bytes);
  }

  /** What was written; valid until more is. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** Forgets what was written and keeps the memory. */
  clear() {
    this.length = 0;
  }

  /** Makes room for this many bytes: the other methods do not look. */
  reserve(bytes: number) {
    if (this.length + bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(2 * (this.length + bytes));
    this.#bytes.copy(grown, 0, 0, this.length);
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }

  byte(value: number) {
    this.#bytes[this.length++] = value;
  }

  /** @param value a whole number from 0 to 2^53 - 1 */
  varint(value: number) {
    let left = value;
    // Bit operations reach to 2^31 only.
    for (; left >= 0x8000_0000; left = Math.floor(left / 128)) this.byte((left % 128) | 0x80);
    for (; left >= 0x80; left >>>= 7) this.byte((left & 0x7f) | 0x80);
    this.byte(left);
  }

  double(value: number) {
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  bytes(bytes: Uint8Array) {
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** A field of text: tag, length, content. Makes its own room. */
  text(field: number, text: string) {
    const bytes = Buffer.byteLength(text);
    this.reserve(2 * VARINT_BYTES_MAX + bytes);
    this.varint((field << 3) | 2);
    this.varint(bytes);
    this.length += this.#bytes.write(text, this.length);
  }
}

const viewOf = (bytes: Buffer) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** How many bytes `text` writes for a field below 16. */
export function textBytes(text: string): number {
  const bytes = Buffer.byteLength(text);
  return 1 + varintBytes(bytes) + bytes;
}

/** How many bytes `varint` writes. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let left = value; left >= 0x80; left = Math.floor(left / 128)) bytes++;
  return bytes;
}
