/** Values to InfluxDB: the lines of a request, and what the sender makes of the answers. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { forwardInfluxConfig } from '../../server/forward/influx-wire.ts';
import { forwardingOf, forwardSite, startFakeStore } from '../support/forward-site.ts';
import { until } from '../support/outside-process.ts';

/** Two signals of the four hosts of two racks. */
async function forwardTo(t: TestContext, config: Record<string, unknown> = {}) {
  const store = await startFakeStore();
  const site = forwardSite();
  const parsed = forwardInfluxConfig.parse({
    ...{ id: 'influx', url: store.url, kinds: ['host'], signals: ['bmcPowerW', 'inletTempC'] },
    ...{ values: ['samples'], timeoutS: 0.5, ...config },
  });
  const forwarding = forwardingOf(site, { forwardInflux: [parsed] });
  t.after(async () => {
    await forwarding.stop();
    await store.stop();
  });
  const round = (n: number, hosts = ['k1-n1', 'k1-n2', 'k2-n1', 'k2-n2']) => {
    for (const [h, host] of hosts.entries()) {
      site.write('bmcPowerW', host, 1000 * n + h);
      site.write('inletTempC', host, 20.5);
    }
    site.clock.nowMs += 15_000;
    forwarding.round();
  };
  const writes = () => store.requests.filter(({ path }) => path.startsWith('/write'));
  return { store, site, forwarding, round, writes, stats: () => forwarding.stats()[0] };
}

test('an entity is a line: its place as tags, its signals as fields', async t => {
  const { forwarding, round, writes, site } = await forwardTo(t, {
    ...{ database: 'dc 1', retentionPolicy: 'year' },
  });
  round(1, ['k1-n1']);
  assert.equal(await forwarding.flush(), true);
  const [{ path, body }] = writes();
  const query = new URLSearchParams(path.slice(path.indexOf('?')));
  assert.deepEqual(Object.fromEntries(query), { db: 'dc 1', precision: 'ms', rp: 'year' });
  const atMs = Math.floor(site.clock.nowMs / 15_000) * 15_000;
  assert.equal(
    body.toString(),
    'orrery_host,site=s,hall=h,row=r,rack=k1,host=k1-n1 ' +
      `bmc_power_watts=1000,inlet_temp_celsius=20.5 ${atMs}`,
  );
});

test('points go in requests of a bounded size', async t => {
  const { forwarding, round, writes, stats } = await forwardTo(t, { batchPoints: 3 });
  round(1);
  round(2);
  assert.equal(await forwarding.flush(), true);
  const lines = writes().map(({ body }) => body.toString().split('\n').length);
  assert.deepEqual(lines, [3, 3, 2]);
  assert.equal(stats().sentSamples, 16);
});

test('roll-ups stand in a measurement of their own, also those of an unfinished minute', async t => {
  const { forwarding, round, writes } = await forwardTo(t, { values: ['rollUps'] });
  round(1, ['k1-n1']);
  await forwarding.flush();
  assert.equal(writes().length, 0);
  await forwarding.stop();
  const body = writes()[0].body.toString();
  assert.match(body, /^orrery_host_1m,site=s,[^ ]* bmc_power_watts_count=1,.*_min=20.5 \d+$/);
  assert.match(body, /bmc_power_watts_mean=1000,/);
});

test('a partial write: what is left out is counted, the rest is not sent again', async t => {
  const { store, forwarding, round, writes, stats } = await forwardTo(t, { batchPoints: 2 });
  const conflict = 'partial write: field type conflict: input field \\"x\\" dropped=1';
  store.answer = ({ body }) => (body.includes('k1-n1') ? [400, `{"error":"${conflict}"}`] : [204]);
  round(1);
  assert.equal(await forwarding.flush(), true);
  const { droppedSamples, sentSamples, retries, lastError, state } = stats();
  assert.deepEqual([droppedSamples, sentSamples, retries], [{ refused: 2 }, 6, 0]);
  assert.equal(state, 'up');
  assert.equal(lastError, undefined, 'what went well since');
  assert.equal(writes().length, 2);
});

test('a request that is refused as a whole costs that request only', async t => {
  const { store, forwarding, round, stats } = await forwardTo(t, { batchPoints: 2 });
  store.answer = ({ body }) => (body.includes('k2-n1') ? [400, '{"error":"unable"}'] : [204]);
  round(1);
  assert.equal(await forwarding.flush(), true);
  assert.deepEqual([stats().droppedSamples, stats().sentSamples], [{ refused: 4 }, 4]);
  assert.match(stats().lastError ?? '', /400.*unable/);
});

test('a missing database is made where that is allowed, else waited for', async t => {
  const missing = [404, '{"error":"database not found: \\"orrery\\""}'] as const;
  const allowed = await forwardTo(t);
  let exists = false;
  allowed.store.answer = ({ path, body }) => {
    if (!path.startsWith('/query')) return exists ? [204] : missing;
    assert.match(decodeURIComponent(`${path}${body}`), /create database "orrery"/);
    exists = true;
    return [200, '{"results":[{"statement_id":0}]}'];
  };
  allowed.round(1);
  assert.equal(await allowed.forwarding.flush(), true);
  assert.deepEqual([allowed.stats().sentSamples, allowed.stats().retries], [8, 0]);

  const forbidden = await forwardTo(t, { createDatabase: false });
  forbidden.store.answer = () => missing;
  forbidden.round(1);
  assert.equal(await forbidden.forwarding.flush(), false);
  assert.equal(forbidden.store.requests.length, 1);
  assert.match(forbidden.stats().lastError ?? '', /database not found/);
  assert.equal(forbidden.stats().queuedSamples, 8);
});

test('wrong credentials, 5xx and no answer are waited out; nothing secret is shown', async t => {
  const store = await startFakeStore();
  t.after(() => store.stop());
  const url = `${store.url.replace('//', '//user:secret@')}/influx/`;
  const { round, stats, forwarding } = await forwardTo(t, { url });
  const answers = ['never', 'cut', [401, '{"error":"no"}'], [503]] as const;
  let n = 0;
  store.answer = () => answers[n++] ?? [204];
  round(1);
  void forwarding.flush();
  await until('delivery', 10_000, async () => stats().sentSamples === 8);
  assert.equal(stats().retries, 4);
  assert.equal(store.requests.length, 5);
  const { headers, path } = store.requests[0];
  assert.match(path, /^\/influx\/write\?/);
  assert.equal(headers.authorization, `Basic ${Buffer.from('user:secret').toString('base64')}`);
  assert.doesNotMatch(JSON.stringify(stats()), /secret/);
});

test('a token of its own goes with every request', async t => {
  process.env.TEST_INFLUX_TOKEN = 'sesame';
  t.after(() => delete process.env.TEST_INFLUX_TOKEN);
  const { round, forwarding, writes } = await forwardTo(t, { bearerTokenEnv: 'TEST_INFLUX_TOKEN' });
  round(1);
  assert.equal(await forwarding.flush(), true);
  assert.equal(writes()[0].headers.authorization, 'Bearer sesame');
});
