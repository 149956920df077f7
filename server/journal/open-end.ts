/** Finds where a journal ended, and cuts off what a crash left behind that place. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { LogPosition } from './contract.ts';
import { SEGMENT_HEADER_BYTES } from './format.ts';
import type { LogFiles } from './log-files.ts';
import { BEGINNING } from './position.ts';
import { IGNORES, readLog } from './read-log.ts';
import { JOURNAL_DIR, listSegments, type StoredSegment } from './segments.ts';

const LEFTOVER = /\.tmp$/;

/**
 * A writer begins a new segment behind the end, so nothing that is there is ever written to again.
 * @returns where it ended; segment 0 for a journal without segments
 */
export async function openEnd(dir: string, files: LogFiles, log: Logger): Promise<LogPosition> {
  const folder = join(dir, JOURNAL_DIR);
  for (const { name } of files.list(folder).filter(file => LEFTOVER.test(file.name))) {
    await files.remove(join(folder, name));
  }
  for (;;) {
    const last = listSegments(folder, files).at(-1);
    if (!last) return BEGINNING;
    const end = await endOf(dir, last, files, log);
    if (end > 0) return { segment: last.number, offset: end };
    // Its header was being written: it holds nothing, and its number is used again.
    await files.remove(join(folder, last.name));
    await files.syncDir(folder);
  }
}

/** @returns 0 when the segment has not even a header */
async function endOf(
  dir: string,
  { number, name, bytes }: StoredSegment,
  files: LogFiles,
  log: Logger,
): Promise<number> {
  const path = join(dir, JOURNAL_DIR, name);
  const from = { segment: number, offset: 0 };
  const { tornBytes, damages, end } = readLog(dir, { from, files }, IGNORES);
  const isCompressed = name.endsWith('.zst');
  if (damages.length > 0) log.error({ damages }, 'journal: the last segment is damaged');
  if (isCompressed) return Math.max(end.offset, SEGMENT_HEADER_BYTES);
  const offset = bytes - tornBytes;
  if (offset === 0 || tornBytes === 0) return offset;
  const file = await files.openExisting(path);
  try {
    await file.truncate(offset);
    await file.sync();
  } finally {
    await file.close();
  }
  log.warn({ file: name, offset, tornBytes }, 'journal: cut off a record that was not finished');
  return offset;
}
