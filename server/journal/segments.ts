/** The segments of a journal: their names, which there are, and opening them. */
import { join } from 'node:path';
import { type StoredBytes, type StoredFiles, storedFiles } from './stored-files.ts';
import { readZstdSegment } from './zstd-segment.ts';

export interface StoredSegment {
  readonly number: number;
  readonly name: string;
  /** On disk, so after compression. */
  readonly bytes: number;
}

export const JOURNAL_DIR = 'journal';
export const segmentName = (number: number) => `${String(number).padStart(10, '0')}.log`;
export const compressedName = (number: number) => `${segmentName(number)}.zst`;
const NAME = /^(\d{10})\.log(\.zst)?$/;

export const listSegments = (folder: string, files: StoredFiles = storedFiles): StoredSegment[] =>
  segmentsAmong(files.list(folder));

/** In order. Of a segment that is there twice, since compressing it was cut short, the plain one. */
export function segmentsAmong(entries: readonly { name: string; bytes: number }[]) {
  const byNumber = new Map<number, StoredSegment>();
  for (const { name, bytes } of entries) {
    const match = NAME.exec(name);
    if (!match) continue;
    const number = Number(match[1]);
    if (match[2] === undefined || !byNumber.has(number)) {
      byNumber.set(number, { number, name, bytes });
    }
  }
  return [...byNumber.values()].sort((a, b) => a.number - b.number);
}

/** Opens a segment under either of its names: it may be compressed at this moment. */
export function openSegment(dir: string, segment: StoredSegment, files: StoredFiles): StoredBytes {
  const names = [segment.name, segmentName(segment.number), compressedName(segment.number)];
  for (const [i, name] of names.entries()) {
    try {
      const bytes = files.open(join(dir, name));
      return name.endsWith('.zst') ? readZstdSegment(bytes) : bytes;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || i === names.length - 1) throw error;
    }
  }
  throw new Error('unreachable');
}
