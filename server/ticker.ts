/** Runs ticks, at once or with pauses; never two at a time. */
import type { Tick } from '../twin/index.ts';

export interface Ticker {
  /** Works out everything that has changed, at once. */
  tick(): void;
  /** The same with pauses, so that others get their turn meanwhile. */
  tickInParts(): Promise<void>;
  /** Ends the tick under way, if there is one: for those who read what it works out. */
  settle(): void;
}

type Parts = Generator<void, Tick>;

/** @param done is told each tick, and how long it was at work, pauses left out */
export function createTicker(
  start: () => Parts,
  done: (tick: Tick, tookMs: number) => void,
): Ticker {
  let running: Parts | undefined;
  let tookMs = 0;

  function begin(): Parts {
    settle();
    tookMs = 0;
    running = start();
    return running;
  }

  function goOn(parts: Parts) {
    const startedAt = performance.now();
    let part: IteratorResult<void, Tick> | undefined;
    try {
      part = parts.next();
    } finally {
      // One that breaks is over: the next one begins anew.
      if (!part || part.done) running = undefined;
      tookMs += performance.now() - startedAt;
    }
    if (part.done) done(part.value, tookMs);
  }

  function settle() {
    while (running) goOn(running);
  }

  return {
    tick() {
      begin();
      settle();
    },
    async tickInParts() {
      const parts = begin();
      while (running === parts) {
        goOn(parts);
        await new Promise(resolve => setImmediate(resolve));
      }
    },
    settle,
  };
}
