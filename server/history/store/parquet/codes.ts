/** Codes of entries of a dictionary, as a page holds them. */
import { BadParquet } from './thrift.ts';

/** A code must lie within four bytes, wherever in the first it begins. */
const CODE_BITS_MAX = 24;

interface CodeSink {
  /** The same code so many times. */
  run(code: number, count: number): void;
  /** So many codes, packed, from a byte of the page on: see `codeAt`. */
  packed(at: number, bits: number, count: number): void;
}

/**
 * Codes in runs: either one code many times, or packed bit by bit in groups of eight. The first
 * byte is the width of a code in bits.
 * @throws BadParquet when the page ends too early
 */
export function readCodes(bytes: Uint8Array, count: number, sink: CodeSink): void {
  const bits = bytes[0] ?? 0;
  if (bits > CODE_BITS_MAX) throw new BadParquet(`codes of ${bits} bits`);
  const width = (bits + 7) >> 3;
  let at = 1;
  for (let left = count; left > 0; ) {
    let head = 0;
    for (let factor = 1; ; factor *= 128) {
      if (at >= bytes.length || factor > 2 ** 28) throw new BadParquet('a page with too few codes');
      const byte = bytes[at++];
      head += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    const length = head % 2 === 1 ? 8 * ((head - 1) / 2) : head / 2;
    const stored = head % 2 === 1 ? (length * bits) / 8 : width;
    const used = Math.min(length, left);
    const needed = head % 2 === 1 ? Math.ceil((used * bits) / 8) : width;
    if (length === 0 || at + needed > bytes.length) throw new BadParquet('a run cut short');
    if (head % 2 === 1) sink.packed(at, bits, used);
    else {
      let code = 0;
      for (let i = 0; i < width; i++) code |= bytes[at + i] << (8 * i);
      sink.run(code, used);
    }
    at += stored;
    left -= used;
  }
}

/** The code of `bits` bits that begins at a bit, lowest first; within four bytes up to 25 bits. */
export function codeAt(bytes: Uint8Array, bit: number, bits: number): number {
  const at = bit >>> 3;
  const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
  return (word >>> (bit & 7)) & ((1 << bits) - 1);
}
