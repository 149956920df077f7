/**
 * Writes commits to segments. After any failure nothing is believed about the file that it happened
 * on: the segment is cut back to its last confirmed end and left, and the next attempt writes
 * everything again into a new one, whose header names that end.
 */
import { join } from 'node:path';
import type { LogPosition } from './contract.ts';
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, TYPE } from './format.ts';
import type { LogFile, LogFiles } from './log-files.ts';
import { type Chunk, layoutChunk, placeRecords } from './pending.ts';
import { segmentName } from './segments.ts';

interface SegmentWriterOptions {
  readonly folder: string;
  readonly files: LogFiles;
  readonly salt: number;
  readonly segmentBytes: number;
  /** Of the service's clock. */
  readonly segmentMs: number;
  /** Where the journal ended so far; segment 0 when it is new. */
  readonly end: LogPosition;
}

export interface SegmentWriter {
  /** Behind what was confirmed last. */
  readonly end: LogPosition;
  /** Segments begun. */
  readonly begun: number;
  /** Resolves once all is on disk. @throws error of the system; nothing counts as written then */
  commit(chunks: readonly Chunk[], clockMs: number): Promise<void>;
  close(): Promise<void>;
}

interface Segment {
  readonly number: number;
  readonly file: LogFile;
  readonly begunMs: number;
  /** Where the next record goes: behind the last that is confirmed. */
  offset: number;
  layoutAt: number;
}

export function createSegmentWriter(options: SegmentWriterOptions): SegmentWriter {
  const { folder, files, salt, segmentBytes, segmentMs } = options;
  let { end } = options;
  let begun = 0;
  let current: Segment | undefined;
  /** Number of a segment that may be there without anything confirmed in it. */
  let leftover = 0;

  async function commit(chunks: readonly Chunk[], clockMs: number): Promise<void> {
    const bytes = chunks.reduce((sum, { used }) => sum + used, 0);
    if (current && isDone(current, bytes, clockMs)) await leave();
    current ??= await begin(clockMs);
    const first = chunks[0].layout;
    const isFirst = current.layoutAt === 0 && first !== undefined && !beginsWithLayout(chunks[0]);
    const head = { type: TYPE.layout, clockMs, salt, layoutKey: first?.key ?? 0 };
    const all = isFirst ? [layoutChunk(first, head), ...chunks] : chunks;
    try {
      await write(current, all);
    } catch (error) {
      await abandon(current);
      throw error;
    }
    end = { segment: current.number, offset: current.offset };
  }

  const isDone = ({ offset, begunMs }: Segment, bytes: number, clockMs: number) =>
    offset > SEGMENT_HEADER_BYTES &&
    (offset + bytes > segmentBytes || Math.abs(clockMs - begunMs) > segmentMs);

  async function begin(clockMs: number): Promise<Segment> {
    const number = end.segment + 1;
    const path = join(folder, segmentName(number));
    if (leftover === number) await files.remove(path);
    leftover = number;
    const file = await files.create(path);
    await closingOnError(file, async () => {
      const header = { number, clockMs, previousEnd: end.offset, salt };
      await writeAll(file, [encodeSegmentHeader(header)], 0);
      await file.sync();
      await files.syncDir(folder);
    });
    begun++;
    return { number, file, begunMs: clockMs, offset: SEGMENT_HEADER_BYTES, layoutAt: 0 };
  }

  async function write(segment: Segment, chunks: readonly Chunk[]): Promise<void> {
    let { offset, layoutAt } = segment;
    for (const chunk of chunks) {
      layoutAt = placeRecords(chunk, { salt, segment: segment.number, offset, layoutAt });
      offset += chunk.used;
    }
    const buffers = chunks.map(({ bytes, used }) => bytes.subarray(0, used));
    await writeAll(segment.file, buffers, segment.offset);
    await segment.file.datasync();
    segment.offset = offset;
    segment.layoutAt = layoutAt;
    leftover = 0;
  }

  /** The next segment names the end of this one, so that it matters little if cutting it fails. */
  async function abandon({ file, offset }: Segment): Promise<void> {
    current = undefined;
    await file.truncate(offset).catch(() => {});
    await file.close().catch(() => {});
  }

  async function leave(): Promise<void> {
    const file = current?.file;
    current = undefined;
    // Everything in it is synced already: nothing can be lost by closing.
    await file?.close().catch(() => {});
  }

  return {
    get end() {
      return end;
    },
    get begun() {
      return begun;
    },
    commit,
    close: leave,
  };
}

async function closingOnError(file: LogFile, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
}

const beginsWithLayout = ({ words }: Chunk) => words[3] === TYPE.layout;

/** Writes everything, in as many steps as the system takes. */
async function writeAll(file: LogFile, buffers: readonly Uint8Array[], from: number) {
  let at = from;
  let rest = buffers;
  while (rest.length > 0) {
    let count = await file.write(rest, at);
    if (count <= 0) throw Object.assign(new Error('nothing could be written'), { code: 'EIO' });
    at += count;
    const left: Uint8Array[] = [];
    for (const buffer of rest) {
      if (count < buffer.length) left.push(buffer.subarray(count));
      count = Math.max(0, count - buffer.length);
    }
    rest = left;
  }
}
