import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test, { type TestContext } from 'node:test';
import { createWriter, label } from '../../server/metrics/writer.ts';
import { metricName, SIGNALS, signalIndex } from '../../twin/index.ts';
import { samplesOf } from '../support/evaluate-page.ts';
import { skipWithout } from '../support/outside-process.ts';
import { type SmallOptions, startSmallService } from '../support/small-service.ts';

async function siteWith(t: TestContext, options: SmallOptions = {}) {
  const site = await startSmallService(options);
  t.after(() => site.stop());
  const { port } = site.service.ingest;
  const lines = ['r1-k1-n1', 'r1-k1-n2', 'r1-k2-n1', 'r1-k2-n2'].map((host, n) => {
    site.power(host, 4000 + n);
    site.read(host, [
      { kind: 'host', signal: 'inletTempC', value: 22 + n },
      { kind: 'host', signal: 'firmwareText', value: 'say "1.2"\\3' },
    ]);
    return `DCGM_FI_DEV_GPU_TEMP{Hostname="${host}",gpu="0",UUID="GPU-${n}"} ${50 + n}`;
  });
  port.page({ id: 'dcgm', labels: {} }, Buffer.from(`${lines.join('\n')}\n`), site.clock.nowMs);
  site.service.live.tick();
  const page = async () => (await site.get('/metrics')).text();
  return { ...site, page, samples: async () => samplesOf(await page()) };
}

type Samples = ReturnType<typeof samplesOf>;
const find = (samples: Samples, name: string, labels: Record<string, string>) =>
  samples.filter(
    sample =>
      sample.name === name && Object.entries(labels).every(([l, v]) => sample.labels[l] === v),
  );

test('a signal has a series for each entity of its kind, with its place as labels', async t => {
  const { samples } = await siteWith(t);
  const name = metricName('host', SIGNALS[signalIndex('inletTempC')]);
  const [sample, ...others] = find(await samples(), name, { host: 'r1-k2-n1' });
  assert.deepEqual([others.length, sample.value], [0, 24]);
  assert.deepEqual(sample.labels, {
    ...{ site: 's1', hall: 'h1', row: 'r1', rack: 'r1-k2', host: 'r1-k2-n1' },
  });
});

test('limits, infos and texts carry the labels that rules and joins go by', async t => {
  const { samples } = await siteWith(t);
  const all = await samples();
  const limits = find(all, 'orrery_rack_inlet_temp_threshold_celsius', { rack: 'r1-k1' });
  assert.deepEqual(
    limits.map(({ labels, value }) => [labels.limit, value]),
    [
      ['inletRecommended', 27],
      ['inletAllowable', 35],
    ],
  );
  const [text] = find(all, 'orrery_host_firmware_info', { host: 'r1-k1-n1' });
  assert.equal(text.value, 1);
  assert.equal(text.labels.class, 'dgx-h100');
  const [gpu] = find(all, 'orrery_gpu_info', { UUID: 'GPU-2' });
  assert.deepEqual([gpu.labels.gpu, gpu.labels.host], ['r1-k2-n1/gpu0', 'r1-k2-n1']);
  const [host] = find(all, 'orrery_host_info', { host: 'r1-k1-n2' });
  assert.deepEqual([host.labels.node, host.labels.bmc], ['r1-k1-n2', '10.1.1.2']);
});

test('what is missing has no series; quality counts it', async t => {
  const { samples } = await siteWith(t);
  const all = await samples();
  assert.deepEqual(find(all, 'orrery_host_exhaust_temp_celsius', {}), []);
  const quality = find(all, 'orrery_signal_quality', { kind: 'gpu', signal: 'gpuTempC' });
  const byQuality = Object.fromEntries(quality.map(q => [q.labels.quality, q.value]));
  assert.deepEqual(byQuality, { missing: 28, stale: 0, modelled: 0, derived: 0, measured: 4 });
});

