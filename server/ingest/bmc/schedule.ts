/**
 * When each BMC is polled. A BMC has one poll at a time, a rate of 1 Hz unless boosted for a
 * bounded time, never above 10 Hz, a time budget per poll, rest as long as the poll took, and a
 * circuit breaker. All BMCs together have a bounded number of polls under way, of which those that
 * have not answered yet, or have stopped answering, may hold only a part: a hung BMC never delays
 * one that answers.
 */
import assert from 'node:assert';
import {
  afterFailure,
  type BackoffPolicy,
  type Breaker,
  beforePoll,
  CLOSED,
  DEFAULT_BACKOFF,
} from './breaker.ts';
import { type Timers, wallTimers } from './timers.ts';

/** 10 Hz, the rate that is never exceeded. */
const MIN_GAP_MS = 100;
/** 1 Hz, the rate without a demand for more. */
const NORMAL_GAP_MS = 1_000;
/** 5 Hz, the rate on demand. */
const BOOST_GAP_MS = 200;
const BOOST_MAX_S = 600;
/** How long a poll may take to notice that its budget is spent before its place is taken away. */
const GRACE_MS = 1_000;
/** Polls over which the polling rate is measured. */
const RATE_WINDOW = 8;

/** How a poll is made: connections are cheap, processes are not. */
type PollMeans = 'connection' | 'process';

const CONCURRENCY: Readonly<Record<PollMeans, number>> = { connection: 256, process: 16 };

export type PollMode = 'normal' | 'boost' | 'probe';

export interface PollOutcome {
  /** `failed`: nothing was read, so that the BMC counts as not answering. */
  readonly result: 'ok' | 'partial' | 'failed';
  /** Longer wait than the back-off, such as after a refused login, which may lock an account. */
  readonly waitMs?: number;
}

export interface BmcJob {
  readonly id: string;
  /** Wanted time between starts of polls; at least 1 s unless boosted. */
  readonly intervalMs: number;
  readonly budgetMs: number;
  /** One poll; has to return soon after `signal` aborts. A rejection counts as a failure. */
  poll(signal: AbortSignal, mode: PollMode): Promise<PollOutcome>;
}

export interface BmcLineStatus {
  readonly breaker: Breaker;
  readonly polling: boolean;
  readonly polls: number;
  /** Starts per second over the last polls; 0 before the second. */
  readonly rateHz: number;
  readonly boosted: boolean;
  /** Polls that did not stop when their budget was spent. */
  readonly overruns: number;
}

export interface BmcSchedule {
  /** Starts polling. @throws Error when the id is taken. */
  add(job: BmcJob): void;
  /** Stops polling and waits for the poll under way, which is aborted. */
  remove(id: string): Promise<void>;
  /** Polls at 5 Hz for `forS` seconds (at most 600). @returns false when the id is unknown. */
  boost(id: string, forS: number): boolean;
  status(id: string): BmcLineStatus | undefined;
  /** Polls under way over all BMCs. */
  readonly inFlight: number;
}

interface ScheduleOptions {
  readonly concurrency?: number;
  readonly backoff?: BackoffPolicy;
  readonly timers?: Timers;
  /** Budget of the probe that a half-open breaker lets through. */
  readonly probeBudgetMs?: number;
}

/**
 * Which share of the places a BMC competes for. The shares of those that may hang leave a quarter
 * of the places to those that have answered.
 */
type Standing = 'proven' | 'unproven' | 'suspect';
const SHARE: Readonly<Record<Standing, number>> = { proven: 1, unproven: 0.5, suspect: 0.25 };
const STANDINGS = Object.keys(SHARE) as Standing[];

interface Line {
  readonly job: BmcJob;
  breaker: Breaker;
  standing: Standing;
  cancelTimer: () => void;
  readyAtMs: number;
  lastStartMs: number;
  starts: number[];
  polls: number;
  overruns: number;
  boostUntilMs: number;
  abort: AbortController | undefined;
  /** Settles when the poll under way does. */
  settled: Promise<void>;
  removed: boolean;
}

class Schedule implements BmcSchedule {
  readonly #timers: Timers;
  readonly #backoff: BackoffPolicy;
  readonly #places: number;
  readonly #probeBudgetMs: number;
  readonly #lines = new Map<string, Line>();
  readonly #ready: Record<Standing, Line[]> = { proven: [], unproven: [], suspect: [] };
  readonly #taken: Record<Standing, number> = { proven: 0, unproven: 0, suspect: 0 };

  constructor(options: ScheduleOptions) {
    this.#timers = options.timers ?? wallTimers;
    this.#backoff = options.backoff ?? DEFAULT_BACKOFF;
    this.#places = options.concurrency ?? CONCURRENCY.connection;
    this.#probeBudgetMs = options.probeBudgetMs ?? 5_000;
  }

  get inFlight(): number {
    return this.#taken.proven + this.#taken.unproven + this.#taken.suspect;
  }

