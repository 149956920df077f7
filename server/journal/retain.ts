/** Gives disk space back: deletes old segments, compresses sealed ones. For workers: synchronous. */
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder, writeSynced } from '../put-file.ts';
import type { LogPosition } from './contract.ts';
import { peekHeader } from './read-log.ts';
import { compressedName, JOURNAL_DIR, listSegments, segmentName } from './segments.ts';
import { storedFiles } from './stored-files.ts';
import { compressToZstd } from './zstd-segment.ts';

interface RetainOptions {
  /** What begins in front of this may go: a snapshot covers it, and the history has read it. */
  readonly keepFrom: LogPosition;
  /** Instant, epoch ms by the service's clock; a segment goes once all in it is older. */
  readonly olderThanMs: number;
}

interface Retained {
  readonly deleted: readonly string[];
  readonly bytes: number;
}

/**
 * Deletes from the oldest segment on, so that there is never a gap; the newest is never deleted.
 * @param dir the data directory
 */
export function retain(dir: string, { keepFrom, olderThanMs }: RetainOptions): Retained {
  const folder = join(dir, JOURNAL_DIR);
  const segments = listSegments(folder);
  if (segments.length === 0) return { deleted: [], bytes: 0 };
  const endMs = endClocks(segments.length, i => peekHeader(folder, segments[i])?.clockMs);
  const deleted: string[] = [];
  let bytes = 0;
  for (const [i, segment] of segments.slice(0, -1).entries()) {
    if (segment.number >= keepFrom.segment || !(endMs(i) < olderThanMs)) break;
    for (const name of [segmentName(segment.number), compressedName(segment.number)]) {
      rmSync(join(folder, name), { force: true });
    }
    deleted.push(segment.name);
    bytes += segment.bytes;
  }
  if (deleted.length > 0) syncFolder(folder);
  return { deleted, bytes };
}

/**
 * When a segment ended: when the next began. A clock that was ahead for a while gives times above
 * that of the newest segment; such a segment ended no later than the one behind it began.
 */
function endClocks(count: number, begunMs: (i: number) => number | undefined) {
  const newestMs = begunMs(count - 1) ?? Number.POSITIVE_INFINITY;
  return (i: number) => {
    for (let next = i + 1; next < count; next++) {
      const nextMs = begunMs(next) ?? Number.POSITIVE_INFINITY;
      if (nextMs <= newestMs) return nextMs;
    }
    return newestMs;
  };
}

/** Numbers of the sealed segments that are not compressed yet, oldest first. */
export const uncompressedSegments = (dir: string): number[] =>
  listSegments(join(dir, JOURNAL_DIR))
    .slice(0, -1)
    .filter(({ name }) => !name.endsWith('.zst'))
    .map(({ number }) => number);

/**
 * Puts a compressed segment in the place of a sealed one. Cut short at any point, the journal reads
 * the same as before.
 * @param dir the data directory
 * @throws Error for a segment that is not sealed, or cannot be read or written whole
 */
export function compressSegment(dir: string, number: number): { before: number; after: number } {
  const folder = join(dir, JOURNAL_DIR);
  if (!uncompressedSegments(dir).includes(number)) {
    throw new Error(`${segmentName(number)}: not there, compressed already, or still written to`);
  }
  const path = join(folder, segmentName(number));
  const target = join(folder, compressedName(number));
  const temporary = `${target}.tmp`;
  const stored = storedFiles.open(path);
  try {
    const { parts, bytes: before } = compressToZstd(stored);
    const after = parts.reduce((sum, part) => sum + part.length, 0);
    try {
      writeSynced(temporary, parts, 0o640);
      renameSync(temporary, target);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    syncFolder(folder);
    rmSync(path);
    syncFolder(folder);
    return { before, after };
  } finally {
    stored.close();
  }
}
