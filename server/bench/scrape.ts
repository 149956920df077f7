/**
 * `orrery bench scrape`: what it costs to take samples in. Pages of dcgm-exporter's shape and the
 * same samples as remote-write requests go through the whole ingest (decoding, finding the series,
 * the quality gate, writing the cell) in process, without the network and the model's roll-up.
 */
import { createHash, type Hash } from 'node:crypto';
import { SIGNAL_INDEX } from '../../twin/index.ts';
import type { Bind, CellWriter } from '../ingest/binding.ts';
import type { PageSource } from '../ingest/contract.ts';
import { Ingest } from '../ingest/ingest.ts';
import type { WriteHeaders } from '../ingest/write-answer.ts';
import { encodeSnappy } from '../remote-write/snappy-encoder.ts';
import { encodeWriteV1, encodeWriteV2, type SeriesToWrite } from '../remote-write/write-encoder.ts';
import { dcgmPage, dcgmSeries, SAMPLES_A_HOST } from './dcgm-load.ts';
import {
  type Calibration,
  calibrate,
  cpuSecondsOf,
  type Machine,
  machine,
  median,
} from './machine.ts';

interface ScrapeParams {
  /** Hosts of 8 GPUs, 160 samples a page. */
  readonly hosts: number;
  /** Timings of each figure, of which the median counts. */
  readonly timings: number;
  /** Rounds of all pages in one timing; remote write has one. */
  readonly roundsATiming: number;
  /** Samples of one remote-write request. */
  readonly samplesARequest: number;
}

export const DEFAULT_SCRAPE: ScrapeParams = {
  hosts: 250,
  timings: 9,
  roundsATiming: 5,
  samplesARequest: 2000,
};

interface ScrapeFigures {
  readonly samplesPerRound: number;
  readonly pageBytesPerSample: number;
  /** Text pages in steady series order. */
  readonly pageSamplesPerCpuS: number;
  readonly pageCpuSPerMillion: number;
  /** Text pages whose lines come in another order each time: found by hash. */
  readonly shuffledCpuSPerMillion: number;
  /** Text pages of which no mapping row has a metric. */
  readonly unmappedCpuSPerMillion: number;
  /** New series, bound one by one by a binding that costs next to nothing. */
  readonly firstSightCpuSPerMillion: number;
  /** Remote write, decompression included. */
  readonly writeV1CpuSPerMillion: number;
  readonly writeV2CpuSPerMillion: number;
}

interface BenchResult<Params, Figures> {
  readonly name: string;
  readonly params: Params;
  readonly figures: Figures;
  readonly machine: Machine;
  readonly calibration: Calibration;
  /** Of the values written: the same for the same params, however fast. */
  readonly hash: string;
}

const START_MS = 1_760_000_000_000;
const ROUND_MS = 15_000;
/** Different pages a host, taken in turn. */
const VARIANTS = 2;

export function benchScrape(
  params: Partial<ScrapeParams> = {},
): BenchResult<ScrapeParams, ScrapeFigures> {
  const all = { ...DEFAULT_SCRAPE, ...params };
  const hash = createHash('sha256');
  const calibration = calibrate();
  const pages = pagesOf(all, dcgmPage);
  const steady = timePages(
    all,
    pages,
    newSite(() => true),
    hash,
  );
  const shuffled = timePages(
    all,
    pagesOf(all, shuffledPage),
    newSite(() => true),
    hash,
  );
  const unmapped = timePages(
    all,
    pages,
    newSite(() => false),
    hash,
  );
  const samplesPerRound = all.hosts * SAMPLES_A_HOST;
  const figures: ScrapeFigures = {
    samplesPerRound,
    pageBytesPerSample: pages[0].reduce((sum, page) => sum + page.length, 0) / samplesPerRound,
    pageSamplesPerCpuS: Math.round(1e6 / steady.laterCpuS),
    pageCpuSPerMillion: steady.laterCpuS,
    shuffledCpuSPerMillion: shuffled.laterCpuS,
    unmappedCpuSPerMillion: unmapped.laterCpuS,
    firstSightCpuSPerMillion: steady.firstCpuS,
    writeV1CpuSPerMillion: timeWrites(all, encodeWriteV1, V1_HEADERS, hash),
    writeV2CpuSPerMillion: timeWrites(all, encodeWriteV2, V2_HEADERS, hash),
  };
  const result = { name: 'scrape', params: all, figures, machine: machine(), calibration };
  return { ...result, hash: hash.digest('hex') };
}

interface Site {
  readonly ingest: Ingest;
  /** Values by cell. */
  readonly values: number[];
  readonly clock: { nowMs: number };
}

