/** What the live model takes from samples over time: order, precedence, ends, texts, quotients. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { liveSite, series, LIVE_START_MS as T0 } from '../support/live-site.ts';

const GPU = 'gpu="0",UUID="GPU-aa",Hostname="n1",modelName="NVIDIA H100 80GB HBM3"';
const dcgm = (name: string, value: number, extra = '') =>
  `DCGM_FI_DEV_${name}{${GPU}${extra}} ${value}`;
const AT = { job: 'dcgm', instance: '10.0.0.1:9400' };

test('late never overwrites newer; what is too far ahead or too old is refused by name', () => {
  const site = liveSite();
  const send = (value: number, atMs: number) =>
    site.counts(() => site.write([series('node_load1', { instance: 'n1:9100' }, value, atMs)]));
  assert.deepEqual(send(5, T0 - 10_000), { accepted: 1 });
  assert.deepEqual(send(4, T0 - 20_000), { late: 1 });
  assert.deepEqual(send(5, T0 - 10_000), { duplicate: 1 });
  assert.deepEqual(send(6, T0 - 10_000), { conflict: 1 });
  assert.deepEqual(send(7, T0 + 60_001), { future: 1 });
  assert.deepEqual(send(8, T0 - 7_200_001), { tooOld: 1 });
  assert.equal(site.value('n1', 'load1Count'), 5);
  assert.deepEqual(send(9, T0 + 60_000), { accepted: 1 });
  assert.equal(site.value('n1', 'load1Count'), 9);
});

test('a request sent twice changes nothing and is no error', () => {
  const site = liveSite();
  const request = [
    series('node_load1', { instance: 'n1:9100' }, 3, T0),
    series('kube_pod_info', { node: 'n1', pod: 'a' }, 1, T0),
    series('kube_node_info', { node: 'n1' }, 1, T0),
  ];
  assert.equal(site.write(request).status, 204);
  assert.equal(site.value('n1', 'podsCount'), 1);
  assert.equal(site.write(request).status, 204);
  assert.equal(site.value('n1', 'podsCount'), 1);
  assert.equal(site.value('n1', 'load1Count'), 3);
});

test('ECC errors of GPUs reach the site beside those of main memory, not instead', () => {
  const site = liveSite();
  site.page('node_edac_uncorrectable_errors_total{controller="0"} 0\n', { instance: 'n1:9100' });
  site.page(dcgm('ECC_DBE_VOL_TOTAL', 3).concat('\n'), AT);
  site.pass(1);
  for (const at of ['n1', 'k1', 's1']) {
    assert.equal(site.value(at, 'eccDbeCount'), 3, at);
    assert.equal(site.value(at, 'memEccDbeCount'), 0, at);
  }
});

test('two exporters of one GPU: the better is heard, the other when it is silent', () => {
  const site = liveSite();
  const smi = (value: number) =>
    site.page(`nvidia_smi_power_draw_watts{uuid="aa"} ${value}\n`, { instance: '10.0.0.1:9835' });
  const triton = (value: number) =>
    site.page(`nv_gpu_power_usage{gpu_uuid="GPU-aa"} ${value}\n`, { instance: '10.0.0.1:8002' });
  site.page(dcgm('POWER_USAGE', 400).concat('\n'), AT);
  for (const [s, value] of [
    [5, 410],
    [5, 420],
  ]) {
    site.pass(s);
    assert.deepEqual(
      site.counts(() => {
        smi(999);
        triton(888);
      }),
      { otherSource: 2 },
    );
    site.page(dcgm('POWER_USAGE', value).concat('\n'), AT);
    assert.equal(site.value('n1/gpu0', 'gpuPowerW'), value);
  }
  // dcgm-exporter dies; the better of the other two takes over once its value is no longer current.
  site.pass(91);
  assert.deepEqual(
    site.counts(() => triton(300)),
    { accepted: 1 },
  );
  site.pass(1);
  smi(301);
  assert.deepEqual(
    site.counts(() => triton(302)),
    { otherSource: 1 },
  );
  assert.equal(site.value('n1/gpu0', 'gpuPowerW'), 301);
  site.pass(1);
  site.page(dcgm('POWER_USAGE', 500).concat('\n'), AT);
  assert.equal(site.value('n1/gpu0', 'gpuPowerW'), 500);
});

test('a BMC read directly outranks the exporter that asks it', () => {
  const site = liveSite();
  site.ingest.watch([
    {
      ...{ id: 'redfish/n1', start() {}, stop: async () => {} },
      health: () => ({
        ...{ id: 'redfish/n1', kind: 'redfish', target: 'x', state: 'up', samples: 0, dropped: {} },
      }),
    },
  ]);
  const exporter = (value: number) =>
    site.page(`ipmi_dcmi_power_consumption_current_watts ${value}\n`, { instance: '10.1.0.1' });
  const redfish = (value: number) =>
    site.readings('redfish/n1', 'n1', [{ kind: 'host', signal: 'dcmiPowerW', value }]);
  exporter(5000);
  assert.equal(site.value('n1', 'dcmiPowerW'), 5000);
  site.pass(1);
  redfish(5100);
  site.pass(1);
  assert.deepEqual(
    site.counts(() => exporter(5200)),
    { otherSource: 1 },
  );
  assert.equal(site.value('n1', 'dcmiPowerW'), 5100);
  site.pass(91);
  exporter(5300);
  assert.equal(site.value('n1', 'dcmiPowerW'), 5300);
});

test('chrony knows the clock better than timex', () => {
  const site = liveSite();
  const at = { instance: 'n1:9100' };
  site.page('node_timex_offset_seconds 0.5\n', at);
  site.pass(1);
  site.page('chrony_tracking_last_offset_seconds 0.001\n', { instance: 'n1:9123' });
  site.pass(1);
  site.page('node_timex_offset_seconds 0.5\n', at);
  assert.equal(site.value('n1', 'clockOffsetS'), 0.001);
});

test('a stand-in row yields to the rows of its own mapping', () => {
  const site = liveSite();
  const lines = [
    dcgm('NVLINK_BANDWIDTH_TOTAL', 7),
    `DCGM_FI_PROF_NVLINK_TX_BYTES{${GPU}} 3e9`,
    `DCGM_FI_PROF_NVLINK_RX_BYTES{${GPU}} 4e9`,
  ];
  site.page(lines, AT);
  site.pass(1);
  assert.deepEqual(
    site.counts(() => site.page(lines, AT)),
    { accepted: 2, otherSource: 1 },
  );
  assert.equal(site.value('n1/gpu0', 'nvlinkBytesPerS'), 7e9);
});

test('a GPU that is gone from the page goes stale, then missing; never zero', () => {
  const site = liveSite();
  const other = 'DCGM_FI_DEV_GPU_TEMP{gpu="1",UUID="GPU-bb",Hostname="n1"} 50';
  const seen = () => [site.quality('n1/gpu0', 'gpuTempC'), site.value('n1/gpu0', 'gpuTempC')];
  const present = () => [0, 1].map(gpu => site.value(`n1/gpu${gpu}`, 'gpuPresentFlag'));
  site.page([dcgm('GPU_TEMP', 60), other], AT);
  site.pass(90);
  site.page([other], AT);
  assert.deepEqual(
    [seen(), present()],
    [
      ['measured', 60],
      [1, 1],
    ],
  );
  site.pass(1);
  assert.deepEqual(
    [seen(), present()],
    [
      ['stale', 60],
      [0, 1],
    ],
  );
  assert.equal(site.value('n1', 'gpuTempC'), 60, 'what was hot last is not forgotten at once');
  site.pass(88);
  site.page([other], AT);
  site.pass(722);
  assert.deepEqual(seen(), ['missing', null]);
});

test('a stale marker ends a value at once, also one that shares its series with others', () => {
  const site = liveSite();
  const labels = { gpu: '0', UUID: 'GPU-aa', Hostname: 'n1' };
  const send = (value: number | 'stale', atMs: number, more = {}) =>
    site.write([
      series('DCGM_FI_DEV_GPU_TEMP', { ...labels, ...more }, value, atMs),
      series('DCGM_FI_DEV_POWER_USAGE', { ...labels, ...more }, value, atMs),
    ]);
  send(55, T0 - 3000);
  send('stale', T0 - 2000);
  for (const signal of ['gpuTempC', 'gpuPowerW']) {
    assert.equal(site.quality('n1/gpu0', signal), 'stale', signal);
  }
  // A pod starts: the same GPU under other labels, and the end of its former self after it.
  send(56, T0 - 1000);
  send(57, T0, { exported_pod: 'train-0' });
  send('stale', T0);
  assert.equal(site.value('n1/gpu0', 'gpuTempC'), 57);
  assert.equal(site.quality('n1/gpu0', 'gpuTempC'), 'measured');
  assert.equal(site.quality('n1/gpu0', 'gpuPowerW'), 'measured');
});

test('texts: the driver of a GPU follows an upgrade, and models are told apart', () => {
  const site = liveSite();
  const temp = (version: string) =>
    site.page(dcgm('GPU_TEMP', 50, `,DCGM_FI_DRIVER_VERSION="${version}"`).concat('\n'), AT);
  temp('570.1');
  assert.equal(site.value('n1/gpu0', 'driverText'), '570.1');
  assert.equal(site.value('n1/gpu0', 'modelText'), 'NVIDIA H100 80GB HBM3');
  site.pass(15);
  temp('580.2');
  assert.equal(site.value('n1/gpu0', 'driverText'), '580.2');
});

test('quotients against the numbers of the page', () => {
  const site = liveSite();
  const page = (received: number, dropped: number) => [
    'node_memory_MemTotal_bytes 2000',
    'node_memory_MemAvailable_bytes 500',
    'node_filesystem_size_bytes{device="/dev/md0",mountpoint="/",fstype="ext4"} 100',
    'node_filesystem_avail_bytes{device="/dev/md0",mountpoint="/",fstype="ext4"} 60',
    'node_filesystem_size_bytes{device="/dev/md1",mountpoint="/data",fstype="xfs"} 200',
    'node_filesystem_avail_bytes{device="/dev/md1",mountpoint="/data",fstype="xfs"} 50',
    `node_network_receive_packets_total{device="eth0"} ${received}`,
    `node_network_receive_drop_total{device="eth0"} ${dropped}`,
  ];
  site.page(page(1000, 0), { instance: 'n1:9100' });
  site.pass(10);
  site.page(page(3000, 4), { instance: 'n1:9100' });
  assert.equal(site.value('n1', 'memUsedRatio'), 0.75);
  assert.equal(site.value('n1', 'diskUsedRatio'), 0.75, 'the fullest');
  assert.equal(site.value('n1', 'packetLossRatio'), 0.002);
  assert.equal(site.value('n1', 'memTotalBytes'), 2000);
});

test('an idle core that reads a little more than a second a second is idle, not impossible', () => {
  const site = liveSite();
  const page = (seconds: number) =>
    [0, 1].map(cpu => `node_cpu_seconds_total{cpu="${cpu}",mode="idle"} ${seconds}`);
  site.page(page(100), { instance: 'n1:9100' });
  site.pass(10);
  assert.deepEqual(
    site.counts(() => site.page(page(110.2), { instance: 'n1:9100' })),
    { accepted: 2 },
  );
  assert.equal(site.value('n1', 'cpuUtilRatio'), 0);
  site.pass(10);
  const beyond = site.counts(() => site.page(page(122), { instance: 'n1:9100' }));
  assert.deepEqual(beyond, { range: 2 });
});

test("the scheduler's latency is the 99th percentile of what it did since, over all attempts", () => {
  const site = liveSite();
  const send = (counts: readonly (readonly [le: string, attempts: string, count: number])[]) => {
    const metric = 'scheduler_pod_scheduling_sli_duration_seconds_bucket';
    const lines = counts.map(
      ([le, attempts, n]) => `${metric}{attempts="${attempts}",le="${le}"} ${n}`,
    );
    site.page(`${lines.join('\n')}\n`, { instance: 'n1:10259' });
  };
  send([
    ...([
      ['0.1', '1', 900],
      ['1', '1', 1000],
      ['+Inf', '1', 1000],
    ] as const),
    ...([
      ['0.1', '2', 0],
      ['1', '2', 0],
      ['+Inf', '2', 0],
    ] as const),
  ]);
  assert.equal(site.value('s1', 'schedulingP99S'), null);
  site.pass(15);
  send([
    ...([
      ['0.1', '1', 990],
      ['1', '1', 1098],
      ['+Inf', '1', 1098],
    ] as const),
    ...([
      ['0.1', '2', 0],
      ['1', '2', 0],
      ['+Inf', '2', 2],
    ] as const),
  ]);
  // Of 100 new ones 90 took up to 0.1 s and 98 up to 1 s: the 99th is beyond the last bound.
  assert.equal(site.value('s1', 'schedulingP99S'), 1);
});
