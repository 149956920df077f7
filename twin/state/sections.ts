/**
 * A document and columns of numbers as bytes, and back.
 *
 * Layout, little endian: u32 magic, u32 version, u32 length of the head, u32 FNV-1a hash of all that
 * follows, head (JSON in ASCII), padding to 8 bytes, then the columns, each padded to 8 bytes.
 */
import { BYTES_A_PART, copyInto, copyOf, type Parts } from '../parts.ts';
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

export interface Sections<Head> {
  readonly head: Head;
  readonly columns: readonly Column[];
}

interface Format {
  /** Four ASCII letters as a number. */
  readonly magic: number;
  readonly version: number;
}

/** Columns must stay as they are until the last part is done. */
export function* encodeSections<Head>(
  format: Format,
  { head, columns }: Sections<Head>,
): Parts<Uint8Array<ArrayBuffer>> {
  const shapes = columns.map(
    (column): Shape => ({ type: column.constructor.name, length: column.length }),
  );
  const text = asciiJson({ head, shapes });
  yield;
  const columnsAt = aligned(PREFIX_BYTES + text.length);
  const size = columns.reduce((sum, { byteLength }) => sum + aligned(byteLength), columnsAt);
  const bytes = new Uint8Array(size);
  bytes.set(text, PREFIX_BYTES);
  let at = columnsAt;
  for (const { buffer, byteOffset, byteLength } of columns) {
    yield* copyInto(bytes, at, new Uint8Array(buffer, byteOffset, byteLength));
    at += aligned(byteLength);
  }
  const view = new DataView(bytes.buffer);
  view.setUint32(0, format.magic, true);
  view.setUint32(4, format.version, true);
  view.setUint32(8, text.length, true);
  view.setUint32(12, yield* hashOf(bytes.subarray(PREFIX_BYTES)), true);
  return bytes;
}

/** What bytes of this kind say of their version; undefined where they are of another kind. */
export function versionOf({ magic }: Format, bytes: Uint8Array): number | undefined {
  if (bytes.byteLength < PREFIX_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(0, true) === magic ? view.getUint32(4, true) : undefined;
}

/** @throws RangeError saying what is wrong: another format or version, cut off or damaged */
export function* decodeSections<Head>(format: Format, bytes: Uint8Array): Parts<Sections<Head>> {
  const version = versionOf(format, bytes);
  if (version === undefined) throw new RangeError('it is of another kind');
  if (version !== format.version) throw new RangeError(`version ${version} is not known here`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if ((yield* hashOf(bytes.subarray(PREFIX_BYTES))) !== view.getUint32(12, true)) {
    throw new RangeError('it is damaged or cut off');
  }
  const length = view.getUint32(8, true);
  const text = parseAsciiJson(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length));
  const { head, shapes } = text as { head: Head; shapes: readonly Shape[] };
  const columns: Column[] = [];
  let at = aligned(PREFIX_BYTES + length);
  for (const { type, length: count } of shapes) {
    const Type = TYPES[type as keyof typeof TYPES];
    const size = count * Type.BYTES_PER_ELEMENT;
    // A copy: the columns need alignment, which the bytes may not have.
    columns.push(new Type((yield* copyOf(bytes.subarray(at, at + size))).buffer));
    at += aligned(size);
  }
  return { head, columns };
}

/** FNV-1a over 32-bit words, and what is left over as bytes. */
function* hashOf(bytes: Uint8Array): Parts<number> {
  let hash = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at += BYTES_A_PART) {
    hash = hashOn(hash, bytes.subarray(at, at + BYTES_A_PART));
    yield;
  }
  return hash >>> 0;
}

/** @param bytes of a length that four divides, but for the last ones */
function hashOn(before: number, bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = bytes.byteLength >>> 2;
  let hash = before;
  for (let i = 0; i < words; i++) {
    hash = Math.imul(hash ^ view.getUint32(4 * i, true), 0x01000193);
    // The multiplication moves bits up only.
    hash ^= hash >>> 15;
  }
  for (let i = 4 * words; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash;
}
