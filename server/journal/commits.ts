/** Group commit: one write and one sync serve everybody who waits for what they cover. */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Appender } from './appender.ts';
import type { LogPosition } from './contract.ts';
import type { Chunk, Pending } from './pending.ts';
import type { Sealing } from './sealing.ts';
import type { SegmentWriter } from './segment-writer.ts';

interface CommitsOptions {
  readonly appender: Appender;
  readonly sealing: Sealing;
  readonly pending: Pending;
  readonly writer: SegmentWriter;
  readonly clock: Clock;
  readonly log: Logger;
  /** Pause after a failure. */
  readonly retryMs: number;
  /** How long a commit waits at most for those who are expected: a sync costs the same for many. */
  readonly gatherMs: number;
  /** Told after each commit. */
  readonly onCommit: (end: LogPosition, clockMs: number) => void;
}

interface Commits {
  durable(): Promise<boolean>;
  /** Commits what nobody waits for, if there is anything. */
  poke(): void;
  /** '' while all is well. */
  failure(): string;
  readonly figures: Readonly<CommitFigures>;
  /** One last attempt. @returns how much could not be written */
  finish(): Promise<number>;
}

interface CommitFigures {
  commits: number;
  /** Rows, stale marks and notes on disk. */
  entries: number;
  lastMs: number;
}

type Waiting = (isOnDisk: boolean) => void;

/** What one commit writes at most, or little more: a longer backlog takes several. */
const COMMIT_BYTES = 8 * 2 ** 20;
const RETRY_FACTOR_MAX = 50;

export function createCommits(options: CommitsOptions): Commits {
  const { appender, sealing, pending, writer, clock, log, gatherMs, onCommit } = options;
  const figures = { commits: 0, entries: 0, lastMs: 0 };
  const health = createHealth(log, options.retryMs);
  const muster = createMuster(gatherMs);
  let running: Promise<void> | undefined;
  let isFinished = false;

  async function run(): Promise<void> {
    do await muster.complete();
    while ((await commitOnce()) && (pending.chunks.length > 0 || muster.size > 0));
  }

  function start() {
    if (isFinished) return;
    running ??= run().finally(() => {
      running = undefined;
    });
  }

  /** @returns false when it failed */
  async function commitOnce(): Promise<boolean> {
    gather();
    const chunks = pending.take(COMMIT_BYTES);
    if (chunks.length === 0) return true;
    const clockMs = clock.now();
    const startMs = performance.now();
    try {
      await writer.commit(chunks, clockMs);
    } catch (error) {
      failed(error as NodeJS.ErrnoException);
      return false;
    }
    figures.lastMs = performance.now() - startMs;
    figures.commits++;
    health.recovered();
    const waiting = takeWaiting(chunks);
    figures.entries += pending.release();
    muster.tell(waiting);
    onCommit(writer.end, clockMs);
    return true;
  }

  /** Seals everything, so that whoever waits until now waits for the last chunk that there is. */
  function gather() {
    appender.seal();
    const waiting = muster.takeAll();
    if (sealing.takeLoss()) tell(waiting, false);
    else if (pending.chunks.length === 0) tell(waiting, true);
    else pending.chunks.at(-1)!.waiting.push(...waiting);
  }

  function failed(error: NodeJS.ErrnoException) {
    pending.giveBack();
    const pauseMs = health.failed(error);
    tell([...takeWaiting(pending.chunks), ...muster.takeAll()], false);
    setTimeout(start, pauseMs).unref();
  }

  return {
    durable() {
      if (health.failure() !== '' || isFinished) return Promise.resolve(false);
      return new Promise<boolean>(resolve => {
        muster.join(resolve);
        start();
      });
    },
    poke() {
      const isIdle = pending.chunks.length === 0 && appender.openEntries() === 0;
      if (health.failure() === '' && !isIdle) start();
    },
    failure: health.failure,
    figures,
    async finish() {
      isFinished = true;
      await running;
      gather();
      while (pending.chunks.length > 0 && (await commitOnce()));
      return pending.entries;
    },
  };
}

/**
 * Who waits for the next commit. Senders that send on as soon as they are answered are all back
 * before long: they are waited for, so that they share it.
 */
function createMuster(waitMs: number) {
  let waiting: Waiting[] = [];
  /** Who shared the last commit, and who came during it. */
  let expected = 0;
  let end = () => {};
  const isMissingSome = () => waiting.length > 0 && waiting.length < expected;
  return {
    get size() {
      return waiting.length;
    },
    join(done: Waiting) {
      waiting.push(done);
      if (!isMissingSome()) end();
    },
    takeAll(): Waiting[] {
      const all = waiting;
      waiting = [];
      return all;
    },
    tell(answered: readonly Waiting[]) {
      expected = answered.length + waiting.length;
      tell(answered, true);
    },
    /** Soon, but never in the same turn of the event loop: others may have been read in it. */
    complete: () =>
      new Promise<void>(go => {
        const timer = isMissingSome() ? setTimeout(() => end(), waitMs) : undefined;
        end = () => {
          end = () => {};
          clearTimeout(timer);
          setImmediate(go);
        };
        if (timer === undefined) end();
      }),
  };
}

function takeWaiting(chunks: readonly Chunk[]): Waiting[] {
  const waiting = chunks.flatMap(chunk => chunk.waiting);
  for (const chunk of chunks) chunk.waiting = [];
  return waiting;
}

function tell(waiting: readonly Waiting[], isOnDisk: boolean) {
  for (const done of waiting) done(isOnDisk);
}

/** Whether the disk takes anything, and when to try again when it does not. */
function createHealth(log: Logger, retryMs: number) {
  let failure = '';
  let pauseMs = retryMs;
  return {
    failure: () => failure,
    /** @returns ms until the next attempt */
    failed(error: NodeJS.ErrnoException): number {
      if (failure === '') log.error({ err: error }, 'journal: nothing can be written');
      failure = failureText(error);
      const nowMs = pauseMs;
      pauseMs = Math.min(2 * pauseMs, RETRY_FACTOR_MAX * retryMs);
      return nowMs;
    },
    recovered() {
      if (failure !== '') log.warn({ failure }, 'journal: can be written again');
      failure = '';
      pauseMs = retryMs;
    },
  };
}

const FAILURES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EROFS: 'the disk is read-only',
  EIO: 'the disk fails',
};

const failureText = ({ code = '', message }: NodeJS.ErrnoException) =>
  code in FAILURES ? `${FAILURES[code]} (${code})` : message;
