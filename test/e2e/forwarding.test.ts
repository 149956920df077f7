/** Values of a twin into real stores and back, with the store killed in between. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { InfluxDB } from 'influx';
import type { Forwarding } from '../../server/forward/forwarding.ts';
import { forwardInfluxConfig } from '../../server/forward/influx-wire.ts';
import { remoteWriteConfig } from '../../server/forward/remote-write-wire.ts';
import { type ForwardSite, forwardingOf, forwardSite } from '../support/forward-site.ts';
import { createInfluxd, influxdMissing } from '../support/influxd.ts';
import { TWO_RACKS, topologyOf } from '../support/inventories.ts';
import { skipWithout, until } from '../support/outside-process.ts';
import {
  prometheusStore,
  settleVictoria,
  storedSamples,
  valuesNow,
  victoriaStore,
} from '../support/restartable.ts';

const EVERY_MS = 15_000;
const HOSTS = ['k1-n1', 'k1-n2', 'k2-n1', 'k2-n2'];
const SIGNALS = ['bmcPowerW', 'powerW', 'inletTempC'];
const CHOSEN = { kinds: ['rack', 'host'], signals: SIGNALS, measured: true };

type Samples = Map<string, Map<number, number>>;

interface Run {
  readonly site: ForwardSite;
  /** What should be stored: by `metric entity`, values by time. */
  readonly wanted: Samples;
  /** Gives all hosts new values, works the twin out, and forwards. @returns the round's time. */
  round(hosts?: readonly string[]): number;
}

/** Rounds of the last ten minutes, so that nothing has to wait for its time. */
function runOf(): Run {
  const startMs = Math.floor(Date.now() / EVERY_MS - 40) * EVERY_MS;
  const site = forwardSite(topologyOf(TWO_RACKS), startMs);
  const wanted: Samples = new Map();
  let n = 0;
  return {
    site,
    wanted,
    round(hosts = HOSTS) {
      n++;
      site.clock.nowMs += EVERY_MS;
      const note = (key: string, value: number) =>
        (wanted.get(key) ?? wanted.set(key, new Map()).get(key)!).set(site.clock.nowMs, value);
      hosts.forEach((host, h) => {
        const values = { bmcPowerW: 4000 + n + h / 8, inletTempC: 20 + n / 8 };
        site.write('bmcPowerW', host, values.bmcPowerW);
        site.write('inletTempC', host, values.inletTempC);
        note(`orrery_host_bmc_power_watts ${host}`, values.bmcPowerW);
        note(`orrery_host_inlet_temp_celsius ${host}`, values.inletTempC);
      });
      site.live.twin.tick(site.clock.nowMs);
      return site.clock.nowMs;
    },
  };
}

const stopped = (t: TestContext, forwarding: Forwarding, remove: () => Promise<void>) =>
  t.after(async () => {
    await forwarding.stop();
    await remove();
  });

interface Store {
  start(): Promise<void>;
  kill(): Promise<void>;
}

/** Rounds before, while and after the store is dead. All of them must get there. */
async function throughDeath(run: Run, forwarding: Forwarding, store: Store) {
  const round = (hosts?: readonly string[]) => {
    const atMs = run.round(hosts);
    forwarding.round();
    return atMs;
  };
  for (let n = 0; n < 6; n++) round();
  assert.equal(await forwarding.flush(), true);
  await store.kill();
  for (let n = 0; n < 6; n++) round();
  assert.equal(await forwarding.flush(), false);
  assert.equal(forwarding.stats()[0].state, 'down');
  assert.ok(forwarding.stats()[0].lagS > 60);
  await store.start();
  await until('delivery', 20_000, async () => forwarding.stats()[0].queuedSamples === 0);
  for (let n = 0; n < 3; n++) round();
  const lastMs = round(HOSTS.slice(0, 3));
  assert.equal(await forwarding.flush(), true);
  const { droppedSamples, state, retries } = forwarding.stats()[0];
  assert.deepEqual([droppedSamples, state], [{}, 'up']);
  assert.ok(retries > 0);
  return lastMs;
}

