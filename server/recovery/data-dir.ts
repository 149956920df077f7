/**
 * The data directory of a running service: brings the model back to where it was, and from then on
 * journals what goes into it, takes snapshots, and gives back the space of what is too old.
 */
import { mkdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { signalIndex } from '../../twin/index.ts';
import { withEstimates } from '../history/estimates.ts';
import type { HistoryStore } from '../history/store/contract.ts';
import { openHistoryStore } from '../history/store/store.ts';
import type { Journal, LogPosition } from '../journal/contract.ts';
import { createJournal } from '../journal/journal.ts';
import type { LogFiles } from '../journal/log-files.ts';
import { BEGINNING, isBefore } from '../journal/position.ts';
import type { LiveTwin } from '../live-twin.ts';
import { moduleBeside } from '../package-layout.ts';
import { tellSite } from '../site-signal.ts';
import type { StorageConfig } from './config.ts';
import { saveGeneration } from './generations.ts';
import type { Housekeeping, HousekeepingDone } from './housekeeping-worker.ts';
import { createLearned, type Learned } from './learned.ts';
import { type Recording, recordInto } from './recording.ts';
import { type Restored, restore } from './restore.ts';
import { createSnapshots, type SnapshotStats, type Snapshots } from './snapshots.ts';

export interface DataDir {
  readonly dir: string;
  readonly journal: Journal;
  readonly restored: Restored;
  readonly recording: Recording;
  readonly learned: Learned;
  /** Absent where it cannot start. */
  readonly history: HistoryStore | undefined;
  /** Takes one now. @returns whether it is on disk */
  snapshot(): Promise<boolean>;
  snapshots(): SnapshotStats;
  /** Between ticks: what the model says of its journal, and whatever is due. */
  keep(nowMs: number): void;
  /** The last snapshot, and the journal to its end. */
  close(): Promise<void>;
}

interface DataDirOptions {
  readonly dir: string;
  readonly config: StorageConfig;
  /** Fresh: nothing has been written to it. */
  readonly live: LiveTwin;
  readonly log: Logger;
  /** For tests: another file system below the journal. */
  readonly files?: LogFiles;
}

const WRITABLE = signalIndex('journalWritableFlag');
const HOUSEKEEPING_MS = 600_000;

/** @throws UserError when another process has the directory; error of the file system. */
export async function openDataDir(options: DataDirOptions): Promise<DataDir> {
  const { dir, config, live, log, files } = options;
  mkdirSync(dir, { recursive: true });
  const journal = await createJournal({
    ...{ dir, clock: live.clock, log },
    segmentBytes: config.journal.segmentMiB * 2 ** 20,
    segmentMs: config.journal.segmentMinutes * 60_000,
    maxPendingBytes: config.journal.maxPendingMiB * 2 ** 20,
    ...(files ? { files } : {}),
  });
  const stored = saveGeneration(dir, live.twin.topology);
  const restored = restore({ dataDir: dir, live, generation: stored, log });
  live.tick();
  logRestored(log, restored);
  const recording = recordInto(journal, live, { dataDir: dir, stored });
  const history = await openHistory(options, journal);
  const keepMs = config.keepHours * 3_600_000;
  const generation = () => recording.generation;
  const learned = createLearned(restored.learned, log);
  const snapshots = createSnapshots({
    ...{ dataDir: dir, live, journal, generation, learned, log, keepMs },
  });
  let snapshotDueMs = live.clock.now() + 60_000 * config.snapshotMinutes;
  let housekeepingDueMs = live.clock.now() + HOUSEKEEPING_MS;
  // A look back across a change of the inventory starts from the generation behind it.
  live.onGeneration(() => {
    snapshotDueMs = Number.NEGATIVE_INFINITY;
  });

  return {
    ...{ dir, journal, restored, recording, learned, history },
    snapshot: () => snapshots.take(),
    snapshots: () => snapshots.stats(),
    keep(nowMs) {
      tellSite(live, WRITABLE, journal.refusal() === '' ? 1 : 0, nowMs);
      if (nowMs >= snapshotDueMs) {
        snapshotDueMs = nowMs + 60_000 * config.snapshotMinutes;
        void snapshots.take();
      }
      if (nowMs < housekeepingDueMs) return;
      housekeepingDueMs = nowMs + HOUSEKEEPING_MS;
      const keepFrom = earliest([oldestPosition(snapshots), ...unread(history)]);
      tidy({ dataDir: dir, keepFrom, olderThanMs: nowMs - keepMs }, log);
    },
    async close() {
      await snapshots.close();
      await journal.close();
      await history?.close();
    },
  };
}

/** Without it the service still has its journal, its snapshots and any instant of the last day. */
async function openHistory({ dir, config, live, log }: DataDirOptions, journal: Journal) {
  try {
    const store = await openHistoryStore({ directory: dir, config: config.history, log });
    const history = withEstimates(store, () => live.twin.topology);
    journal.onCommit(history.committed);
    history.committed(journal.stats().end);
    return history;
  } catch (error) {
    log.error({ err: error }, 'no durable history: queries of the past are limited to snapshots');
    return undefined;
  }
}

/** The journal from here on is not in the files of the history yet. */
const unread = (history: HistoryStore | undefined): readonly LogPosition[] =>
  history ? [history.stats().checkpoint ?? BEGINNING] : [];

const oldestPosition = (snapshots: Snapshots) => snapshots.stats().oldest?.position ?? BEGINNING;

const earliest = (positions: readonly LogPosition[]) =>
  positions.reduce((a, b) => (isBefore(a, b) ? a : b));

function logRestored(log: Logger, { snapshotMs, rows, goneRows, tookMs, ...rest }: Restored) {
  const { tornBytes, damages } = rest;
  if (snapshotMs === undefined && rows === 0) return;
  const snapshotAt = snapshotMs === undefined ? undefined : new Date(snapshotMs).toISOString();
  const line = { snapshotAt, rows, goneRows, tornBytes, damages: damages.length };
  log.info({ ...line, tookMs: Math.round(tookMs) }, 'the model is back where it was');
}

function tidy(work: Housekeeping, log: Logger) {
  const worker = new Worker(moduleBeside('housekeeping-worker', import.meta.url), {
    workerData: work,
  });
  worker.once('message', ({ deleted, compressed }: HousekeepingDone) => {
    if (deleted.length + compressed > 0) log.debug({ deleted, compressed }, 'journal tidied');
  });
  worker.once('error', error => log.error({ err: error }, 'the journal could not be tidied'));
}
