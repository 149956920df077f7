/**
 * The attempts to deliver to one store: one request at a time, so that the samples of a series
 * arrive in order. Reading the twin never waits for a store.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Slice } from './group.ts';
import { type Batch, samplesIn, samplesOf, WaitingQueue, type Weigh } from './queue.ts';

/** `refused`: samples that would be refused again, and are given up. */
export type Outcome =
  | { readonly is: 'taken'; readonly refused: number; readonly error?: string }
  | { readonly is: 'tooLarge'; readonly error: string }
  | { readonly is: 'later'; readonly error: string; readonly afterMs?: number };

/** How a store is spoken to. */
export interface Wire {
  /** Where to, without credentials. */
  readonly url: string;
  readonly weigh: Weigh;
  /** Never rejects for what the store or the network does. */
  send(batch: Batch): Promise<Outcome>;
  close(): void;
}

export interface DeliveryOptions {
  readonly id: string;
  readonly wire: Wire;
  /** Largest weight of a batch. */
  readonly batchMax: number;
  readonly maxQueueBytes: number;
  /** How long less than a batch may wait for more. */
  readonly flushMs: number;
  readonly log: Logger;
  /** Wall clock, epoch ms. */
  readonly now: () => number;
  /** First and longest pause after a failure; 1 s and 60 s unless given. */
  readonly retryMs?: readonly [first: number, longest: number] | undefined;
}

export interface DeliveryStats {
  readonly url: string;
  readonly state: 'starting' | 'up' | 'down';
  readonly queuedSamples: number;
  readonly queuedBytes: number;
  readonly sentSamples: number;
  /** Samples that the store will never have, by reason. */
  readonly droppedSamples: Readonly<Record<string, number>>;
  readonly requests: number;
  /** Requests that failed and were, or will be, made again. */
  readonly retries: number;
  /** Age of the oldest sample that waits; 0 when none does. */
  readonly lagS: number;
  readonly lastSuccessMs?: number;
  readonly lastError?: string;
}

export interface Delivery {
  /** Lets values wait, and returns at once. */
  put(slices: readonly Slice[]): void;
  /** Tries now. True when nothing is left waiting. */
  flush(): Promise<boolean>;
  stats(): DeliveryStats;
  /** One last attempt of a few seconds; what is then left is counted as dropped. */
  stop(): Promise<void>;
}

const RETRY_MS = [1000, 60_000] as const;
/** A store may ask for more patience than our longest pause, but not for any. */
const LONGEST_PAUSE_MS = 300_000;
const STOP_WITHIN_MS = 5000;
/** When the clock was set back: what is dated ahead of it by more is not waited for. */
const AHEAD_MS = 5000;