/** A model that gives each new series the next cell. */
function newSite(maps: (name: string) => boolean): Site {
  const values: number[] = [];
  const times: number[] = [];
  const clock = { nowMs: START_MS };
  const writer: CellWriter = {
    write: (cell, _entity, value, atMs) => {
      values[cell] = value;
      times[cell] = atMs;
    },
    markStale: () => {},
    timeAt: cell => times[cell],
    valueAt: cell => values[cell],
  };
  const bind: Bind = () => {
    const cell = values.push(Number.NaN) - 1;
    times.push(Number.NEGATIVE_INFINITY);
    return { ...BINDING, entity: cell, cell };
  };
  const ingest = new Ingest({ bind, maps, writer, clock: { now: () => clock.nowMs }, seed: 1 });
  return { ingest, values, clock };
}

const BINDING = {
  signal: SIGNAL_INDEX.get('gpuPowerW') ?? 0,
  scale: 1,
  offset: 0,
  mode: 'gauge',
  shed: 'limit',
  min: 0,
  max: 1e15,
  staleAfterS: 90,
} as const;

/** The pages of all hosts, by variant. */
const pagesOf = ({ hosts }: ScrapeParams, page: (host: number, round: number) => Buffer) =>
  Array.from({ length: VARIANTS }, (_, variant) =>
    Array.from({ length: hosts }, (_, host) => page(host, variant)),
  );

/** A page whose lines stand in an order of their own in each round. */
function shuffledPage(host: number, round: number): Buffer {
  const lines = dcgmPage(host, round).toString().split('\n').slice(0, -1);
  let random = host * 7919 + round * 104_729 + 1;
  for (let i = lines.length - 1; i > 0; i--) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    const j = random % (i + 1);
    [lines[i], lines[j]] = [lines[j], lines[i]];
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** CPU seconds per million samples of the first round, and of the later ones. */
function timePages(
  { hosts, timings, roundsATiming }: ScrapeParams,
  pages: readonly (readonly Buffer[])[],
  { ingest, values, clock }: Site,
  hash: Hash,
) {
  const sources = Array.from({ length: hosts }, (_, host) => sourceOf(host));
  const scrapeAll = (round: number) => {
    clock.nowMs = START_MS + round * ROUND_MS;
    const variant = pages[round % VARIANTS];
    for (let host = 0; host < hosts; host++) ingest.page(sources[host], variant[host], clock.nowMs);
  };
  const perMillion = (rounds: number, cpuS: number) =>
    (cpuS * 1e6) / (rounds * hosts * SAMPLES_A_HOST);
  let round = 0;
  const firstCpuS = perMillion(
    1,
    cpuSecondsOf(() => scrapeAll(round++)),
  );
  const laterCpuS = Array.from({ length: timings }, () =>
    perMillion(
      roundsATiming,
      cpuSecondsOf(() => {
        for (let i = 0; i < roundsATiming; i++) scrapeAll(round++);
      }),
    ),
  );
  addValues(hash, values);
  return { firstCpuS, laterCpuS: median(laterCpuS) };
}

const sourceOf = (host: number): PageSource => ({
  id: `scrape-${host}`,
  labels: { instance: `10.0.${host >> 8}.${host & 255}:9400`, job: 'dcgm' },
});

const V1_HEADERS = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };
const V2_HEADERS = {
  ...V1_HEADERS,
  'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
};

/** CPU seconds per million samples of one sender's requests, after a first round. */
function timeWrites(
  { hosts, timings, samplesARequest }: ScrapeParams,
  encode: (series: readonly SeriesToWrite[]) => Buffer,
  headers: WriteHeaders,
  hash: Hash,
): number {
  const { ingest, values, clock } = newSite(() => true);
  const cpuS: number[] = [];
  for (let round = 0; round <= timings; round++) {
    const atMs = START_MS + round * ROUND_MS;
    const requests = requestsOf(hosts, round, samplesARequest).map(part =>
      encodeSnappy(encode(part)),
    );
    clock.nowMs = atMs;
    cpuS.push(
      cpuSecondsOf(() => {
        for (const request of requests) ingest.writeRequest(request, headers, 'sender');
      }),
    );
  }
  addValues(hash, values);
  return (median(cpuS.slice(1)) * 1e6) / (hosts * SAMPLES_A_HOST);
}

function requestsOf(hosts: number, round: number, samples: number): SeriesToWrite[][] {
  const atMs = START_MS + round * ROUND_MS;
  const series = Array.from({ length: hosts }, (_, host) => dcgmSeries(host, round, atMs)).flat();
  const count = Math.ceil(series.length / samples);
  return Array.from({ length: count }, (_, i) => series.slice(i * samples, (i + 1) * samples));
}

const addValues = (hash: Hash, values: readonly number[]) =>
  hash.update(new Uint8Array(Float64Array.from(values).buffer));
