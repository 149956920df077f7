/** Timers that tests wind by hand; promises settle between two timers. */
import type { Timers } from '../../server/ingest/bmc/timers.ts';

export interface FakeTimers extends Timers {
  /** Runs everything that falls due within `ms`, in order of time. */
  wind(ms: number): Promise<void>;
}

interface Entry {
  readonly atMs: number;
  readonly run: () => void;
}

/** Lets promises settle that the timers just run have resolved. */
const settle = async () => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

export function fakeTimers(): FakeTimers {
  let nowMs = 0;
  const entries = new Set<Entry>();
  return {
    now: () => nowMs,
    after(ms, run) {
      const entry = { atMs: nowMs + ms, run };
      entries.add(entry);
      return () => void entries.delete(entry);
    },
    async wind(ms) {
      const endMs = nowMs + ms;
      await settle();
      for (;;) {
        const due = [...entries].filter(entry => entry.atMs <= endMs);
        if (due.length === 0) break;
        const next = due.reduce((first, entry) => (entry.atMs < first.atMs ? entry : first));
        entries.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
        await settle();
      }
      nowMs = endMs;
    },
  };
}