export function createDelivery(options: DeliveryOptions): Delivery {
  const { wire, now, flushMs } = options;
  const queue = new WaitingQueue(options.maxQueueBytes);
  const progress = createProgress(options);
  let running: Promise<boolean> | undefined;
  let isStopped = false;
  let isClosed = false;
  const alarm = createAlarm(() => void flush());

  function put(slices: readonly Slice[]) {
    for (const slice of slices) {
      if (isStopped) queue.drop('stopped', samplesIn(slice));
      else queue.put(slice);
    }
    if (isStopped || queue.samples === 0) return;
    // A pause is under way, or begins with the answer that is awaited.
    if (progress.isDown && (alarm.isSet || running)) return;
    alarm.notLaterThan(queue.samples >= progress.batchMax ? 0 : flushMs);
  }

  function flush(): Promise<boolean> {
    running ??= drain().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function drain(): Promise<boolean> {
    for (let oldestMs = queue.oldestMs; oldestMs !== undefined; oldestMs = queue.oldestMs) {
      const aheadMs = oldestMs - now();
      if (aheadMs > AHEAD_MS) {
        queue.dropOldest('ahead of the clock');
        continue;
      }
      const pauseMs = aheadMs > 0 ? aheadMs : await attempt();
      if (isClosed) return false;
      if (pauseMs > 0) {
        alarm.at(pauseMs);
        return false;
      }
    }
    return true;
  }

  /** @returns how long to wait before the next one, ms. */
  async function attempt(): Promise<number> {
    const batch = queue.take(now(), progress.batchMax, wire.weigh);
    const outcome = await wire.send(batch);
    if (isClosed) return 0;
    const { isSettled, refused, pauseMs } = progress.take(batch, outcome);
    queue.done(batch, isSettled);
    queue.drop('refused', refused);
    return pauseMs;
  }

  return {
    put,
    flush,
    stats: () => ({
      url: wire.url,
      ...progress.stats(),
      queuedSamples: queue.samples,
      queuedBytes: queue.bytes,
      droppedSamples: { ...queue.dropped },
      lagS: queue.oldestMs === undefined ? 0 : Math.max(0, now() - queue.oldestMs) / 1000,
    }),
    async stop() {
      isStopped = true;
      await Promise.race([flush(), sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
      isClosed = true;
      alarm.stop();
      queue.dropAll('stopped');
      wire.close();
    },
  };
}

/** What became of the requests so far, and what follows from it for the next one. */
function createProgress({ id, wire, log, now, retryMs = RETRY_MS, ...options }: DeliveryOptions) {
  const counts = { sentSamples: 0, requests: 0, retries: 0 };
  let { batchMax } = options;
  let failuresInARow = 0;
  let lastSuccessMs: number | undefined;
  let lastError: string | undefined;

  function note(error: string) {
    if (error !== lastError) {
      log.warn({ target: id, url: wire.url, error }, 'a store does not take values');
    }
    lastError = error;
  }

  function failed(afterMs: number) {
    const pauseMs = Math.min(retryMs[1], retryMs[0] * 2 ** failuresInARow++);
    counts.retries++;
    // Many that lost the same store must not all come back to it at the same moment.
    const jitteredMs = pauseMs * (0.5 + Math.random() / 2);
    const longest = Math.min(LONGEST_PAUSE_MS, Math.max(jitteredMs, afterMs));
    return { isSettled: false, refused: 0, pauseMs: longest };
  }

  function take(batch: Batch, outcome: Outcome) {
    counts.requests++;
    if (outcome.error !== undefined) note(outcome.error);
    if (outcome.is === 'later') return failed(outcome.afterMs ?? 0);
    const isOneEntity = batch.length === 1 && batch[0].to - batch[0].from === 1;
    if (outcome.is === 'tooLarge' && !isOneEntity) {
      batchMax = Math.max(1, Math.floor(batchMax / 2));
      counts.retries++;
      return { isSettled: false, refused: 0, pauseMs: 0 };
    }
    const samples = samplesOf(batch);
    const refused = outcome.is === 'tooLarge' ? samples : Math.min(samples, outcome.refused);
    counts.sentSamples += samples - refused;
    if (failuresInARow > 0) log.info({ target: id, url: wire.url }, 'the store takes values again');
    failuresInARow = 0;
    lastSuccessMs = now();
    if (refused === 0) lastError = undefined;
    return { isSettled: true, refused, pauseMs: 0 };
  }

  return {
    take,
    get batchMax() {
      return batchMax;
    },
    get isDown() {
      return failuresInARow > 0;
    },
    stats: () => ({
      state: stateOf(failuresInARow, lastSuccessMs),
      ...counts,
      ...(lastSuccessMs === undefined ? {} : { lastSuccessMs }),
      ...(lastError === undefined ? {} : { lastError }),
    }),
  };
}

function stateOf(failuresInARow: number, lastSuccessMs?: number): DeliveryStats['state'] {
  if (failuresInARow > 0) return 'down';
  return lastSuccessMs === undefined ? 'starting' : 'up';
}

/** One timer, which keeps no process from ending. */
function createAlarm(ring: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  const stop = () => {
    clearTimeout(timer);
    dueAt = Number.POSITIVE_INFINITY;
  };
  const at = (inMs: number) => {
    stop();
    dueAt = performance.now() + inMs;
    timer = setTimeout(() => {
      dueAt = Number.POSITIVE_INFINITY;
      ring();
    }, inMs);
    timer.unref();
  };
  const notLaterThan = (inMs: number) => {
    if (performance.now() + inMs < dueAt) at(inMs);
  };
  return {
    ...{ at, notLaterThan, stop },
    get isSet() {
      return dueAt < Number.POSITIVE_INFINITY;
    },
  };
}