test('ages grow with the clock', async t => {
  const { samples, clock } = await siteWith(t);
  clock.nowMs += 40_000;
  const which = { kind: 'host', signal: 'inletTempC' };
  const [age] = find(await samples(), 'orrery_signal_age_seconds', which);
  assert.equal(age.value, 40);
});

test('the page is bounded: the outermost kinds come first, the rest is counted', async t => {
  const whole = await siteWith(t);
  const twinOnly = (samples: Samples) =>
    samples.filter(({ name }) => /^orrery_(site|hall|row|rack|host|ups|pdu|gpu)_/.test(name));
  const all = await whole.samples();
  const [{ value: none }] = find(all, 'orrery_metrics_left_out_series', {});
  assert.equal(none, 0);
  // Room for what the page has before the racks: what the service says of itself, site, hall, row.
  const at = (pattern: RegExp) => all.findIndex(({ name }) => pattern.test(name));
  const outer = at(/^orrery_rack_/) - at(/^orrery_alerts$/);
  const bounded = await siteWith(t, { config: { metrics: { maxSeries: outer } } });
  const some = await bounded.samples();
  const [{ value: leftOut }] = find(some, 'orrery_metrics_left_out_series', {});
  assert.ok(leftOut > 0);
  assert.ok(twinOnly(some).length <= outer);
  assert.ok(find(some, 'orrery_site_power_watts', {}).length === 1, 'the site is there');
  assert.ok(find(some, 'orrery_pdu_power_load_watts', {}).length === 0);
});

test('only the chosen kinds and signals are exported', async t => {
  const metrics = { kinds: ['rack'], signals: ['inletTempC'] };
  const { samples } = await siteWith(t, { config: { metrics } });
  const names = new Set((await samples()).map(({ name }) => name));
  const chosen = [...names].filter(name => /^orrery_(rack|host|site)_/.test(name));
  assert.deepEqual(chosen.sort(), [
    ...['orrery_host_info', 'orrery_rack_inlet_temp_celsius'],
    'orrery_rack_inlet_temp_threshold_celsius',
  ]);
});

test('promtool has nothing to say against the page', {
  skip: skipWithout('promtool'),
}, async t => {
  const { page } = await siteWith(t, {
    config: { alertmanager: { urls: ['http://127.0.0.1:1'] } },
  });
  const input = await page();
  assert.match(input, /orrery_alertmanager_waiting\{url="http:\/\/127\.0\.0\.1:1"\}/);
  assert.equal(execFileSync('promtool', ['check', 'metrics'], { input }).toString(), '');
});

test('requests are counted by route, not by what was asked', async t => {
  const { get, samples } = await siteWith(t);
  await get('/api/v1/state/r1-k1');
  await get('/api/v1/state/r9');
  await get('/no/such/place');
  await get('/api/v1/status');
  const requests = find(await samples(), 'orrery_http_requests_total', { method: 'GET' });
  const count = (route: string, status: string) =>
    requests.find(({ labels }) => labels.route === route && labels.status === status)?.value;
  assert.equal(count('/api/v1/state/{id}', '200'), 1);
  assert.equal(count('/api/v1/state/{id}', '404'), 1);
  assert.equal(count('other', '404'), 1);
});

test('a writer escapes, opens families only with samples, and counts what does not fit', () => {
  const writer = createWriter(2);
  writer.family('a', 'Never used');
  writer.family('b', 'Used');
  writer.sample(label('x', 'say "hi"\\\n'), 1);
  writer.sample('', Number.POSITIVE_INFINITY);
  assert.ok(writer.isFull);
  writer.sample('', 3);
  writer.leaveOut(10);
  assert.equal(
    writer.end(),
    '# HELP b Used\n# TYPE b gauge\nb{x="say \\"hi\\"\\\\\\n"} 1\nb +Inf\n' +
      '# HELP orrery_metrics_left_out_series Series of this page beyond metrics.maxSeries\n' +
      '# TYPE orrery_metrics_left_out_series gauge\norrery_metrics_left_out_series 11\n',
  );
});
