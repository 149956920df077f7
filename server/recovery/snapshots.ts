/** Takes snapshots of the live model: a fork here, compressed and written by a worker. */
import { unlinkSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { type State, snapshotParts } from '../../twin/index.ts';
import type { Journal } from '../journal/contract.ts';
import type { LiveTwin } from '../live-twin.ts';
import { moduleBeside } from '../package-layout.ts';
import { storedBreach } from './breach-notes.ts';
import type { LearnedParts } from './learned.ts';
import {
  encodeHead,
  listSnapshots,
  removeUnfinished,
  type SnapshotFile,
  snapshotPath,
} from './snapshot-file.ts';
import type { SnapshotDone, SnapshotJob } from './snapshot-worker.ts';

interface SnapshotOptions {
  readonly dataDir: string;
  readonly live: LiveTwin;
  readonly journal: Journal;
  /** Key of the generation that stands. */
  readonly generation: () => string;
  readonly learned: Pick<LearnedParts, 'encoded'>;
  readonly log: Logger;
  /** How far back instants can be restored. */
  readonly keepMs: number;
}

export interface Snapshots {
  /** Takes one, unless one is being written. @returns whether it was taken and is on disk */
  take(): Promise<boolean>;
  stats(): SnapshotStats;
  /** Takes the last one. */
  close(): Promise<void>;
}

export interface SnapshotStats {
  readonly count: number;
  readonly newestMs?: number;
  readonly oldest?: SnapshotFile;
  readonly lastBytes: number;
  readonly lastTookMs: number;
  readonly failed: number;
}

/** Events are many and old ones of little use. */
const EVENTS_KEPT = 10_000;

export function createSnapshots(options: SnapshotOptions): Snapshots {
  const { dataDir, live, journal, log, keepMs } = options;
  let worker: Worker | undefined;
  let pooled: State | undefined;
  let writing: Promise<boolean> | undefined;
  let lastBytes = 0;
  let lastTookMs = 0;
  let failed = 0;
  removeUnfinished(dataDir);
  let files: readonly SnapshotFile[] = listSnapshots(dataDir);

  async function write(): Promise<boolean> {
    const startedMs = performance.now();
    // before the state: a look back must not know what was learned later
    const learned = await options.learned.encoded();
    const clockMs = live.clock.now();
    // What is behind this place and in the state already is put in once more, to no effect.
    const position = journal.stats().end;
    const { state } = live.twin;
    pooled = state.fork(pooled?.topology === state.topology ? pooled : undefined);
    const parts = snapshotParts(pooled, clockMs);
    const head = encodeHead({
      ...{ version: 1, clockMs, position, generation: options.generation() },
      texts: live.texts.all(),
      events: live.events.recent(EVENTS_KEPT),
      breaches: [...live.twin.judge.breaches.values()].map(breach =>
        storedBreach(breach, live.twin.topology.ids),
      ),
      learned: learned.map(({ name, bytes }) => ({ name, length: bytes.length })),
    });
    const file = snapshotPath(dataDir, clockMs, position);
    const ofState = [head, parts.head, parts.values, parts.times, parts.qualities];
    const lessons = learned.map(({ bytes }) => bytes);
    worker ??= new Worker(moduleBeside('snapshot-worker', import.meta.url));
    const job = { file, pieces: [...ofState, ...lessons] };
    const given = lessons.map(({ buffer }) => buffer);
    const done = await answerOf(worker, job, given);
    if (done.error !== undefined) throw new Error(done.error);
    lastBytes = done.bytes;
    lastTookMs = performance.now() - startedMs;
    files = pruned(dataDir, clockMs - keepMs);
    log.debug({ file, bytes: lastBytes, tookMs: Math.round(lastTookMs) }, 'snapshot');
    return true;
  }

  function take(): Promise<boolean> {
    if (writing) return Promise.resolve(false);
    writing = write()
      .catch(error => {
        failed++;
        void worker?.terminate();
        worker = undefined;
        log.error({ err: error }, 'no snapshot could be written: a restart takes longer');
        return false;
      })
      .finally(() => {
        writing = undefined;
      });
    return writing;
  }

  return {
    take,
    stats: () => ({
      count: files.length,
      newestMs: files.at(-1)?.clockMs,
      oldest: files[0],
      ...{ lastBytes, lastTookMs, failed },
    }),
    async close() {
      // one that is under way does not have the end
      await writing;
      await take();
      await worker?.terminate();
    },
  };
}

/** Deletes what is too old. @returns those that are left */
function pruned(dataDir: string, fromMs: number): readonly SnapshotFile[] {
  const files = listSnapshots(dataDir);
  // The newest of the old ones is where the oldest instants that are kept begin.
  const old = files.filter(({ clockMs }) => clockMs < fromMs).slice(0, -1);
  for (const { file } of old) unlinkSync(file);
  return files.filter(each => !old.includes(each));
}

/** @param given buffers that nobody here needs any more */
const answerOf = (worker: Worker, job: SnapshotJob, given: readonly ArrayBuffer[]) =>
  new Promise<SnapshotDone>((resolve, reject) => {
    const ended = (code: number) => reject(new Error(`the worker ended with ${code}`));
    worker.once('error', reject);
    worker.once('exit', ended);
    worker.once('message', (done: SnapshotDone) => {
      worker.off('error', reject);
      worker.off('exit', ended);
      resolve(done);
    });
    worker.postMessage(job, [...given]);
  });
