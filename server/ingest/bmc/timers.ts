/** Time for scheduling: monotonic milliseconds and one-shot timers, so that tests can wind them. */

export interface Timers {
  /** Monotonic milliseconds; only differences mean anything. */
  now(): number;
  /** Runs once after `ms`; the returned function cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** Timers of the process. They do not keep it alive: a source waiting for its turn is no work. */
export const wallTimers: Timers = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
