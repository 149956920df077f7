/** Reads a journal from disk: all that is good in it, in order, and what is not, by place. */
import { join } from 'node:path';
import type { Damage, Layout, LogPosition, LogVisitor, ReadReport } from './contract.ts';
import { readSegmentV1 } from './decode-v1.ts';
import type { Decoder, LogReading, SegmentReading } from './decoding.ts';
import {
  decodeSegmentHeader,
  MAGIC,
  PREFIX_BYTES,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from './format.ts';
import { BEGINNING } from './position.ts';
import {
  JOURNAL_DIR,
  listSegments,
  openSegment,
  type StoredSegment,
  segmentName,
} from './segments.ts';
import { type StoredBytes, type StoredFiles, storedFiles, Unreadable } from './stored-files.ts';
import { createWindow } from './window.ts';

/** A version stays readable once the next one has come: it keeps its row. */
const DECODERS: Readonly<Record<number, Decoder>> = {
  1: { headerBytes: SEGMENT_HEADER_BYTES, header: decodeSegmentHeader, read: readSegmentV1 },
};

export interface ReadOptions {
  /** Records that begin here or behind; the layout in force there is told first. */
  readonly from?: LogPosition;
  /** Only records that begin in front of this. */
  readonly to?: LogPosition;
  readonly files?: StoredFiles;
}

interface Opened extends StoredSegment {
  /** Undefined when it could not be opened, and `why` then. */
  readonly stored?: StoredBytes;
  readonly header?: SegmentHeader;
  readonly decoder?: Decoder;
  readonly why: string;
}

/** Thrown by a visitor that has had enough: reading ends in front of the record that it is told of. */
export class StopReading extends Error {}

/** @returns whether the visitor had enough before `read` was through */
export function isStopped(read: () => void): boolean {
  try {
    read();
    return false;
  } catch (error) {
    if (error instanceof StopReading) return true;
    throw error;
  }
}

/**
 * Synchronous; memory is a window of 1 MiB, or of the longest record. Damage is reported, never
 * thrown; what the visitor throws passes through, but for `StopReading`.
 * @param dir the data directory, the one with `journal/` in it
 */
export function readLog(dir: string, options: ReadOptions, visitor: LogVisitor): ReadReport {
  const log = emptyReading(options.from ?? BEGINNING);
  const hasEnough = isStopped(() => readSegments(log, join(dir, JOURNAL_DIR), options, visitor));
  // Whoever goes on from the end meets the others again.
  if (hasEnough) log.damages.length = log.damagesToEnd;
  const { end, records, rows, tornBytes, damages } = log;
  return { end, records, rows, tornBytes, damages, isStopped: hasEnough };
}

function readSegments(
  log: LogReading,
  folder: string,
  { from = BEGINNING, to, files = storedFiles }: ReadOptions,
  visitor: LogVisitor,
): void {
  const segments = listSegments(folder, files);
  const layoutNear = layoutFinder(folder, segments, files);
  const wanted = segments.filter(
    ({ number }) => number >= from.segment && number <= (to?.segment ?? number) + 1,
  );
  let before: Opened | undefined;
  let opened = wanted.length > 0 ? open(folder, wanted[0], files) : undefined;
  for (let i = 0; opened; i++) {
    const next: Opened | undefined = wanted[i + 1] && open(folder, wanted[i + 1], files);
    try {
      if (opened.number > (to?.segment ?? opened.number)) break;
      reportGap(log, from, before, opened);
      readSegment(log, visitor, { opened, before, next, from, to, layoutNear });
    } catch (error) {
      next?.stored?.close();
      throw error;
    } finally {
      opened.stored?.close();
    }
    before = opened;
    opened = next;
  }
}

const emptyReading = (end: LogPosition): LogReading => ({
  layout: { text: '', key: 0 },
  end,
  records: 0,
  rows: 0,
  tornBytes: 0,
  damages: [],
  damagesToEnd: 0,
});

function open(folder: string, segment: StoredSegment, files: StoredFiles): Opened {
  let stored: StoredBytes | undefined;
  try {
    stored = openSegment(folder, segment, files);
    const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
    const count = stored.read(bytes, 0);
    const hasMagic = count >= PREFIX_BYTES && MAGIC.every((byte, i) => bytes[i] === byte);
    if (!hasMagic) return { ...segment, stored, why: 'no header' };
    const version = new DataView(bytes.buffer).getUint32(MAGIC.length, true);
    const decoder = DECODERS[version];
    if (!decoder) return { ...segment, stored, why: unknownVersion(version) };
    const header = decoder.header(bytes.subarray(0, count));
    if (header?.number === segment.number) return { ...segment, stored, header, decoder, why: '' };
    const why = header ? `it is segment ${header.number} by its header` : 'header: checksum';
    return { ...segment, stored, why };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!(error instanceof Unreadable) && code !== 'ENOENT' && code !== 'EIO') throw error;
    return { ...segment, stored, why: message };
  }
}

/** Undefined where there is no good one. */
export function peekHeader(folder: string, segment: StoredSegment): SegmentHeader | undefined {
  const { header, stored } = open(folder, segment, storedFiles);
  stored?.close();
  return header;
}

const unknownVersion = (version: number) =>
  `format version ${version} is unknown here (known: ${Object.keys(DECODERS).join(', ')}); ` +
  'a newer Orrery wrote it';

