/**
 * Snappy block format, decoding only. Every length is checked before it is used, and the size that
 * a block claims is checked before memory is taken for it.
 * Source: google/snappy `format_description.txt`.
 */
import { type Bytes, bytesOf } from './bytes.ts';

/** Elements, by the low two bits of the tag. */
const LITERAL = 0;
const COPY_1 = 1;
const COPY_2 = 2;
/** Bytes of the offset after the tag of a copy, by kind. */
const OFFSET_BYTES = [0, 1, 2, 4];
/** A literal's tag holds its length - 1; above this value, how many bytes hold it. */
const LONG_LITERAL = 59;
/**
 * No element yields more than 64 bytes from 3 (a copy with a two-byte offset), so a block cannot
 * honestly claim more than this times its own length.
 */
const MAX_RATIO = 64 / 3;
/** Room beyond the block for copies that write more than they have to. */
const SLACK_BYTES = 64;
/** Below this a loop beats the call of a native copy (measured, Node 24). */
const SHORT_BYTES = 48;

/** A decoded block; the bytes are reused by the next one decoded into it. */
interface SnappyOutput {
  bytes: Bytes;
  /** How many of the bytes are the block's. */
  length: number;
}

export const newSnappyOutput = (): SnappyOutput => ({ bytes: bytesOf(Buffer.alloc(0)), length: 0 });

/**
 * @returns undefined when `output` holds the block; `tooLarge` when it claims more than `maxBytes`,
 *   `corrupt` when it is not a whole block (the output is then meaningless)
 */
export function decodeSnappy(
  source: Uint8Array,
  output: SnappyOutput,
  maxBytes: number,
): 'tooLarge' | 'corrupt' | undefined {
  output.length = 0;
  let claimed = 0;
  let at = 0;
  for (let shift = 0; ; shift += 7) {
    if (at >= source.length || shift > 28) return 'corrupt';
    const byte = source[at++];
    claimed += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (claimed > maxBytes) return 'tooLarge';
  if (claimed > (source.length - at) * MAX_RATIO) return 'corrupt';
  if (claimed + SLACK_BYTES > output.bytes.length) {
    const size = 2 ** Math.ceil(Math.log2(claimed + 4096));
    output.bytes = bytesOf(Buffer.allocUnsafeSlow(size));
  }
  if (!elements(bytesOf(source), at, output.bytes, claimed)) return 'corrupt';
  output.length = claimed;
  return undefined;
}

/**
 * Decodes the elements from `at` on. @returns whether they made exactly `size` bytes.
 *
 * For performance the copy with an offset of two bytes is first: in a request, where labels repeat
 * from series to series, nearly all elements are.
 */
function elements(source: Bytes, at: number, out: Bytes, size: number): boolean {
  const { view, length: sourceEnd } = source;
  let to = 0;
  while (at < sourceEnd) {
    const tag = view.getUint8(at++);
    const kind = tag & 3;
    if (kind === COPY_2 && at + 2 <= sourceEnd) {
      const offset = view.getUint16(at, true);
      const length = (tag >>> 2) + 1;
      if (offset === 0 || offset > to || length > size - to) return false;
      repeat(out.view, to, offset, length);
      at += 2;
      to += length;
      continue;
    }
    const extraBytes =
      kind === LITERAL ? Math.max(0, (tag >>> 2) - LONG_LITERAL) : OFFSET_BYTES[kind];
    if (extraBytes > sourceEnd - at) return false;
    const extra = littleEndian(view, at, extraBytes);
    at += extraBytes;
    if (kind === LITERAL) {
      const length = (extraBytes === 0 ? tag >>> 2 : extra) + 1;
      if (length > sourceEnd - at || length > size - to) return false;
      if (length >= SHORT_BYTES) source.buffer.copy(out.buffer, to, at, at + length);
      else for (let i = 0; i < length; i++) out.view.setUint8(to + i, view.getUint8(at + i));
      at += length;
      to += length;
    } else {
      const offset = kind === COPY_1 ? extra + ((tag >>> 5) << 8) : extra;
      const length = kind === COPY_1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
      if (offset === 0 || offset > to || length > size - to) return false;
      repeat(out.view, to, offset, length);
      to += length;
    }
  }
  return to === size;
}

/**
 * Copies `length` bytes, at most 64, from `offset` before `to`; they may overlap, and then repeat.
 *
 * For performance 16, 32 or 64 bytes, the rest of which the next element overwrites (the buffer has
 * room for them): a loop over the length ends where a processor does not expect it. It is
 * `for (...) out[to] = out[to - offset]`, in a sixth of the time.
 */
function repeat(out: DataView, to: number, offset: number, length: number): void {
  const from = to - offset;
  if (offset < 8) {
    for (let i = 0; i < length; i++) out.setUint8(to + i, out.getUint8(from + i));
    return;
  }
  out.setBigInt64(to, out.getBigInt64(from, true), true);
  out.setBigInt64(to + 8, out.getBigInt64(from + 8, true), true);
  if (length <= 16) return;
  out.setBigInt64(to + 16, out.getBigInt64(from + 16, true), true);
  out.setBigInt64(to + 24, out.getBigInt64(from + 24, true), true);
  if (length <= 32) return;
  out.setBigInt64(to + 32, out.getBigInt64(from + 32, true), true);
  out.setBigInt64(to + 40, out.getBigInt64(from + 40, true), true);
  out.setBigInt64(to + 48, out.getBigInt64(from + 48, true), true);
  out.setBigInt64(to + 56, out.getBigInt64(from + 56, true), true);
}

/** An unsigned integer of 0 to 4 bytes. */
function littleEndian(view: DataView, at: number, bytes: number): number {
  let value = 0;
  for (let i = bytes - 1; i >= 0; i--) value = value * 0x100 + view.getUint8(at + i);
  return value;
}
