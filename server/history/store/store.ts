/**
 * The durable history as the rest of the service sees it. The work is done in a thread of its own;
 * when that fails it is started again, and what it had not written is read from the journal again.
 */
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { LogPosition } from '../../journal/contract.ts';
import { isBefore } from '../../journal/position.ts';
import { moduleBeside } from '../../package-layout.ts';
import { type HistoryConfig, historyConfig } from './config.ts';
import {
  type HistoryStore,
  type HistoryStoreStats,
  HistoryUnavailable,
  type RangeAnswer,
  type SamplesAnswer,
  type SeriesAnswer,
  stepsOf,
} from './contract.ts';
import type {
  Answer,
  FromWorker,
  Question,
  ToWorker,
  WorkerSetup,
  WorkerStats,
} from './messages.ts';
import { TIER_IDS } from './tiers.ts';

interface HistoryStoreOptions {
  /** The data directory: `journal/` and `generations/` are in it, `history/` is made. */
  readonly directory: string;
  readonly config?: HistoryConfig;
  readonly log: Logger;
  /** Tests: URL of a module that exports `readLog` in place of the journal's. */
  readonly logModule?: string;
  /** Tests: waiting times before the worker is started again. */
  readonly restartMs?: { readonly first: number; readonly most: number };
}

const RESTART_MS = { first: 1000, most: 60_000 } as const;
/** A worker that ran this long was well: the waiting times begin anew. */
const WELL_AFTER_MS = 60_000;
/** Longest wait for the worker to end by itself. */
const CLOSE_MS = 30_000;

interface Pending {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** @throws Error when the worker cannot start at all, e.g. because the directory is not writable. */
export async function openHistoryStore(options: HistoryStoreOptions): Promise<HistoryStore> {
  const { directory, log, logModule } = options;
  const setup: WorkerSetup = {
    directory,
    config: options.config ?? historyConfig.parse({}),
    ...(logModule ? { logModule } : {}),
  };
  const link = new WorkerLink(setup, log, options.restartMs ?? RESTART_MS);
  await link.start();
  return link.store();
}

class WorkerLink {
  private readonly setup: WorkerSetup;
  private readonly log: Logger;
  private readonly waits: { readonly first: number; readonly most: number };
  private readonly pending = new Map<number, Pending>();
  private worker: Worker | undefined;
  private stats: WorkerStats = NO_STATS;
  private committed: LogPosition | undefined;
  private committedClockMs = Number.NaN;
  private lastId = 0;
  private restarts = 0;
  private waitMs: number;
  private startedAtMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  private lastError: string | undefined;

  constructor(setup: WorkerSetup, log: Logger, waits: WorkerLink['waits']) {
    this.setup = setup;
    this.log = log;
    this.waits = waits;
    this.waitMs = waits.first;
  }

  /** Resolves once the worker is ready. */
  start(): Promise<void> {
    const worker = new Worker(moduleBeside('worker', import.meta.url), { workerData: this.setup });
    this.worker = worker;
    this.startedAtMs = performance.now();
    return new Promise((resolve, reject) => {
      let isReady = false;
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') {
          isReady = true;
          if (this.committed) this.post({ kind: 'committed', position: this.committed });
          resolve();
        } else this.take(message);
      });
      worker.on('error', error => {
        this.lastError = error.message;
        this.log.error({ err: error }, 'history: the worker failed');
      });
      worker.on('exit', code => {
        if (this.worker === worker) this.worker = undefined;
        this.abandon(`the history is being started again: ${this.lastError ?? `exit ${code}`}`);
        if (this.isClosed) return;
        if (isReady || this.restarts > 0) this.restartLater();
        reject(new Error(`the history cannot start: ${this.lastError ?? `exit ${code}`}`));
      });
    });
  }

  store(): HistoryStore {
    return {
      committed: (position, clockMs) => this.commit(position, clockMs),
      range: async query => {
        stepsOf(query);
        return (await this.ask({ kind: 'range', query })) as RangeAnswer;
      },
      samples: async query => (await this.ask({ kind: 'samples', query })) as SamplesAnswer,
      series: async query => (await this.ask({ kind: 'series', query })) as SeriesAnswer,
      stats: () => this.statsNow(),
      close: () => this.close(),
    };
  }

  private commit(position: LogPosition, clockMs = Number.NaN) {
    if (this.committed && !isBefore(this.committed, position)) return;
    this.committed = position;
    if (Number.isFinite(clockMs)) this.committedClockMs = clockMs;
    this.post({ kind: 'committed', position });
  }

  private ask(ask: Question): Promise<Answer> {
    if (!this.worker) return Promise.reject(new HistoryUnavailable(this.reason()));
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.post({ kind: 'ask', id, ask, ...(this.committed ? { upTo: this.committed } : {}) });
    });
  }

  private reason(): string {
    return this.isClosed ? 'the history is closed' : 'the history is being started again';
  }

  private post(message: ToWorker) {
    this.worker?.postMessage(message);
  }

  private take(message: Exclude<FromWorker, { kind: 'ready' }>) {
    if (message.kind === 'stats') this.stats = message.stats;
    else if (message.kind === 'report') this.log[message.level](`history: ${message.what}`);
    else {
      const pending = this.pending.get(message.id);
      this.pending.delete(message.id);
      if (message.kind === 'answer') pending?.resolve(message.answer);
      else if (message.isRange) pending?.reject(new RangeError(message.message));
      else pending?.reject(new HistoryUnavailable(message.message));
    }
  }

  private abandon(why: string) {
    for (const { reject } of this.pending.values()) reject(new HistoryUnavailable(why));
    this.pending.clear();
  }

  private restartLater() {
    if (performance.now() - this.startedAtMs > WELL_AFTER_MS) this.waitMs = this.waits.first;
    this.restarts++;
    this.log.warn(`history: the worker is started again in ${this.waitMs / 1000} s`);
    this.timer = setTimeout(() => {
      // A start that fails ends in `exit` like any other.
      this.start().then(
        () => this.log.info('history: the worker runs again'),
        () => {},
      );
    }, this.waitMs);
    this.waitMs = Math.min(2 * this.waitMs, this.waits.most);
  }

  private statsNow(): HistoryStoreStats {
    const { clockMs = Number.NaN, ...stats } = this.stats;
    const lagMs = this.committedClockMs - clockMs;
    const failure = this.worker ? stats.failure : (this.lastError ?? this.reason());
    return {
      ...stats,
      lagMs: lagMs > 0 ? lagMs : 0,
      restarts: this.restarts,
      ...(failure === undefined ? {} : { failure }),
    };
  }

  private async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.timer);
    const { worker } = this;
    if (!worker) return;
    await new Promise<void>(resolve => {
      const timer = setTimeout(() => void worker.terminate(), CLOSE_MS);
      worker.on('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      this.post({ kind: 'close' });
    });
  }
}

const NO_STATS: WorkerStats = {
  generations: [],
  tiers: Object.fromEntries(
    TIER_IDS.map(id => [id, { files: 0, bytes: 0, rows: 0 }]),
  ) as WorkerStats['tiers'],
  ...{ files: 0, bytes: 0, tailRows: 0, tailBytes: 0, rowsTaken: 0 },
  ...{ flushes: 0, rollups: 0, merges: 0, dropped: {}, badFiles: [], badFileCount: 0 },
};
