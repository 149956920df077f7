/** Time for the whole service. In the demo it may run faster than the wall. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Factor between this clock and the wall (1 in production). */
  readonly speed: number;
}

export const wallClock: Clock = { now: Date.now, speed: 1 };

/** A clock that stood at the wall's time at `startMs` and has run `speed` times as fast since. */
export function fastClock(startMs: number, speed: number): Clock {
  return { now: () => startMs + (Date.now() - startMs) * speed, speed };
}
