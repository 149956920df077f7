/** What `bench ingest` does with the servers: blocks by turns, full load, strangers, scrapes. */
import { LOOP_LOOK_MS } from '../overload.ts';
import { SAMPLES_A_HOST } from './dcgm-load.ts';
import { type Blocks, blocksOf, type Shape } from './ingest-blocks.ts';
import { hostsOf, type Plan, type Scale } from './ingest-plan.ts';
import type { Exporters } from './ingest-scrape.ts';
import { type Block, pause, sendBlock } from './ingest-sender.ts';
import type { Server } from './ingest-servers.ts';
import { median, quantile } from './machine.ts';

export type Figures = Record<string, number>;

interface Rivals {
  readonly orrery: Server;
  readonly victoria: Server | undefined;
  /** What only reads, writes, syncs and answers. */
  readonly floor?: Server;
  readonly settleMs: number;
}

/** CPU seconds per million samples of each server. */
interface Cost {
  readonly ours: number;
  readonly theirs: number;
  /** The same less what they take while nothing is sent. */
  readonly oursNet: number;
  readonly theirsNet: number;
  readonly floor: number;
}

/** CPU seconds a second of each server while nothing is sent. */
interface Idle {
  readonly ours: number;
  readonly theirs: number;
}

const NOT_IDLE: Idle = { ours: 0, theirs: 0 };

async function costOf(rivals: Rivals, block: Block, idle = NOT_IDLE): Promise<Cost> {
  const { orrery, victoria, floor, settleMs } = rivals;
  const millions = block.samples / 1e6;
  const of = async (server: Server | undefined, idleCpuSPerS: number) => {
    if (!server) return [Number.NaN, Number.NaN];
    const { cpuS, wallS } = await sendBlock(server, block, { settleMs });
    const idleS = idleCpuSPerS * (wallS + settleMs / 1000);
    return [cpuS / millions, Math.max(0, cpuS - idleS) / millions];
  };
  const [ours, oursNet] = await of(orrery, idle.ours);
  const [theirs, theirsNet] = await of(victoria, idle.theirs);
  const [least] = await of(floor, 0);
  return { ours, theirs, oursNet, theirsNet, floor: least };
}

/** Figures of which there are none without a victoria-metrics are left out. */
const known = (figures: Figures): Figures =>
  Object.fromEntries(Object.entries(figures).filter(([, figure]) => Number.isFinite(figure)));

/** The first block of all: one round, in which every series is new. */
async function measureFirstSight(rivals: Rivals, blocks: Blocks): Promise<Figures> {
  const { ours, theirs } = await costOf(rivals, blocks.next(1, Date.now()));
  return known({ firstSightCpuSPerMillion: ours, firstSightVictoriaCpuSPerMillion: theirs });
}

/** Until what the blocks go through is compiled. */
const WARM_UPS = 5;

/** Blocks of a shape by turns, after some to warm up. */
export async function measureShape(
  rivals: Rivals,
  [shape, blocks]: readonly [Shape, Blocks],
  { rounds, count, idle }: { rounds: number; count: number; idle?: Idle },
): Promise<Figures> {
  for (let i = 0; i < WARM_UPS; i++) await costOf(rivals, blocks.next(rounds, Date.now()));
  const costs: Cost[] = [];
  for (let i = 0; i < count; i++) {
    costs.push(await costOf(rivals, blocks.next(rounds, Date.now()), idle));
  }
  const middle = (figure: (cost: Cost) => number) => median(costs.map(figure));
  return known({
    [`${shape}CpuSPerMillion`]: middle(({ ours }) => ours),
    [`${shape}NetCpuSPerMillion`]: middle(({ oursNet }) => oursNet),
    [`${shape}VictoriaCpuSPerMillion`]: middle(({ theirs }) => theirs),
    [`${shape}VictoriaNetCpuSPerMillion`]: middle(({ theirsNet }) => theirsNet),
    [`${shape}FloorCpuSPerMillion`]: middle(({ floor }) => floor),
    [`${shape}Ratio`]: middle(({ ours, theirs }) => ours / theirs),
  });
}

/** What the servers take while nothing is sent: ticks and housekeeping. */
async function measureIdle({ orrery, victoria, settleMs }: Rivals): Promise<Idle> {
  const servers = [orrery, victoria];
  const before = servers.map(server => server?.cpuS() ?? Number.NaN);
  const startedMs = performance.now();
  await pause(2 * settleMs);
  const waitedS = (performance.now() - startedMs) / 1000;
  const [ours, theirs] = servers.map((server, i) => ((server?.cpuS() ?? 0) - before[i]) / waitedS);
  return { ours, theirs };
}