/** Every sample of the measured signals, and that derived ones came along. */
async function assertStored(run: Run, url: string, lastMs: number) {
  for (const metric of ['orrery_host_bmc_power_watts', 'orrery_host_inlet_temp_celsius']) {
    const stored = await storedSamples(url, metric, lastMs);
    assert.equal(stored.length, HOSTS.length);
    for (const { metric: labels, samples } of stored) {
      const { host, rack } = labels;
      const { __name__, ...place } = labels;
      const external = place.cluster === undefined ? {} : { cluster: 'eu1' };
      const db = place.db === undefined ? {} : { db: 'orrery' };
      assert.deepEqual(place, { site: 's', hall: 'h', row: 'r', rack, host, ...external, ...db });
      const wanted = [...(run.wanted.get(`${metric} ${host}`) ?? [])];
      // A host that fell silent is stale, and its last value goes on.
      assert.deepEqual(samples.slice(0, wanted.length), wanted, `${metric} ${host}`);
    }
  }
  const racks = await valuesNow(url, 'orrery_rack_power_watts', 'rack', lastMs);
  assert.deepEqual(Object.keys(racks).sort(), ['k1', 'k2']);
}

const remoteWriteTo = (site: ForwardSite, url: string, parts: object = {}) =>
  forwardingOf(site, {
    remoteWrite: [
      remoteWriteConfig.parse({
        ...{ id: 'rw', url: `${url}/api/v1/write`, ...CHOSEN, batchSamples: 20 },
        ...{ externalLabels: { cluster: 'eu1' }, ...parts },
      }),
    ],
  });

const noPrometheus = skipWithout('prometheus');
test('Prometheus: all samples arrive, also those of its absence', {
  skip: noPrometheus,
}, async t => {
  const store = await prometheusStore();
  await store.start();
  const run = runOf();
  const forwarding = remoteWriteTo(run.site, store.url);
  stopped(t, forwarding, store.remove);
  const lastMs = await throughDeath(run, forwarding, store);
  await assertStored(run, store.url, lastMs);
  run.site.end('bmcPowerW', 'k1-n1');
  run.site.live.twin.tick(run.site.clock.nowMs + 1_000_000);
  run.site.clock.nowMs += EVERY_MS;
  forwarding.round();
  await forwarding.flush();
  const left = await valuesNow(
    store.url,
    'orrery_host_bmc_power_watts',
    'host',
    run.site.clock.nowMs,
  );
  assert.deepEqual(left, {}, 'ended, though within the five minutes that a query looks back');
});

test('Prometheus stays usable when our clock was a day ahead', { skip: noPrometheus }, async t => {
  const store = await prometheusStore();
  await store.start();
  const run = runOf();
  const forwarding = remoteWriteTo(run.site, store.url);
  stopped(t, forwarding, store.remove);
  run.round();
  forwarding.round();
  await forwarding.flush();
  await store.kill();
  run.site.clock.nowMs += 86_400_000;
  forwarding.round();
  await forwarding.flush();
  run.site.clock.nowMs -= 86_400_000;
  await store.start();
  run.round();
  forwarding.round();
  await until('delivery', 10_000, async () => forwarding.stats()[0].queuedSamples === 0);
  const lastMs = run.round();
  forwarding.round();
  assert.equal(await forwarding.flush(), true);
  const { droppedSamples } = forwarding.stats()[0];
  assert.deepEqual(Object.keys(droppedSamples), ['ahead of the clock']);
  const stored = await storedSamples(store.url, 'orrery_host_bmc_power_watts', lastMs);
  assert.deepEqual(
    stored.map(({ samples }) => samples.length),
    HOSTS.map(() => 3),
  );
});

const noVictoria = skipWithout('victoria-metrics');

for (const protocol of ['1.0', '2.0']) {
  const title = `VictoriaMetrics by remote write, offered ${protocol}: all samples arrive`;
  test(title, { skip: noVictoria }, async t => {
    const store = await victoriaStore();
    await store.start();
    const run = runOf();
    const forwarding = remoteWriteTo(run.site, store.url, { protocol });
    stopped(t, forwarding, store.remove);
    const lastMs = await throughDeath(run, forwarding, store);
    await settleVictoria(store.url);
    await assertStored(run, store.url, lastMs);
  });
}

const influxTo = (site: ForwardSite, url: string, parts: object = {}) =>
  forwardingOf(site, {
    forwardInflux: [
      forwardInfluxConfig.parse({ id: 'in', url, ...CHOSEN, batchPoints: 7, ...parts }),
    ],
  });

