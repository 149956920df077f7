/**
 * The binary frame: a snapshot or a delta of chosen columns, for the live page and the frame
 * stream. Little endian; arrays are 4-byte aligned from the start of the frame.
 */

const MAGIC = 0x4652524f;
const VERSION = 1;
const FLAG_SNAPSHOT = 1;
const HEADER_BYTES = 28;
const SECTION_HEADER_BYTES = 8;
const ROW_BYTES = 4 + 4 + 4 + 1;

export interface FrameSection {
  /** Index into `SIGNALS`. */
  readonly signal: number;
  /** Index into `KINDS`. */
  readonly kind: number;
  /** Dense entity indices of the frame's generation. */
  readonly entities: Uint32Array;
  /** NaN where the value is missing. */
  readonly values: Float32Array;
  readonly agesS: Float32Array;
  /** Quality codes, see `quality.ts`. */
  readonly qualities: Uint8Array;
}

export interface Frame {
  /** True: replaces what the reader holds; false: changes since the frame before. */
  readonly snapshot: boolean;
  readonly generation: number;
  readonly seq: number;
  readonly atMs: number;
  readonly sections: readonly FrameSection[];
}

const padded = (bytes: number) => (bytes + 3) & ~3;
const sectionBytes = (count: number) => SECTION_HEADER_BYTES + padded(count * ROW_BYTES);

export function encodeFrame(frame: Frame): Uint8Array {
  const bodies = frame.sections.reduce((sum, s) => sum + sectionBytes(s.entities.length), 0);
  const bytes = new Uint8Array(HEADER_BYTES + bodies);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, VERSION, true);
  view.setUint16(6, frame.snapshot ? FLAG_SNAPSHOT : 0, true);
  view.setUint32(8, frame.generation, true);
  view.setUint32(12, frame.seq, true);
  view.setFloat64(16, frame.atMs, true);
  view.setUint32(24, frame.sections.length, true);
  let at = HEADER_BYTES;
  for (const section of frame.sections) at = writeSection(view, bytes, at, section);
  return bytes;
}

function writeSection(view: DataView, bytes: Uint8Array, start: number, s: FrameSection): number {
  const count = s.entities.length;
  view.setUint16(start, s.signal, true);
  view.setUint16(start + 2, s.kind, true);
  view.setUint32(start + 4, count, true);
  let at = start + SECTION_HEADER_BYTES;
  new Uint32Array(bytes.buffer, at, count).set(s.entities);
  at += 4 * count;
  new Float32Array(bytes.buffer, at, count).set(s.values);
  at += 4 * count;
  new Float32Array(bytes.buffer, at, count).set(s.agesS);
  at += 4 * count;
  bytes.set(s.qualities, at);
  return start + sectionBytes(count);
}

/** @throws RangeError when the bytes are not a whole frame of a known version. */
export function decodeFrame(input: Uint8Array): Frame {
  // Typed-array views need alignment, which a slice of a network buffer does not promise.
  const bytes = input.byteOffset % 4 === 0 ? input : input.slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) {
    throw new RangeError('not an Orrery frame: the first four bytes are not ORRF');
  }
  const version = view.getUint16(4, true);
  if (version !== VERSION) throw new RangeError(`frame version ${version} is not ${VERSION}`);
  const sections: FrameSection[] = [];
  let at = HEADER_BYTES;
  for (let left = view.getUint32(24, true); left > 0; left--) {
    const section = readSection(view, bytes, at);
    sections.push(section);
    at += sectionBytes(section.entities.length);
  }
  return {
    snapshot: (view.getUint16(6, true) & FLAG_SNAPSHOT) !== 0,
    generation: view.getUint32(8, true),
    seq: view.getUint32(12, true),
    atMs: view.getFloat64(16, true),
    sections,
  };
}

function readSection(view: DataView, bytes: Uint8Array, start: number): FrameSection {
  const isWhole = start + SECTION_HEADER_BYTES <= bytes.byteLength;
  const count = isWhole ? view.getUint32(start + 4, true) : 0;
  if (!isWhole || start + sectionBytes(count) > bytes.byteLength) {
    throw new RangeError('frame is cut off inside a section');
  }
  const at = bytes.byteOffset + start + SECTION_HEADER_BYTES;
  return {
    signal: view.getUint16(start, true),
    kind: view.getUint16(start + 2, true),
    entities: new Uint32Array(bytes.buffer, at, count),
    values: new Float32Array(bytes.buffer, at + 4 * count, count),
    agesS: new Float32Array(bytes.buffer, at + 8 * count, count),
    qualities: new Uint8Array(bytes.buffer, at + 12 * count, count),
  };
}
