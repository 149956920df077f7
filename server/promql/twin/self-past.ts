/** What the service measured of itself in the last hour: a counter without a past has no rate. */

/** As far apart as those of a scrape. */
export const SELF_EVERY_MS = 15_000;
const KEPT_MS = 3_600_000;

interface SelfReading {
  /** Name and labels, the same for the same series. */
  readonly key: string;
  readonly value: number;
}

interface Kept {
  readonly times: number[];
  readonly values: number[];
}

export interface SelfPast {
  note(readings: readonly SelfReading[], nowMs: number): void;
  /** Ascending; undefined where nothing is kept of it. */
  of(key: string): Readonly<Kept> | undefined;
}

export function createSelfPast(): SelfPast {
  const series = new Map<string, Kept>();
  return {
    note(readings, nowMs) {
      for (const { key, value } of readings) {
        const kept = series.get(key) ?? { times: [], values: [] };
        series.set(key, kept);
        if (nowMs <= (kept.times.at(-1) ?? Number.NEGATIVE_INFINITY)) continue;
        kept.times.push(nowMs);
        kept.values.push(value);
      }
      for (const [key, kept] of series) forget(key, kept, nowMs - KEPT_MS);
    },
    of: key => series.get(key),
  };

  function forget(key: string, { times, values }: Kept, beforeMs: number) {
    const first = times.findIndex(atMs => atMs >= beforeMs);
    if (first < 0) series.delete(key);
    else if (first > 0) {
      times.splice(0, first);
      values.splice(0, first);
    }
  }
}
