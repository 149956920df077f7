/**
 * `bench history`: the two queries of the budget, asked through the store as the service does. The
 * 200 series of a rack's GPUs over 7 days at 1 minute; one signal of all racks over 24 hours at 15 minutes.
 * Both end now, so that they are answered from whole days, from the hours of today, and from the
 * raw samples of the last three hours. And what writing costs: see `history-write.ts`.
 *
 * Of the inside of racks only as many are stored as one file of a day holds: the names and bounds in
 * the checkpoint tell which files a rack is in, so the others of a site would not be opened.
 */
import { join } from 'node:path';
import { pino } from 'pino';
import type { HistoryStore, RangeQuery, TierId } from '../history/store/contract.ts';
import { DAY_MS, MINUTE_MS } from '../history/store/contract.ts';
import { openHistoryStore } from '../history/store/store.ts';
import {
  digest,
  GPU_SIGNALS,
  gpuIds,
  NOW_MS,
  rackId,
  type SiteSize,
  type StoredSite,
  storeSite,
} from './history-site.ts';
import { measureWriting } from './history-write.ts';
import { inFolder } from './in-folder.ts';
import { calibrate, machine, median } from './machine.ts';
import type { BenchResult, BenchSize } from './result.ts';

interface Plan extends SiteSize {
  readonly rackQueries: number;
  readonly siteQueries: number;
  /** Racks of which samples are written. */
  readonly racksWritten: number;
}

const PLANS: Readonly<Record<BenchSize, Plan>> = {
  small: { racksInside: 2, racks: 20, days: 1, rackQueries: 5, siteQueries: 3, racksWritten: 2 },
  reference: {
    racksInside: 11,
    racks: 25_000,
    days: 7,
    rackQueries: 100,
    siteQueries: 20,
    racksWritten: 100,
  },
};

export const benchHistory = (size: BenchSize): Promise<BenchResult> =>
  inFolder(directory => inStore(size, directory));

async function inStore(size: BenchSize, directory: string): Promise<BenchResult> {
  const plan = PLANS[size];
  const startedAt = performance.now();
  const site = storeSite(directory, plan);
  const storedS = (performance.now() - startedAt) / 1000;
  const store = await openHistoryStore({ directory, log: pino({ level: 'silent' }) });
  try {
    const { figures, hash } = await measure(store, plan, site);
    const writing = await measureWriting(join(directory, 'written'), plan.racksWritten);
    return { figures: { ...figures, ...writing }, hash, ...named(size, plan, storedS) };
  } finally {
    await store.close();
  }
}

const named = (size: BenchSize, plan: Plan, storedS: number) => ({
  name: 'history',
  params: { size, ...plan, seriesARack: 200, storedS },
  machine: machine(),
  calibration: calibrate(),
});

async function measure(store: HistoryStore, plan: Plan, site: StoredSite) {
  const rack = await timed(store, plan.rackQueries, i => rackQuery(plan, i));
  const racks = await timed(store, plan.siteQueries, () => siteQuery(plan));
  const figures = {
    ...prefixed('rackWeek', rack),
    ...prefixed('siteDay', racks),
    rssMB: process.memoryUsage.rss() / 1e6,
    rows: site.files.reduce((sum, file) => sum + file.rows, 0),
    files: site.files.length,
    rawBytesPerRow: bytesPerRow(site, 'raw'),
    minuteBytesPerRow: bytesPerRow(site, '1m'),
    quarterBytesPerRow: bytesPerRow(site, '15m'),
  };
  return { figures, hash: digest([rack.answer, racks.answer]) };
}

const rackQuery = ({ racksInside, days }: Plan, i: number): RangeQuery => ({
  ...{ entities: gpuIds(i % racksInside), signals: GPU_SIGNALS },
  ...{ fromMs: NOW_MS - days * DAY_MS, toMs: NOW_MS, stepMs: MINUTE_MS },
});

const siteQuery = ({ racks }: Plan): RangeQuery => ({
  entities: Array.from({ length: racks }, (_, rack) => rackId(rack)),
  signals: ['powerW'],
  ...{ fromMs: NOW_MS - DAY_MS, toMs: NOW_MS, stepMs: 15 * MINUTE_MS },
});

interface Timed {
  readonly firstMs: number;
  readonly wallMs: readonly number[];
  readonly cpuMs: readonly number[];
  /** To the first question. */
  readonly answer: Float64Array;
}

/** The first one compiles the loops and reads the footers: it is told apart. */
async function timed(
  store: HistoryStore,
  count: number,
  queryOf: (i: number) => RangeQuery,
): Promise<Timed> {
  const wallMs: number[] = [];
  const cpuMs: number[] = [];
  let answer: Float64Array = new Float64Array(0);
  for (let i = 0; i <= count; i++) {
    const query = queryOf(i);
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    const { values } = await store.range(query);
    wallMs.push(performance.now() - startedAt);
    const { user, system } = process.cpuUsage(cpu);
    cpuMs.push((user + system) / 1000);
    if (i === 0) answer = values;
  }
  return { firstMs: wallMs[0], wallMs: wallMs.slice(1), cpuMs: cpuMs.slice(1), answer };
}

function prefixed(name: string, { firstMs, wallMs, cpuMs, answer }: Timed) {
  const sorted = wallMs.toSorted((a, b) => a - b);
  const p99 = sorted[Math.ceil(0.99 * sorted.length) - 1];
  return {
    [`${name}P50Ms`]: median(wallMs),
    [`${name}P99Ms`]: p99,
    [`${name}CpuMs`]: median(cpuMs),
    [`${name}FirstMs`]: firstMs,
    [`${name}Values`]: answer.length,
  };
}

function bytesPerRow({ files }: StoredSite, tier: TierId): number {
  const ofTier = files.filter(file => file.tier === tier);
  const rows = ofTier.reduce((sum, file) => sum + file.rows, 0);
  return ofTier.reduce((sum, file) => sum + file.bytes, 0) / Math.max(1, rows);
}