  add(job: BmcJob): void {
    if (this.#lines.has(job.id)) throw new Error(`BMC '${job.id}' is already scheduled`);
    const line: Line = {
      job,
      breaker: CLOSED,
      standing: 'unproven',
      cancelTimer: () => {},
      readyAtMs: 0,
      lastStartMs: Number.NEGATIVE_INFINITY,
      starts: [],
      polls: 0,
      overruns: 0,
      boostUntilMs: 0,
      abort: undefined,
      settled: Promise.resolve(),
      removed: false,
    };
    this.#lines.set(job.id, line);
    this.#wait(line, this.#timers.now());
  }

  async remove(id: string): Promise<void> {
    const line = this.#lines.get(id);
    if (!line) return;
    line.removed = true;
    line.cancelTimer();
    this.#lines.delete(id);
    line.abort?.abort(new Error('source stopped'));
    const patience = new Promise<void>(done => this.#timers.after(GRACE_MS, done));
    if (line.abort) await Promise.race([line.settled, patience]);
  }

  boost(id: string, forS: number): boolean {
    const line = this.#lines.get(id);
    if (!line) return false;
    const nowMs = this.#timers.now();
    line.boostUntilMs = nowMs + Math.min(Math.max(0, forS), BOOST_MAX_S) * 1_000;
    const waiting = !line.abort && !this.#ready[line.standing].includes(line);
    if (waiting && line.breaker.failures === 0)
      this.#wait(line, Math.max(nowMs, line.lastStartMs + BOOST_GAP_MS));
    return true;
  }

  status(id: string): BmcLineStatus | undefined {
    const line = this.#lines.get(id);
    if (!line) return undefined;
    const spanMs = (line.starts.at(-1) ?? 0) - (line.starts[0] ?? 0);
    return {
      breaker: line.breaker,
      polling: line.abort !== undefined,
      polls: line.polls,
      rateHz: spanMs > 0 ? ((line.starts.length - 1) * 1_000) / spanMs : 0,
      boosted: this.#timers.now() < line.boostUntilMs,
      overruns: line.overruns,
    };
  }

  #wait(line: Line, dueMs: number): void {
    line.cancelTimer();
    line.cancelTimer = this.#timers.after(Math.max(0, dueMs - this.#timers.now()), () => {
      line.readyAtMs = this.#timers.now();
      this.#ready[line.standing].push(line);
      this.#drain();
    });
  }

  #mayStart(standing: Standing): boolean {
    const share = Math.max(1, Math.floor(this.#places * SHARE[standing]));
    return this.inFlight < this.#places && this.#taken[standing] < share;
  }

  /** Starts what has waited longest among the standings that still have a place. */
  #drain(): void {
    for (;;) {
      let next: Standing | undefined;
      for (const standing of STANDINGS) {
        const head = this.#ready[standing][0];
        if (!head || !this.#mayStart(standing)) continue;
        if (!next || head.readyAtMs < this.#ready[next][0].readyAtMs) next = standing;
      }
      if (!next) return;
      const line = this.#ready[next].shift() as Line;
      if (!line.removed) this.#start(line);
    }
  }

  #start(line: Line): void {
    const startMs = this.#timers.now();
    const gapMs = startMs - line.lastStartMs;
    assert(gapMs >= MIN_GAP_MS - 1e-6, `BMC ${line.job.id} polled again after ${gapMs} ms`);
    line.lastStartMs = startMs;
    line.starts = [...line.starts.slice(1 - RATE_WINDOW), startMs];
    line.polls++;
    line.breaker = beforePoll(line.breaker);
    const abort = new AbortController();
    line.abort = abort;
    const release = this.#takePlace(line.standing);
    const cancelBudget = this.#limit(line, abort, release);
    line.settled = line.job
      .poll(abort.signal, this.#modeOf(line, startMs))
      .catch((): PollOutcome => ({ result: 'failed' }))
      .then(outcome => {
        cancelBudget();
        line.abort = undefined;
        this.#settle(line, outcome, startMs);
        release();
        this.#drain();
      });
  }

  #takePlace(standing: Standing): () => void {
    this.#taken[standing]++;
    let held = true;
    return () => {
      if (held) this.#taken[standing]--;
      held = false;
    };
  }

  /** Aborts at the budget; a poll that ignores it loses its place but still blocks its own BMC. */
  #limit(line: Line, abort: AbortController, release: () => void): () => void {
    const isProbe = line.breaker.state === 'halfOpen';
    const budgetMs = Math.min(isProbe ? this.#probeBudgetMs : Infinity, line.job.budgetMs);
    let cancel = this.#timers.after(budgetMs, () => {
      abort.abort(new Error(`poll budget of ${budgetMs} ms spent`));
      cancel = this.#timers.after(GRACE_MS, () => {
        line.overruns++;
        release();
        this.#drain();
      });
    });
    return () => cancel();
  }

  #modeOf(line: Line, nowMs: number): PollMode {
    if (line.breaker.state === 'halfOpen') return 'probe';
    return nowMs < line.boostUntilMs ? 'boost' : 'normal';
  }

  #settle(line: Line, outcome: PollOutcome, startMs: number): void {
    const nowMs = this.#timers.now();
    const failed = outcome.result === 'failed';
    line.standing = failed ? 'suspect' : 'proven';
    line.breaker = failed ? afterFailure(line.breaker, this.#backoff, line.job.id, nowMs) : CLOSED;
    if (line.removed) return;
    const boosted = nowMs < line.boostUntilMs;
    const gapMs = boosted ? BOOST_GAP_MS : Math.max(NORMAL_GAP_MS, line.job.intervalMs);
    const restMs = boosted ? 0 : nowMs - startMs;
    const dueMs = Math.max(startMs + gapMs, nowMs + restMs, nowMs + (outcome.waitMs ?? 0));
    this.#wait(line, Math.max(dueMs, line.breaker.retryAtMs));
  }
}

export const createBmcSchedule = (options: ScheduleOptions = {}): BmcSchedule =>
  new Schedule(options);

const shared = new Map<PollMeans, BmcSchedule>();

/** The schedule that sources share when they are given none, so that the global bound holds. */
export function sharedBmcSchedule(means: PollMeans): BmcSchedule {
  const known = shared.get(means);
  if (known) return known;
  const schedule = createBmcSchedule({ concurrency: CONCURRENCY[means] });
  shared.set(means, schedule);
  return schedule;
}
