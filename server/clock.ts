/** Time for the whole service. In the demo it may run faster than the wall. */
import type { Clock } from './ingest/contract.ts';

export const wallClock: Clock = { now: Date.now, speed: 1 };

/** A clock that stood at the wall's time at `startMs` and has run `speed` times as fast since. */
export function fastClock(startMs: number, speed: number): Clock {
  return { now: () => startMs + (Date.now() - startMs) * speed, speed };
}
