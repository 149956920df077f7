/** What is polled from a real Prometheus and a real VictoriaMetrics: values, times, ends, errors. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { stringify } from 'yaml';
import { type Serving, serve } from '../../server/serve.ts';
import { type PageServer, servePages } from '../support/dcgm-pages.ts';
import { skipWithout, until } from '../support/outside-process.ts';
import { type Partner, startVictoriaMetrics } from '../support/partner-servers.ts';
import { type PrometheusServer, startPrometheus } from '../support/prometheus-server.ts';
import { configWith, smallTopology } from '../support/small-service.ts';

const HOST = '127.0.0.21';
const load = (value: number, atMs?: number) => `node_load1 ${value}${atMs ? ` ${atMs}` : ''}`;
const gpu = (n: number, watts: number) =>
  `DCGM_FI_DEV_POWER_USAGE{gpu="${n}",UUID="GPU-${n}",Hostname="r1-k1-n1"} ${watts}`;

interface Value {
  readonly value: number | null;
  readonly at?: string;
  readonly quality: string;
}

interface Health {
  readonly id: string;
  readonly state: string;
  readonly lastError?: string;
  readonly samples: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly clockOffsetMs?: number;
  readonly clockUncertaintyMs?: number;
}

const get = async <T>(orrery: Serving, path: string) =>
  (await (await fetch(`${orrery.url}${path}`)).json()) as T;

async function readValue(orrery: Serving, entity: string, signal: string): Promise<Value> {
  const path = `/api/v1/state/${encodeURIComponent(entity)}`;
  return (await get<{ signals: Record<string, Value> }>(orrery, path)).signals[signal];
}

const healthOf = async (orrery: Serving, id: string) => {
  const { items } = await get<{ items: Health[] }>(orrery, '/api/v1/sources');
  const found = items.find(item => item.id === id);
  assert.ok(found, id);
  return found;
};

const orreryWith = (...sources: object[]) =>
  serve({
    topology: smallTopology(),
    config: configWith({ tickS: 0.5, sources }),
    clock: { now: Date.now, speed: 1 },
    version: 'test',
  });

const skip = skipWithout('prometheus', 'victoria-metrics');

describe('polled from a query API', { skip }, () => {
  let pages: PageServer;
  let victoria: Partner;
  let prometheus: PrometheusServer;
  let orrery: Serving;
  const stampMs = Date.now() - 20_000;

  before(async () => {
    const page = [gpu(0, 400), gpu(1, 500), load(7, stampMs), 'node_boot_time_seconds 1.7e9', ''];
    pages = await servePages({ [HOST]: page.join('\n') });
    victoria = await startVictoriaMetrics();
    const target = { job_name: 'gpu', static_configs: [{ targets: [`${HOST}:${pages.port}`] }] };
    const relabel = [{ target_label: 'instance', replacement: 'r1-k1-n1:9100' }];
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', external_labels: { cluster: 'c1' } },
      scrape_configs: [{ ...target, relabel_configs: relabel }],
      remote_write: [
        { url: `${victoria.url}/api/v1/write`, queue_config: { batch_send_deadline: '1s' } },
      ],
    };
    prometheus = await startPrometheus({ 'prometheus.yml': stringify(config) });
    const ask = (id: string, url: string, more = {}) => ({
      ...{ id, kind: 'prometheus', url, intervalS: 1, lookbackS: 60 },
      ...more,
    });
    orrery = await orreryWith(
      ask('prometheus', prometheus.url),
      ask('elsewhere', prometheus.url, { matchers: 'job="other"' }),
      ask('path', `${prometheus.url}/graph`),
      ask('query', prometheus.url, { matchers: 'job=~"("' }),
      ask('nobody', 'http://127.0.0.1:1'),
    );
  });
  after(async () => {
    await orrery?.stop();
    await prometheus?.stop();
    await victoria?.stop();
    pages?.close();
  });

  test('values arrive with the time of the sample, not of the query', async () => {
    const isThere = async () => (await readValue(orrery, 'r1-k1-n1', 'load1Count')).value === 7;
    await until('the load', 15_000, isThere);
    // What is asked for in other queries of the round, `up` among it, may come a moment later.
    const isUp = async () => (await readValue(orrery, 'r1-k1-n1', 'upFlag')).value === 1;
    await until('up', 15_000, isUp);
    const isPowered = async () =>
      (await readValue(orrery, 'r1-k1-n1/gpu1', 'gpuPowerW')).value === 500;
    await until('the power', 15_000, isPowered);
    const { at = '' } = await readValue(orrery, 'r1-k1-n1', 'load1Count');
    assert.equal(Date.parse(at), stampMs);
  });

  test('an answer with nothing new is no new sample', async () => {
    const dropped = async () => (await healthOf(orrery, 'prometheus')).dropped;
    await until('a second round', 15_000, async () => (await dropped()).duplicate > 0);
    assert.equal((await dropped()).conflict, undefined);
    assert.equal((await dropped()).late, undefined);
  });

  test('a series that ends keeps its last time: it is not fresh because it was asked for', async () => {
    pages.set(HOST, `${gpu(0, 410)}\n${load(8)}\n`);
    const isNew = async () => (await readValue(orrery, 'r1-k1-n1/gpu0', 'gpuPowerW')).value === 410;
    await until('the new power', 15_000, isNew);
    const gone = await readValue(orrery, 'r1-k1-n1/gpu1', 'gpuPowerW');
    await until('three more rounds', 15_000, async () => {
      const { at = '' } = await readValue(orrery, 'r1-k1-n1/gpu0', 'gpuPowerW');
      return Date.parse(at) > Date.parse(gone.at ?? '') + 4000;
    });
    assert.deepEqual(await readValue(orrery, 'r1-k1-n1/gpu1', 'gpuPowerW').then(at), at(gone));
    assert.equal((await readValue(orrery, 'r1-k1-n1', 'load1Count')).value, 8);
  });

  test('VictoriaMetrics gives the same', async () => {
    const ask = { id: 'vm', kind: 'prometheus', url: victoria.url, intervalS: 1, lookbackS: 60 };
    const other = await orreryWith(ask);
    try {
      const values = async () => [
        (await readValue(other, 'r1-k1-n1/gpu0', 'gpuPowerW')).value,
        (await readValue(other, 'r1-k1-n1', 'load1Count')).value,
      ];
      const isThere = async () => (await values()).join() === '410,8';
      await until('power and load', 15_000, isThere);
      const isUp = async () => (await healthOf(other, 'vm')).state === 'up';
      await until('the end of a round', 15_000, isUp);
    } finally {
      await other.stop();
    }
  });

  test('the clock of the server is known to within a second', async () => {
    const { clockOffsetMs = Number.NaN, clockUncertaintyMs } = await healthOf(orrery, 'prometheus');
    assert.ok(clockUncertaintyMs !== undefined && clockUncertaintyMs < 1000);
    assert.ok(Math.abs(clockOffsetMs) <= clockUncertaintyMs + 50);
  });

  test('matchers narrow what is taken; mistakes are told, and cost the others nothing', async () => {
    const narrow = await healthOf(orrery, 'elsewhere');
    assert.deepEqual([narrow.state, narrow.samples], ['up', 0]);
    const down = async (id: string) => {
      await until(`${id} to be down`, 15_000, async () => {
        return (await healthOf(orrery, id)).state === 'down';
      });
      return (await healthOf(orrery, id)).lastError ?? '';
    };
    assert.match(await down('path'), /HTTP 404|not JSON; is this the base URL/);
    assert.match(await down('query'), /HTTP 400.*parse error/);
    assert.match(await down('nobody'), /ECONNREFUSED/);
    assert.equal((await healthOf(orrery, 'prometheus')).state, 'up');
  });
});

/** What of a value must not change while its series is silent. */
const at = (value: Value) => ({ value: value.value, at: value.at });
