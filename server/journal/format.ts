/**
 * The journal's file format, version 1: `docs/journal.md` has it as a table. All numbers are
 * little-endian, and every record begins at a multiple of 8, so that columns can be read in place.
 */
import { crc32 } from 'node:zlib';
import type { RowKind } from './contract.ts';

const FORMAT_VERSION = 1;
/** The first 8 bytes of every segment, in every version; a u32 with the version follows. */
export const MAGIC = new TextEncoder().encode('ORRYWAL\n');
/** Magic and version: what can be read before the version is known. */
export const PREFIX_BYTES = 12;
export const SEGMENT_HEADER_BYTES = 40;
export const RECORD_HEADER_BYTES = 32;
/** Longest body; a note or a layout above it is refused, a length above it is no record. */
export const BODY_BYTES_MAX = 16 * 2 ** 20;
/** In front of the columns of a rows record: row count, 0, base time. */
export const ROWS_HEADER_BYTES = 16;
/** Value (f64), step from the cell before (i32), ms from the base time (i32). */
export const ROW_BYTES = 16;
/** Rows of one record at most: 128 KiB of columns. */
export const RECORD_ROWS_MAX = 8192;
/** In front of the cells of a stale record: cell count, 0. */
export const STALE_HEADER_BYTES = 8;

export const TYPE = { layout: 1, written: 2, late: 3, derived: 4, stale: 5, note: 6 } as const;
export type RecordType = (typeof TYPE)[keyof typeof TYPE];

export const ROW_KIND: Readonly<Record<number, RowKind>> = {
  [TYPE.written]: 'written',
  [TYPE.late]: 'late',
  [TYPE.derived]: 'derived',
};

/** Byte offsets within a record's header. */
export const AT = { mark: 0, crc: 4, length: 8, type: 12, clock: 16, layoutAt: 24, layoutKey: 28 };

export const aligned = (bytes: number) => (bytes + 7) & ~7;
export const recordBytes = (bodyBytes: number) => RECORD_HEADER_BYTES + aligned(bodyBytes);

export interface SegmentHeader {
  readonly number: number;
  /** The service's clock when the segment was begun. */
  readonly clockMs: number;
  /** Where the segment before this ended; what is behind that place was never confirmed. */
  readonly previousEnd: number;
  /** Begins every record, and seeds its checksum. Random, so that no sender can forge a record. */
  readonly salt: number;
}

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, header.number, true);
  view.setFloat64(16, header.clockMs, true);
  view.setFloat64(24, header.previousEnd, true);
  view.setUint32(32, header.salt, true);
  view.setUint32(36, crc32(bytes.subarray(0, 36)), true);
  return bytes;
}

/** @returns undefined when it is cut short or its checksum is wrong */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, SEGMENT_HEADER_BYTES);
  if (view.getUint32(36, true) !== crc32(bytes.subarray(0, 36))) return undefined;
  return {
    number: view.getUint32(12, true),
    clockMs: view.getFloat64(16, true),
    previousEnd: view.getFloat64(24, true),
    salt: view.getUint32(32, true),
  };
}

/**
 * Checksum of a record: of all that follows the field itself, padding too. The seed names the
 * place, so that a copy of a record anywhere else (in a value, in a recycled block) is none.
 */
export function recordCrc(record: Uint8Array, salt: number, segment: number, at: number): number {
  const seed = (salt ^ Math.imul(segment, 0x9e3779b1) ^ at) >>> 0;
  return crc32(record.subarray(AT.length), seed);
}