test('VictoriaMetrics by line protocol: the names are those of remote write', {
  skip: noVictoria,
}, async t => {
  const store = await victoriaStore();
  await store.start();
  const run = runOf();
  const forwarding = influxTo(run.site, store.url);
  stopped(t, forwarding, store.remove);
  const lastMs = await throughDeath(run, forwarding, store);
  await settleVictoria(store.url);
  await assertStored(run, store.url, lastMs);
  const means = await valuesNow(
    store.url,
    'orrery_host_1m_inlet_temp_celsius_mean{host="k1-n1"}',
    'host',
    lastMs,
  );
  assert.ok(means['k1-n1'] > 20);
});

const noInflux = influxdMissing() ?? false;

interface Row {
  time: Date & { getNanoTime(): string };
  [field: string]: unknown;
}

test('InfluxDB: samples and roll-ups come back, the database is made, death is survived', {
  skip: noInflux,
}, async t => {
  const influxd = await createInfluxd();
  await influxd.start();
  const run = runOf();
  const forwarding = influxTo(run.site, influxd.url);
  stopped(t, forwarding, influxd.remove);
  await throughDeath(run, forwarding, { start: influxd.start, kill: influxd.halt });
  await forwarding.stop();
  const { hostname, port } = new URL(influxd.url);
  const client = new InfluxDB({ host: hostname, port: Number(port), database: 'orrery' });
  const [host] = HOSTS;
  const rows = await client.query<Row>(`SELECT * FROM orrery_host WHERE host = '${host}'`);
  const wanted = run.wanted.get(`orrery_host_bmc_power_watts ${host}`)!;
  assert.deepEqual(
    rows.map(row => [row.time.getTime(), row.bmc_power_watts]),
    [...wanted],
  );
  assert.deepEqual([rows[0].site, rows[0].hall, rows[0].row, rows[0].rack], ['s', 'h', 'r', 'k1']);
  assert.equal(rows[0].power_watts, rows[0].bmc_power_watts, 'the best estimate came along');

  const rolled = await client.query<Row>(`SELECT * FROM orrery_host_1m WHERE host = '${host}'`);
  const minutes = Map.groupBy(wanted, ([atMs]) => Math.floor(atMs / 60_000) * 60_000);
  assert.deepEqual(
    rolled.map(row => [
      ...[row.time.getTime(), row.bmc_power_watts_min, row.bmc_power_watts_max],
      ...[row.bmc_power_watts_last, row.bmc_power_watts_count],
    ]),
    [...minutes].map(([startMs, samples]) => {
      const values = samples.map(([, value]) => value);
      return [startMs, Math.min(...values), Math.max(...values), values.at(-1), values.length];
    }),
  );
  for (const [i, [, samples]] of [...minutes].entries()) {
    const mean = samples.reduce((sum, [, value]) => sum + value, 0) / samples.length;
    assert.ok(Math.abs(Number(rolled[i].bmc_power_watts_mean) - mean) < 1e-9);
  }
});

test('InfluxDB: a field of another type is refused, the rest is stored', {
  skip: noInflux,
}, async t => {
  const influxd = await createInfluxd();
  await influxd.start();
  const run = runOf();
  const forwarding = influxTo(run.site, influxd.url, {
    values: ['samples'],
    batchPoints: 100,
  });
  stopped(t, forwarding, influxd.remove);
  const { hostname, port } = new URL(influxd.url);
  const client = new InfluxDB({ host: hostname, port: Number(port), database: 'orrery' });
  await client.createDatabase('orrery');
  const tags = { site: 's', hall: 'h', row: 'r', rack: 'k1', host: 'k1-n1' };
  const atMs = run.round();
  const fields = { bmc_power_watts: 'a text' };
  const point = { measurement: 'orrery_host', tags, fields, timestamp: atMs };
  await client.writePoints([point], { precision: 'ms' });
  forwarding.round();
  assert.equal(await forwarding.flush(), true);
  const { droppedSamples, lastError, requests, retries } = forwarding.stats()[0];
  // The points of four hosts are refused whole.
  assert.ok(droppedSamples.refused >= 8, JSON.stringify(droppedSamples));
  assert.match(lastError ?? '', /partial write: field type conflict/);
  assert.deepEqual([requests, retries], [1, 0]);
  const stored = await client.query<Row>('SELECT * FROM orrery_rack');
  assert.equal(stored.length, 2);
});
