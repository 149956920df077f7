/**
 * `bench detect`: how long it takes from the moment at which a sample is sent that passes a limit
 * until an Alertmanager has the alert, on a site whose other series go on being sent meanwhile.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeSnappy } from '../remote-write/snappy-encoder.ts';
import { encodeWriteV1 } from '../remote-write/write-encoder.ts';
import { labelsOf } from './dcgm-load.ts';
import { inFolder } from './in-folder.ts';
import { blocksOf } from './ingest-blocks.ts';
import { SAMPLES_A_REQUEST, type Stream, seriesOf, writeRequest } from './ingest-load.ts';
import { hostsOf, PLANS, type Scale } from './ingest-plan.ts';
import { pause, sendBlock, sendOn } from './ingest-sender.ts';
import { needProc, type Server, startOrrery } from './ingest-servers.ts';
import { calibrate, machine, quantile } from './machine.ts';
import { referenceInventory } from './reference-site.ts';
import type { BenchResult, BenchSize } from './result.ts';

const TRIALS = { small: 3, reference: 200 } as const;
/** Every series once in this time, as Prometheus scrapes unless told otherwise. */
const SCRAPE_S = 15;
/**
 * Pauses between two trials go over a second evenly: an alert comes just behind a tick, so that
 * trials after pauses that are alike would all begin at one place between two ticks.
 */
const PAUSES_MS = 1000;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const LATEST_MS = 30_000;
const UNSETTLED = { settleMs: 0 };
/** A limit that fires at once, so that nothing is measured but the way. */
const LIMIT = { id: 'rowRemapFailure', metric: 'DCGM_FI_DEV_ROW_REMAP_FAILURE' } as const;

export async function benchDetect(size: BenchSize): Promise<BenchResult> {
  needProc();
  const scale = PLANS[size].scales.at(-1) as Scale;
  const stream: Stream = { hosts: hostsOf(scale), metrics: 'joined' };
  const alerted = await startListener();
  try {
    const { tookMs, cpuSPerS } = await inFolder(dir =>
      measure({ dir, scale, stream, alerted, trials: TRIALS[size] }),
    );
    return {
      name: 'detect',
      params: { size, scale, trials: tookMs.length, scrapeS: SCRAPE_S },
      figures: {
        p50Ms: quantile(tookMs, 0.5),
        p99Ms: quantile(tookMs, 0.99),
        longestMs: quantile(tookMs, 1),
        cpuSPerS,
        loadSamplesPerS: seriesOf(stream) / SCRAPE_S,
      },
      machine: machine(),
      calibration: calibrate(),
      hash: createHash('sha256').update(alerted.seen.join('\n')).digest('hex'),
    };
  } finally {
    await alerted.stop();
  }
}

interface Setting {
  readonly dir: string;
  readonly scale: Scale;
  readonly stream: Stream;
  readonly alerted: Listener;
  readonly trials: number;
}

/** How long each trial took, and what the service used meanwhile. */
async function measure({ dir, scale, stream, alerted, trials }: Setting) {
  const inventory = referenceInventory(scale.halls, scale.rows);
  const config = { alertmanager: { urls: [alerted.url] } };
  const orrery = await startOrrery({ dir, inventory, config });
  try {
    await sendBlock(orrery, blocksOf('steady', stream.hosts).next(1, Date.now()), UNSETTLED);
    const load = sendStream(orrery, stream);
    const tookMs: number[] = [];
    const before = { cpuS: orrery.cpuS(), atMs: performance.now() };
    for (const [i, host] of stream.hosts.slice(0, trials).entries()) {
      await pause(PAUSES_MS * ((i * GOLDEN) % 1));
      tookMs.push(await detection(orrery, host, alerted));
    }
    const cpuSPerS = (1000 * (orrery.cpuS() - before.cpuS)) / (performance.now() - before.atMs);
    await load.stop();
    return { tookMs, cpuSPerS };
  } finally {
    await orrery.stop();
  }
}

/** Sends one sample, and waits for its alert. @returns ms between the two */
async function detection(orrery: Server, host: string, alerted: Listener): Promise<number> {
  const labels = [...labelsOf(0, 0, host), ['instance', `${host}:9400`], ['job', 'dcgm']];
  const series = {
    labels: [['__name__', LIMIT.metric], ...labels.filter(([name]) => name !== 'UUID')].sort(
      ([a], [b]) => (a < b ? -1 : 1),
    ) as [string, string][],
    samples: [{ value: 1, atMs: Date.now() }],
  };
  const requests = [encodeSnappy(encodeWriteV1([series]))];
  const sentMs = performance.now();
  const alert = alerted.next(host);
  await sendBlock(orrery, { requests, samples: 1, version: 1 }, UNSETTLED);
  return (await alert) - sentMs;
}

interface Listener {
  readonly url: string;
  /** When the next alert about a GPU of the host comes, on the clock of `performance`. */
  next(host: string): Promise<number>;
  /** Alerts that were waited for, in the order in which they came. */
  readonly seen: readonly string[];
  stop(): Promise<void>;
}

/** Takes alerts as an Alertmanager does. */
async function startListener(): Promise<Listener> {
  const waiting = new Map<string, (atMs: number) => void>();
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    const atMs = performance.now();
    const pieces = await request.toArray();
    response.end();
    for (const { labels } of JSON.parse(Buffer.concat(pieces).toString())) {
      if (labels.limit !== LIMIT.id || !waiting.has(labels.host)) continue;
      seen.push(`${labels.alertname} ${labels.entity}`);
      waiting.get(labels.host)?.(atMs);
      waiting.delete(labels.host);
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next(host) {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const late = setTimeout(reject, LATEST_MS, new Error(`no alert about ${host} came`));
      waiting.set(host, atMs => {
        clearTimeout(late);
        resolve(atMs);
      });
      return promise;
    },
    seen,
    async stop() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** Sends all series again and again, spread evenly over the time between two scrapes. */
const sendStream = (orrery: Server, stream: Stream) =>
  sendOn(orrery, (1000 * SCRAPE_S * SAMPLES_A_REQUEST) / seriesOf(stream), n => {
    const nowMs = Date.now();
    const request = writeRequest(stream, n * SAMPLES_A_REQUEST, SAMPLES_A_REQUEST, () => nowMs);
    return { requests: [request], samples: SAMPLES_A_REQUEST, version: 1 };
  });