/** Blocks without a pause. */
async function measureLoaded(
  { orrery, settleMs }: Rivals,
  blocks: Blocks,
  [rounds, count]: readonly [number, number],
): Promise<Figures> {
  const nowMs = Date.now();
  const block = blocks.next(rounds * count, nowMs);
  await eventLoopP99Ms(orrery);
  const { wallS, probesMs } = await sendBlock(orrery, block, { settleMs: 0, isWatched: true });
  const loopP99Ms = await eventLoopP99Ms(orrery);
  await pause(settleMs);
  return {
    fullLoadSamplesPerS: block.samples / wallS,
    eventLoopP99Ms: loopP99Ms,
    livezP50Ms: quantile(probesMs, 0.5),
    livezP99Ms: quantile(probesMs, 0.99),
  };
}

const LAG_P99 = 'orrery_nodejs_eventloop_lag_p99_seconds';

/** Delay of its event loop since this was asked last, less the interval at which it looks. */
export async function eventLoopP99Ms(orrery: Server): Promise<number> {
  return Math.max(0, 1000 * (await metricOf(orrery, LAG_P99)) - LOOP_LOOK_MS);
}

/** The sum over the series of a metric that a pattern matches, on the page of the service. */
async function metricOf({ url }: Server, series: string): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text();
  const lines = page.split('\n').filter(line => line.startsWith(series));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** What became of the samples of a service so far, by reason. */
export async function outcomesOf({ url }: Server): Promise<string[]> {
  const page = await (await fetch(`${url}/metrics`)).text();
  return page.split('\n').filter(line => /^orrery_ingest_(samples|dropped)_total/.test(line));
}

/** Series of hosts that nobody knows, each sent once: what is kept of them must be bounded. */
export async function measureStrangers(
  { orrery, settleMs }: Rivals,
  hosts: number,
): Promise<Figures> {
  const before = { cpuS: orrery.cpuS(), rssMB: orrery.rssMB() };
  const part = Math.ceil(hosts / 10);
  for (let first = 0; first < hosts; first += part) {
    const names = Array.from({ length: Math.min(part, hosts - first) }, (_, i) => `x${first + i}`);
    await sendBlock(orrery, blocksOf('steady', names).next(1, Date.now()), { settleMs: 0 });
  }
  await pause(settleMs);
  const series = hosts * SAMPLES_A_HOST;
  return {
    strangerSeries: series,
    strangerCpuSPerMillion: (orrery.cpuS() - before.cpuS) / (series / 1e6),
    strangerRssMB: Math.max(0, orrery.rssMB() - before.rssMB),
    strangerCounted: await metricOf(orrery, 'orrery_ingest_dropped_total{reason="unmatched"}'),
    strangerHeld: await metricOf(orrery, 'orrery_unmatched_series'),
  };
}

/** Text pages that the service fetches itself, in steady order; ticks are counted as well. */
export async function measureScrapes(
  orrery: Server,
  exporters: Exporters,
  { scrapeS }: Plan,
): Promise<Figures> {
  // The first pages are of new series.
  await pause(FIRST_PAGES_MS);
  const before = { cpuS: orrery.cpuS(), pages: exporters.pages() };
  await pause(1000 * scrapeS);
  const samples = (exporters.pages() - before.pages) * SAMPLES_A_HOST;
  return { scrapeCpuSPerMillion: (orrery.cpuS() - before.cpuS) / (samples / 1e6) };
}

const FIRST_PAGES_MS = 2000;

/** All of one scale, on servers that are new. */
export async function measureScale(plan: Plan, scale: Scale, rivals: Rivals): Promise<Figures> {
  const { orrery, victoria } = rivals;
  const rounds = scale.roundsABlock;
  const hosts = hostsOf(scale);
  const tell = (what: string) => process.stderr.write(`${scale.name} series: ${what}\n`);
  const steady = blocksOf('steady', hosts);
  tell('first sight');
  const figures = await measureFirstSight(rivals, steady);
  const idle = await measureIdle(rivals);
  Object.assign(figures, known({ idleCpuSPerS: idle.ours, idleVictoriaCpuSPerS: idle.theirs }));
  for (const shape of ['steady', 'interleaved', 'unmapped'] as const) {
    tell(shape);
    const blocks = shape === 'steady' ? steady : blocksOf(shape, hosts);
    const options = { rounds, count: plan.blocks, idle };
    // To the bare server all requests are alike.
    const others = { ...rivals, floor: shape === 'steady' ? rivals.floor : undefined };
    Object.assign(figures, await measureShape(others, [shape, blocks], options));
    if (shape !== 'steady') continue;
    figures.rssMB = orrery.rssMB();
    if (victoria) figures.rssVictoriaMB = victoria.rssMB();
    tell('full load');
    Object.assign(figures, await measureLoaded(rivals, steady, [rounds, plan.loadedBlocks]));
  }
  return figures;
}
