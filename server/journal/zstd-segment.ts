/**
 * A sealed segment, compressed so that it can still be read from any offset: zstd's seekable format
 * (independent frames, then a skippable frame that lists their sizes), which every zstd tool
 * unfolds to the very bytes of the segment. Another list stands in front, with a checksum, which the
 * format has none of: that one is believed first.
 */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type StoredBytes, Unreadable } from './stored-files.ts';

/** Unfolded bytes of a frame: what a reader has to unfold for one record. */
const FRAME_BYTES = 2 ** 20;
/** Columns of steady series compress well at any level; above 3 it costs time for little. */
const LEVEL = 3;

/** From the format's description in the zstd project (contrib/seekable_format), version 0.1.0. */
const SKIPPABLE_MAGIC = 0x184d2a5e;
const SEEKABLE_MAGIC = 0x8f92eab1;
/** Skippable too, and of no meaning to other tools: the list in front. */
const FRONT_MAGIC = 0x184d2a50;
const SKIPPABLE_HEADER_BYTES = 8;
const ENTRY_BYTES = 8;
const FOOTER_BYTES = 9;

interface Frame {
  /** In the file. */
  readonly at: number;
  readonly bytes: number;
  /** In the segment. */
  readonly from: number;
  readonly to: number;
}

const tableBytes = (entries: number) =>
  SKIPPABLE_HEADER_BYTES + entries * ENTRY_BYTES + FOOTER_BYTES;

/** @returns the parts of the file in order, and how many bytes they unfold to */
export function compressToZstd(segment: StoredBytes): { parts: Uint8Array[]; bytes: number } {
  const frames: Uint8Array[] = [];
  const sizes: number[] = [];
  for (let at = 0; at < segment.size; at += FRAME_BYTES) {
    const block = new Uint8Array(Math.min(FRAME_BYTES, segment.size - at));
    if (segment.read(block, at) !== block.length) throw new Error(`cut short at ${at}`);
    frames.push(compressedBlock(block));
    sizes.push(block.length);
  }
  const headBytes = tableBytes(frames.length + 1);
  const entries = [[headBytes, 0], ...frames.map((frame, i) => [frame.length, sizes[i]])];
  const parts = [encodeTable(entries, 'front'), ...frames, encodeTable(entries, 'end')];
  return { parts, bytes: segment.size };
}

/** @throws Error when it does not unfold to the same: what it stands for is going to be deleted */
function compressedBlock(block: Uint8Array): Uint8Array {
  const frame = zstdCompressSync(block, {
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
  });
  const again = zstdDecompressSync(frame, { maxOutputLength: block.length });
  if (Buffer.compare(again, block) !== 0) throw new Error('compression gave other bytes back');
  return frame;
}

type Place = 'front' | 'end';

/** @param sizes compressed and plain bytes of each frame */
function encodeTable(sizes: readonly (readonly number[])[], place: Place): Uint8Array {
  const table = new Uint8Array(tableBytes(sizes.length));
  const view = new DataView(table.buffer);
  view.setUint32(0, place === 'front' ? FRONT_MAGIC : SKIPPABLE_MAGIC, true);
  view.setUint32(4, table.length - SKIPPABLE_HEADER_BYTES, true);
  for (const [i, [compressed, plain]] of sizes.entries()) {
    view.setUint32(SKIPPABLE_HEADER_BYTES + i * ENTRY_BYTES, compressed, true);
    view.setUint32(SKIPPABLE_HEADER_BYTES + i * ENTRY_BYTES + 4, plain, true);
  }
  view.setUint32(table.length - FOOTER_BYTES, sizes.length, true);
  view.setUint32(table.length - 4, closingOf(view, place), true);
  return table;
}

const closingOf = (table: DataView, place: Place) =>
  place === 'end' ? SEEKABLE_MAGIC : crc32(new Uint8Array(table.buffer, 0, table.byteLength - 4));

