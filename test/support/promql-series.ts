/**
 * Series with everything that makes queries differ: gaps, counter resets, ends marked as stale, NaN,
 * infinities, uneven spacing. The same for the same seed.
 */
import type { TestSeries } from './memory-series.ts';

export const SERIES_START_MS = Date.UTC(2026, 2, 1, 10, 0, 7);
export const SERIES_SPAN_MS = 2 * 3_600_000;

export type Random = () => number;

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Samples = TestSeries['samples'];

/** Times of one series: an interval with some jitter, now and then a gap, perhaps an end. */
function timesOf(random: Random, everyMs: number): number[] {
  const times: number[] = [];
  const end = random() < 0.15 ? SERIES_SPAN_MS * random() : SERIES_SPAN_MS;
  const jitterMs = random() < 0.5 ? 0 : 900;
  let at = random() < 0.2 ? SERIES_SPAN_MS * random() * 0.5 : Math.floor(random() * everyMs);
  while (at < end) {
    times.push(SERIES_START_MS + Math.floor(at + jitterMs * random()));
    at += everyMs;
    if (random() < 0.004) at += everyMs * Math.floor(2 + random() * 60);
  }
  return times;
}

/** Quarters, so that sums are exact and comparisons do not hang on the last bit. */
const quarters = (value: number) => Math.round(value * 4) / 4;

function gauge(random: Random, everyMs: number, level: number, odd: boolean): Samples {
  let value = level;
  return timesOf(random, everyMs).map(atMs => {
    value += (random() - 0.5) * level * 0.2;
    const dice = odd ? random() : 1;
    if (dice < 0.01) return { atMs, value: Number.NaN };
    if (dice < 0.013) return { atMs, value: Number.POSITIVE_INFINITY };
    return { atMs, value: dice < 0.03 ? ('stale' as const) : quarters(value) };
  });
}

function counter(random: Random, everyMs: number, perSample: number): Samples {
  let value = random() < 0.3 ? 0 : Math.floor(random() * 1000);
  return timesOf(random, everyMs).map(atMs => {
    value = random() < 0.01 ? 0 : value + Math.floor(random() * perSample);
    return { atMs, value: random() < 0.004 ? ('stale' as const) : value };
  });
}

const HOSTS = ['a1', 'a2', 'b1', 'b2', 'c1'];
const rackOf = (host: string) => `rack-${host[0]}`;

function histogram(random: Random, job: string): TestSeries[] {
  const bounds = ['0.1', '0.5', '1', '2.5', '+Inf'];
  const counts = bounds.map(() => 0);
  const times = timesOf(random, 30_000);
  const rows = times.map(() => {
    let below = 0;
    return bounds.map((_, i) => {
      counts[i] += Math.floor(random() * 5);
      below += counts[i];
      return below;
    });
  });
  return bounds.map((le, i) => ({
    name: 'latency_bucket',
    labels: { job, le },
    samples: times.map((atMs, row) => ({ atMs, value: rows[row][i] })),
  }));
}

/** Sorted by labels, so that a store that keeps the order of arrival has them in the same one. */
export function randomSeries(seed: number): readonly TestSeries[] {
  const random = randomOf(seed);
  const perHost = HOSTS.flatMap((host, i) => {
    const labels = { host, rack: rackOf(host), zone: i < 3 ? 'north' : 'south' };
    const level = 200 + 13.25 * i;
    return [
      { name: 'power', labels, samples: gauge(random, 15_000, level, false) },
      { name: 'temp', labels, samples: gauge(random, 30_000, 20 + i, true) },
      { name: 'delta_t', labels, samples: gauge(random, 60_000, i - 2.25, false) },
      ...['200', '500'].map(code => ({
        name: 'requests_total',
        labels: { ...labels, code },
        samples: counter(random, 15_000, code === '200' ? 50 : 3),
      })),
      {
        name: 'host_info',
        labels: { host, model: `m${i % 2}`, odd: 'ä "quoted" \\ \n' },
        samples: timesOf(random, 60_000).map(atMs => ({ atMs, value: 1 })),
      },
    ];
  });
  const perRack = [...new Set(HOSTS.map(rackOf))].map((rack, i) => ({
    name: 'capacity',
    labels: { rack },
    samples: gauge(random, 60_000, 5000 + 100 * i, false),
  }));
  const all = [...perHost, ...perRack, ...histogram(random, 'api'), ...histogram(random, 'web')];
  const key = ({ name, labels }: TestSeries) =>
    Object.entries({ ...labels, __name__: name })
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flat()
      .join('\0');
  return all.filter(({ samples }) => samples.length > 0).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
