/**
 * Watches how late the event loop runs, and gives up input by class before it falls behind: first
 * what is informational, then what is operational, then remote-write senders are told to come again.
 * What bears a limit is never given up.
 */
import { monitorEventLoopDelay, type RecordableHistogram } from 'node:perf_hooks';
import type { Logger } from 'pino';

/** 0: all is taken. 1: no informational samples. 2: nor operational ones. 3: nor remote-write. */
type OverloadLevel = 0 | 1 | 2 | 3;

export interface Overload {
  readonly level: OverloadLevel;
  /** Median delay of the event loop over the last second. */
  readonly lagMs: number;
  /** Times that each level above 0 was entered. */
  readonly entered: readonly [number, number, number];
  /** One look at the lag; made every second once started. */
  round(): void;
  start(): void;
  stop(): void;
}

interface OverloadOptions {
  readonly log: Logger;
  readonly onLevel: (level: OverloadLevel) => void;
  /** Lag since the last call; of the event loop unless a test gives another. */
  readonly lagMs?: () => number;
}

/** Lag from which each level is entered. A level is left again below half of it. */
const ENTER_MS = [Number.NEGATIVE_INFINITY, 200, 500, 1500] as const;
const LEAVE_RATIO = 0.5;
/** Calm seconds before a level is left: the load that was shed may come back with it. */
const CALM_ROUNDS = 5;
const EVERY_MS = 1000;
/** At the start every series has to be joined once: that passes, and shedding would prolong it. */
const GRACE_MS = 20_000;
/** For remote-write senders while nothing of theirs is taken. */
export const RETRY_AFTER_S = 10;

export function createOverload(options: OverloadOptions): Overload {
  const { log, onLevel } = options;
  const measure = options.lagMs ? { read: options.lagMs, stop() {} } : eventLoopLag();
  const entered: [number, number, number] = [0, 0, 0];
  let level: OverloadLevel = 0;
  let lagMs = 0;
  let calmRounds = 0;
  let timer: NodeJS.Timeout | undefined;

  function go(next: OverloadLevel) {
    if (next > level) for (let each = level; each < next; each++) entered[each as 0 | 1 | 2]++;
    const what = { overload: next, before: level, lagMs: Math.round(lagMs) };
    log[next > level ? 'warn' : 'info'](what, next > level ? 'overload: input is shed' : 'calmer');
    level = next;
    calmRounds = 0;
    onLevel(level);
  }

  function round() {
    lagMs = measure.read();
    const reached = ENTER_MS.findLastIndex(enterMs => lagMs >= enterMs) as OverloadLevel;
    if (reached > level) return go(reached);
    const isCalm = level > 0 && lagMs < ENTER_MS[level] * LEAVE_RATIO;
    calmRounds = isCalm ? calmRounds + 1 : 0;
    if (calmRounds >= CALM_ROUNDS) go((level - 1) as OverloadLevel);
  }

  return {
    get level() {
      return level;
    },
    get lagMs() {
      return lagMs;
    },
    entered,
    round,
    start() {
      timer = setTimeout(() => {
        measure.read();
        timer = setInterval(round, EVERY_MS);
      }, GRACE_MS);
    },
    stop() {
      clearTimeout(timer);
      clearInterval(timer);
      measure.stop();
    },
  };
}

/**
 * From one look at the event loop to the next, wherever its delay is measured. Each one wakes the
 * process: at 10 ms that is most of what a service takes to which nothing is sent.
 */
export const LOOP_LOOK_MS = 50;

function eventLoopLag() {
  const histogram = monitorEventLoopDelay({ resolution: LOOP_LOOK_MS });
  histogram.enable();
  return {
    read() {
      const lagMs = usualLagMs(histogram);
      histogram.reset();
      return lagMs;
    },
    stop: () => void histogram.disable(),
  };
}

/**
 * The median, not the maximum: one long collection of garbage is no overload, while of a loop that
 * is always busy most delays are long.
 * @param delays of a timer that should have rung every `LOOP_LOOK_MS`, ns from ring to ring
 */
export function usualLagMs(delays: Pick<RecordableHistogram, 'count' | 'percentile'>): number {
  // A round that measured nothing at all was late by more than the whole round.
  const nanos = delays.count === 0 ? 1e9 : delays.percentile(50);
  return Math.max(0, nanos / 1e6 - LOOP_LOOK_MS);
}