/** Segments that ought to lie between two that are there, or in front of the first one asked for. */
function reportGap(log: LogReading, from: LogPosition, before: Opened | undefined, to: Opened) {
  const first = before ? before.number + 1 : from.segment;
  if (first === 0 || first >= to.number) return;
  const isBehindAll = !before && first === to.number - 1 && wasRead(to.header, from);
  if (isBehindAll) return;
  const why =
    to.number - first === 1
      ? 'missing'
      : `missing, and all up to ${segmentName(to.number - 1)}: ${to.number - first} segments`;
  log.damages.push({ file: segmentName(first), fromOffset: 0, toOffset: 0, why });
}

const wasRead = (next: SegmentHeader | undefined, from: LogPosition) =>
  next !== undefined && next.previousEnd <= from.offset;

interface Neighbours {
  readonly opened: Opened;
  readonly before: Opened | undefined;
  readonly next: Opened | undefined;
  readonly from: LogPosition;
  readonly to: LogPosition | undefined;
  readonly layoutNear: (number: number, key: number) => ReturnType<SegmentReading['layoutNear']>;
}

function readSegment(log: LogReading, visitor: LogVisitor, around: Neighbours): void {
  const { opened, before, next } = around;
  const { stored, header, decoder, name, why } = opened;
  if (!stored) {
    report(log, { file: name, fromOffset: 0, toOffset: opened.bytes, why });
    return;
  }
  if (header && decoder) {
    readWith(log, visitor, around, { header, decoder });
    return;
  }
  // A header is written and synced before anything else: with nothing behind it, it was the last.
  if (!next && stored.size <= SEGMENT_HEADER_BYTES) {
    log.tornBytes += stored.size;
    return;
  }
  // Segments of one run of the service share their salt: with that of a neighbour, checksums
  // tell whether the records can be believed.
  for (const { header, decoder } of [next, before].filter(each => each !== undefined)) {
    if (!header || !decoder) continue;
    const damages = log.damages.length;
    report(log, { file: name, fromOffset: 0, toOffset: decoder.headerBytes, why });
    if (readWith(log, visitor, around, { header, decoder }) > 0) return;
    log.damages.length = damages;
  }
  report(log, { file: name, fromOffset: 0, toOffset: stored.size, why });
}

/** @returns how many records were good */
function readWith(
  log: LogReading,
  visitor: LogVisitor,
  { opened, next, from, to, layoutNear }: Neighbours,
  { header, decoder }: { header: SegmentHeader; decoder: Decoder },
): number {
  const { number, name, stored } = opened;
  const { size } = stored!;
  // What is behind the end that the next segment names was never confirmed, and is in that one.
  const isNextKnown = next?.header !== undefined && next.number === number + 1;
  const end = isNextKnown ? next.header!.previousEnd : size;
  const limit = Math.min(size, end);
  const recordsBefore = log.records;
  const reading: SegmentReading = {
    log,
    visitor,
    number,
    salt: header.salt,
    window: createWindow(stored!),
    from: number === from.segment ? from.offset : 0,
    to: to?.segment === number ? Math.min(to.offset, limit) : limit,
    limit,
    problem: '',
    isUnreadable: false,
    layoutNear: key => layoutNear(number, key),
    damaged: (fromOffset, toOffset, why) => report(log, { file: name, fromOffset, toOffset, why }),
    passed(offset, clockMs) {
      log.records++;
      log.end = { segment: number, offset };
      log.damagesToEnd = log.damages.length;
      visitor.passed?.(log.end, clockMs);
    },
    ended(offset, why) {
      if (!next && !this.isUnreadable) log.tornBytes += limit - offset;
      else report(log, { file: name, fromOffset: offset, toOffset: limit, why });
    },
  };
  decoder.read(reading);
  if (size < end && reading.to === limit) {
    report(log, { file: name, fromOffset: size, toOffset: end, why: 'cut short' });
  }
  return log.records - recordsBefore;
}

/** Looks up what the segments around one begin with, when a layout cannot be read in it. */
function layoutFinder(folder: string, segments: readonly StoredSegment[], files: StoredFiles) {
  const first = new Map<number, { key: number; text: string; layout: Layout | undefined }>();

  function firstLayout(segment: StoredSegment) {
    const log = emptyReading(BEGINNING);
    let layout: Layout | undefined;
    const visitor: LogVisitor = {
      ...IGNORES,
      layout(told) {
        layout = told;
      },
    };
    const opened = open(folder, segment, files);
    const { header, decoder, number, stored } = opened;
    try {
      if (header && decoder) {
        const to = { segment: number, offset: decoder.headerBytes + 1 };
        const around = { opened, before: undefined, next: undefined, from: log.end, to };
        readWith(log, visitor, { ...around, layoutNear: () => undefined }, { header, decoder });
      }
    } finally {
      stored?.close();
    }
    return { ...log.layout, layout };
  }

  return (number: number, key: number) => {
    for (const segment of segments) {
      if (Math.abs(segment.number - number) !== 1) continue;
      const found = first.get(segment.number) ?? firstLayout(segment);
      first.set(segment.number, found);
      const { layout, text } = found;
      if (layout && found.key === key) return { text, layout };
    }
    return undefined;
  };
}

/** For visitors of one kind of record. */
export const IGNORES: LogVisitor = { layout() {}, rows() {}, stale() {}, note() {} };

/** Adds to the damage before it where it goes on from there. */
function report({ damages }: LogReading, damage: Damage): void {
  const { file, fromOffset, toOffset, why } = damage;
  const last = damages.at(-1);
  if (last?.file === file && last.toOffset === fromOffset && last.why === why) {
    damages[damages.length - 1] = { ...last, toOffset };
  } else damages.push(damage);
}
