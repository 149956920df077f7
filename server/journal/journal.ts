/**
 * The writer of the journal. Rows gather in memory; a commit writes and syncs all of them for
 * everybody who waits (group commit), and while it runs the next one gathers.
 */
import { randomInt } from 'node:crypto';
import { endianness } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { createAppender } from './appender.ts';
import { createCommits } from './commits.ts';
import type { Journal, LogPosition } from './contract.ts';
import { type DirLock, lockDir } from './dir-lock.ts';
import { type LogFiles, logFiles } from './log-files.ts';
import { openEnd } from './open-end.ts';
import { createPending } from './pending.ts';
import { createSealing } from './sealing.ts';
import { createSegmentWriter, type SegmentWriter } from './segment-writer.ts';
import { JOURNAL_DIR, type StoredSegment, segmentsAmong } from './segments.ts';

export interface JournalOptions {
  /** The data directory; `journal/` and `LOCK` are made in it. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** A segment ends before it would grow above this. */
  readonly segmentBytes?: number;
  /** By the service's clock; a segment ends at this age. */
  readonly segmentMs?: number;
  /** Senders are refused from half of this on, and rows are lost from this on. */
  readonly maxPendingBytes?: number;
  /** What nobody waits for is committed this often. */
  readonly commitEveryMs?: number;
  /** How long a commit waits at most for senders that are expected. */
  readonly gatherMs?: number;
  /** Pause after a failed commit; it doubles, up to 50 times this. */
  readonly retryMs?: number;
  /** For tests: another file system, and a salt that is known. */
  readonly files?: LogFiles;
  readonly salt?: number;
}

/** Retention deletes whole segments, and compressing one of this size takes about a second. */
const SEGMENT_BYTES = 64 * 2 ** 20;
const SEGMENT_MS = 3_600_000;
/** 8 million rows: what a site of a million series sends in two minutes. */
const MAX_PENDING_BYTES = 128 * 2 ** 20;
const COMMIT_EVERY_MS = 200;
const RETRY_MS = 100;
/** What a sender waits at most for others; an answer, the next request and reading it take 1-2 ms. */
const GATHER_MS = 4;
const TOUCH_EVERY_MS = 2000;

/**
 * @throws UserError when another process holds the directory
 * @throws error of the file system when the directory cannot be read or written
 */
export async function createJournal(options: JournalOptions): Promise<Journal> {
  const { files = logFiles } = options;
  const dir = resolve(options.dir);
  await files.makeDir(join(dir, JOURNAL_DIR));
  const lock = await lockDir(dir);
  try {
    await files.syncDir(dirname(dir));
    await files.syncDir(dir);
    return await startJournal(options, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** The journal in a directory that nobody else can have, or that is locked already. */
export async function startJournal(options: JournalOptions, lock?: DirLock): Promise<Journal> {
  if (endianness() !== 'LE') throw new Error('journal: this machine is not little-endian');
  const { dir, clock, log, files = logFiles, salt = randomInt(2 ** 32) } = options;
  const { maxPendingBytes = MAX_PENDING_BYTES, retryMs = RETRY_MS } = options;
  const { gatherMs = GATHER_MS } = options;
  const folder = join(dir, JOURNAL_DIR);
  const pending = createPending();
  const sealing = createSealing({ pending, clock, salt, maxPendingBytes });
  const appender = createAppender(sealing);
  const end = await openEnd(dir, files, log);
  const { segmentBytes = SEGMENT_BYTES, segmentMs = SEGMENT_MS } = options;
  const segments = createSegmentWriter({ folder, files, salt, segmentBytes, segmentMs, end });
  const writer = lock ? guarded(segments, lock, dir) : segments;
  const stored = countStored(folder, files, writer);
  await stored.refresh();
  const listeners: ((end: LogPosition, clockMs: number) => void)[] = [stored.committed];
  const onCommit = (end: LogPosition, clockMs: number) => {
    for (const listener of listeners) listener(end, clockMs);
  };
  const parts = { appender, sealing, pending, writer, clock, log };
  const commits = createCommits({ ...parts, retryMs, gatherMs, onCommit });
  const timer = setInterval(commits.poke, options.commitEveryMs ?? COMMIT_EVERY_MS).unref();
  let unwritten = 0;
  let isClosed = false;

  function refusal(): string {
    if (isClosed) return 'the journal is closed';
    if (commits.failure() !== '') return `the journal cannot be written: ${commits.failure()}`;
    const bytes = pending.bytes + appender.openBytes();
    if (bytes < maxPendingBytes / 2) return '';
    return `the journal's disk is slow: ${(bytes / 2 ** 20).toFixed(1)} MiB wait for it`;
  }

  const stats = () => ({
    end: writer.end,
    ...stored.figures(),
    pendingRows: isClosed ? 0 : pending.entries + appender.openEntries(),
    rows: commits.figures.entries,
    commits: commits.figures.commits,
    lastCommitMs: commits.figures.lastMs,
    ...(commits.failure() !== '' && { failure: commits.failure() }),
    lostRows: sealing.lost + unwritten,
  });

  async function close(): Promise<void> {
    if (isClosed) return;
    isClosed = true;
    clearInterval(timer);
    unwritten = await commits.finish();
    if (unwritten > 0) log.error({ rows: unwritten }, 'journal: closed with rows unwritten');
    await writer.close();
    await lock?.release();
  }

  return {
    written: appender.written,
    late: appender.late,
    derived: appender.derived,
    stale: appender.stale,
    note: appender.note,
    layout: appender.layout,
    durable: commits.durable,
    refusal,
    onCommit: listener => void listeners.push(listener),
    stats,
    close,
  };
}

/** Writes only as long as the lock is ours: a machine may sleep while another takes it over. */
function guarded(writer: SegmentWriter, lock: DirLock, dir: string): SegmentWriter {
  let isOurs = true;
  const timer = setInterval(async () => {
    // A lock that cannot be read now is not a lock that someone else holds.
    isOurs &&= await lock.touch().catch(() => true);
  }, TOUCH_EVERY_MS).unref();
  return {
    get end() {
      return writer.end;
    },
    get begun() {
      return writer.begun;
    },
    async commit(chunks, clockMs) {
      if (!isOurs) throw new Error(`another process has taken ${dir} over`);
      await writer.commit(chunks, clockMs);
    },
    async close() {
      clearInterval(timer);
      await writer.close();
    },
  };
}

/** Segments and their bytes: looked up whenever one is begun, since retention deletes some. */
function countStored(folder: string, files: LogFiles, writer: SegmentWriter) {
  let begun = 0;
  let segments: readonly StoredSegment[] = [];

  async function refresh() {
    begun = writer.begun;
    segments = segmentsAmong(await files.sizes(folder));
  }

  return {
    refresh,
    committed() {
      if (writer.begun !== begun) void refresh().catch(() => {});
    },
    figures() {
      const sealed = segments.filter(({ number }) => number < writer.end.segment);
      const sealedBytes = sealed.reduce((sum, { bytes }) => sum + bytes, 0);
      const isOpen = writer.begun > 0;
      const last = isOpen ? writer.end.offset : (segments.at(-1)?.bytes ?? 0);
      const count = sealed.length + (writer.end.segment > 0 ? 1 : 0);
      return { segments: count, bytes: sealedBytes + last };
    },
  };
}
