/**
 * A document and columns of numbers as bytes, and back.
 *
 * Layout, little endian: u32 magic, u32 version, u32 length of the head, u32 FNV-1a hash of all that
 * follows, head (JSON in ASCII), padding to 8 bytes, then the columns, each padded to 8 bytes.
 */
import { aligned, asciiJson, parseAsciiJson } from './ascii.ts';

export type Column =
  | Float64Array
  | Float32Array
  | Uint32Array
  | Int32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

interface Shape {
  readonly type: string;
  readonly length: number;
}

const TYPES = {
  ...{ Float64Array, Float32Array, Uint32Array, Int32Array },
  ...{ Int16Array, Uint16Array, Int8Array, Uint8Array },
};
const PREFIX_BYTES = 16;

interface Sections<Head> {
  readonly head: Head;
  readonly columns: readonly Column[];
}

interface Format {
  /** Four ASCII letters as a number. */
  readonly magic: number;
  readonly version: number;
}

export function encodeSections<Head>(format: Format, { head, columns }: Sections<Head>) {
  const shapes = columns.map(
    (column): Shape => ({ type: column.constructor.name, length: column.length }),
  );
  const text = asciiJson({ head, shapes });
  const columnsAt = aligned(PREFIX_BYTES + text.length);
  const size = columns.reduce((sum, { byteLength }) => sum + aligned(byteLength), columnsAt);
  const bytes = new Uint8Array(size);
  bytes.set(text, PREFIX_BYTES);
  let at = columnsAt;
  for (const { buffer, byteOffset, byteLength } of columns) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += aligned(byteLength);
  }
  const view = new DataView(bytes.buffer);
  view.setUint32(0, format.magic, true);
  view.setUint32(4, format.version, true);
  view.setUint32(8, text.length, true);
  view.setUint32(12, hashOf(bytes.subarray(PREFIX_BYTES)), true);
  return bytes;
}

/** @throws RangeError saying what is wrong: another format or version, cut off or damaged */
export function decodeSections<Head>(format: Format, bytes: Uint8Array): Sections<Head> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < PREFIX_BYTES || view.getUint32(0, true) !== format.magic) {
    throw new RangeError('it is of another kind');
  }
  const version = view.getUint32(4, true);
  if (version !== format.version) throw new RangeError(`version ${version} is not known here`);
  if (hashOf(bytes.subarray(PREFIX_BYTES)) !== view.getUint32(12, true)) {
    throw new RangeError('it is damaged or cut off');
  }
  const length = view.getUint32(8, true);
  const text = parseAsciiJson(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length));
  const { head, shapes } = text as { head: Head; shapes: readonly Shape[] };
  let at = aligned(PREFIX_BYTES + length);
  const columns = shapes.map(({ type, length: count }) => {
    const Type = TYPES[type as keyof typeof TYPES];
    const size = count * Type.BYTES_PER_ELEMENT;
    // A copy: the columns need alignment, which the bytes may not have.
    const column = new Type(new Uint8Array(bytes.subarray(at, at + size)).buffer);
    at += aligned(size);
    return column as Column;
  });
  return { head, columns };
}

/** FNV-1a over 32-bit words, and what is left over as bytes. */
function hashOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = bytes.byteLength >>> 2;
  let hash = 0x811c9dc5;
  for (let i = 0; i < words; i++) {
    hash = Math.imul(hash ^ view.getUint32(4 * i, true), 0x01000193);
    // The multiplication moves bits up only.
    hash ^= hash >>> 15;
  }
  for (let i = 4 * words; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash >>> 0;
}