/** @throws Unreadable when neither list of frames can be used */
export function readZstdSegment(file: StoredBytes): StoredBytes {
  const frames = readTable(file, 'front') ?? readTable(file, 'end');
  if (!frames) {
    file.close();
    throw new Unreadable('its lists of frames are damaged', 0, file.size);
  }
  let block: Uint8Array = new Uint8Array(0);
  let blockFrom = -1;
  const size = frames.at(-1)?.to ?? 0;

  function unfold(at: number): Frame {
    const frame = frames!.find(each => at >= each.from && at < each.to)!;
    if (blockFrom === frame.from) return frame;
    block = readFrame(file, frame);
    blockFrom = frame.from;
    return frame;
  }

  return {
    size,
    read(into, at) {
      let count = 0;
      while (count < into.length && at + count < size) {
        try {
          const { from } = unfold(at + count);
          const piece = block.subarray(at + count - from, at + into.length - from);
          into.set(piece, count);
          count += piece.length;
        } catch (error) {
          if (count > 0) break;
          throw error;
        }
      }
      return count;
    },
    close: () => file.close(),
  };
}

function readFrame(file: StoredBytes, { at, bytes, from, to }: Frame): Uint8Array {
  try {
    const packed = new Uint8Array(bytes);
    if (file.read(packed, at) !== bytes) throw new Error('cut short');
    const block = zstdDecompressSync(packed, { maxOutputLength: to - from });
    if (block.length !== to - from) throw new Error(`${block.length} bytes, not ${to - from}`);
    return block;
  } catch (error) {
    throw new Unreadable(`compressed frame: ${(error as Error).message}`, from, to);
  }
}

function readTable(file: StoredBytes, place: Place): Frame[] | undefined {
  try {
    const bytes = tableAt(file, place);
    return bytes && framesOf(bytes, file.size, place);
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

function tableAt(file: StoredBytes, place: Place): DataView | undefined {
  const isFront = place === 'front';
  const probe = new DataView(new ArrayBuffer(isFront ? SKIPPABLE_HEADER_BYTES : FOOTER_BYTES));
  const probeAt = isFront ? 0 : file.size - FOOTER_BYTES;
  if (probeAt < 0 || readInto(file, probe, probeAt) < probe.byteLength) return undefined;
  const length = isFront
    ? probe.getUint32(4, true) + SKIPPABLE_HEADER_BYTES
    : tableBytes(probe.getUint32(0, true));
  if (length > file.size) return undefined;
  const table = new DataView(new ArrayBuffer(length));
  const isWhole = readInto(file, table, isFront ? 0 : file.size - length) === length;
  return isWhole ? table : undefined;
}

const readInto = (file: StoredBytes, view: DataView, at: number) =>
  file.read(new Uint8Array(view.buffer), at);

/** The frames with something in them; undefined unless all adds up to the file. */
function framesOf(table: DataView, fileBytes: number, place: Place): Frame[] | undefined {
  const count = (table.byteLength - SKIPPABLE_HEADER_BYTES - FOOTER_BYTES) / ENTRY_BYTES;
  if (!Number.isInteger(count) || count < 1) return undefined;
  if (table.getUint32(table.byteLength - FOOTER_BYTES, true) !== count) return undefined;
  if (table.getUint32(table.byteLength - 4, true) !== closingOf(table, place)) return undefined;
  const frames: Frame[] = [];
  let at = 0;
  let from = 0;
  for (let i = 0; i < count; i++) {
    const bytes = table.getUint32(SKIPPABLE_HEADER_BYTES + i * ENTRY_BYTES, true);
    const plain = table.getUint32(SKIPPABLE_HEADER_BYTES + i * ENTRY_BYTES + 4, true);
    const isLast = i === count - 1;
    if (plain > FRAME_BYTES || (i > 0 && !isLast && plain !== FRAME_BYTES)) return undefined;
    if (plain > 0) frames.push({ at, bytes, from, to: from + plain });
    at += bytes;
    from += plain;
  }
  return at + table.byteLength === fileBytes ? frames : undefined;
}
