/** Real pages of exporters, where the shared data lies beside the repository. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createAliasIndex } from '../../server/identity/alias-index.ts';
import { createJoin, type Join } from '../../server/identity/join.ts';
import { MAPPINGS } from '../../server/ingest/mappings/index.ts';
import { type Evaluation, evaluate, type PageSample, samplesOf } from '../support/evaluate-page.ts';
import { parts, tinyTopology } from '../support/tiny-topology.ts';

const DATA = new URL('../../../shared/data/exporters/', import.meta.url);
const skip = existsSync(DATA) ? false : 'shared/data is not beside the repository';

function read(file: string): string {
  const bytes = readFileSync(new URL(file, DATA));
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** One host under the name that a page uses, with eight GPUs. */
function siteOf(host: string, gpus = 8): Join {
  const topology = tinyTopology([
    { id: 's1', kind: 'site' },
    { id: 'r1', kind: 'rack', parent: 's1' },
    { id: 'tray', kind: 'host', parent: 'r1', aliases: { nodeName: host, bmcAddress: '10.9.0.1' } },
    ...parts('tray', { bmc: 1, gpu: gpus, psu: 2, fan: 1 }),
  ]);
  return createJoin({ topology, aliases: createAliasIndex(topology), mappings: MAPPINGS });
}

function evaluated(join: Join, samples: readonly PageSample[], labels = {}): Evaluation {
  return evaluate(join, { id: 'page', labels }, [[samples], 10]);
}

const share = ({ counts }: Evaluation) => {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return Object.entries(counts)
    .map(([kind, count]) => `${kind} ${((100 * count) / total).toFixed(1)} %`)
    .join(', ');
};

test('dcgm-exporter, 8x H100: every series is taken, values and units are right', { skip }, t => {
  const join = siteOf('gpu-node-1');
  const result = evaluated(join, samplesOf(read('dcgm_exporter/aicr-h100x8-eks.prom')));
  t.diagnostic(share(result));
  assert.deepEqual([result.counts.unmapped, result.counts.unmatched], [0, 0]);
  assert.deepEqual(result.values.get('tray/gpu0'), {
    ...{ gpuTempC: 30, gpuPowerW: 113.611, utilRatio: 0, memCopyUtilRatio: 0 },
    ...{ driverText: '580.105.08', modelText: 'NVIDIA H100 80GB HBM3', gpuAllocatedFlag: 1 },
  });
  assert.equal(result.values.get('tray/gpu5')?.gpuPowerW, 65.742);
  assert.equal(result.values.get('tray/gpu5')?.gpuAllocatedFlag, undefined);
  assert.equal(join.aliases.learned().length, 8);
});

test('dcgm-exporter README sample: the blank sentinel is no temperature', { skip }, () => {
  const result = evaluated(
    siteOf('gpu-node-1', 1),
    samplesOf(read('dcgm_exporter/readme-sample-sentinel.prom')),
    { instance: 'gpu-node-1:9400' },
  );
  assert.deepEqual(result.values.get('tray/gpu0'), { smClockHz: 139e6, gpuMemClockHz: 405e6 });
});

test('dcgm answers of Prometheus: pods of the exporter itself allocate nothing', { skip }, () => {
  const answer = JSON.parse(read('prometheus_api/gpu-power-draw-dcgm-fi-dev-power-usage.json'));
  const samples = answer.data.result.map(
    ({ metric, value }: { metric: Record<string, string>; value: [number, string] }) => {
      const { __name__: name, ...labels } = metric;
      return { name, labels, value: Number(value[1]) };
    },
  );
  const result = evaluated(siteOf('gpu-node-1'), samples);
  assert.equal(result.counts.bound, 8);
  assert.equal(result.counts.unmatched, samples.length - 8);
  assert.equal(result.values.get('tray/gpu1')?.gpuPowerW, 68.347);
});

const SMI = skip ? [] : readdirSync(new URL('nvidia_gpu_exporter/', DATA));

test('nvidia_gpu_exporter: every family of every capture is known', { skip }, t => {
  for (const file of SMI) {
    const result = evaluated(siteOf('box', 1), samplesOf(read(`nvidia_gpu_exporter/${file}`)), {
      instance: 'box:9835',
    });
    t.diagnostic(`${file}: ${share(result)}`);
    assert.deepEqual(result.unmapped, [], file);
    assert.deepEqual(result.unmatched, [], file);
  }
});

test('nvidia_gpu_exporter, loaded H100: base units', { skip }, () => {
  const file = SMI.find(name => name.includes('h100-80gb') && name.includes('load'));
  const result = evaluated(siteOf('box', 1), samplesOf(read(`nvidia_gpu_exporter/${file}`)), {
    instance: 'box:9835',
  });
  const gpu = result.values.get('tray/gpu0') ?? {};
  assert.equal(gpu.gpuPowerW, 631.95);
  assert.equal(gpu.utilRatio, 1);
  assert.equal(gpu.memCopyUtilRatio, 0.11);
  assert.equal(gpu.smClockHz, 1.98e9);
  assert.equal(gpu.gpuMemUsedBytes, 20_780_679_168);
  assert.equal(gpu.gpuThermalMarginK, 26);
  assert.equal(gpu.pcieLinkSpeedRatio, 1);
});

test('node_exporter: the whole e2e page is known, the host has its values', { skip }, t => {
  const result = evaluated(siteOf('box'), samplesOf(read('node_exporter/e2e-output.txt')), {
    instance: 'box:9100',
  });
  t.diagnostic(share(result));
  assert.deepEqual(result.unmapped, []);
  assert.deepEqual(result.unmatched, []);
  const host = result.values.get('tray') ?? {};
  assert.equal(host.load1Count, 0.21);
  assert.equal(host.memEccSbeCount, 1);
  assert.equal(host.memEccDbeCount, 5);
  assert.equal(host.cpuTempC, 55);
  assert.equal(host.firmwareText, '2.2.4');
  assert.equal(host.bootTimeS, 1_418_183_276);
});

test('ipmi_exporter: documented samples', { skip }, t => {
  const result = evaluated(siteOf('box'), samplesOf(read('ipmi/ipmi_exporter-doc-samples.prom')), {
    instance: '10.9.0.1',
  });
  t.diagnostic(share(result));
  assert.deepEqual([result.unmapped, result.unmatched], [[], []]);
  const host = result.values.get('tray') ?? {};
  assert.equal(host.inletTempC, 24);
  assert.equal(host.bmcPowerW, 70);
  assert.equal(host.railVoltageV, 12);
  assert.equal(result.values.get('tray/fan0')?.fanSpeedRpm, 4560);
  assert.equal(result.values.get('tray/fan0')?.fanSpeedRatio, 0.2195);
});

test('redfish_exporter, GB300: all links of all GPUs are up', { skip }, t => {
  const result = evaluated(
    siteOf('box', 4),
    samplesOf(read('redfish_exporter/gb300_nvlink.prom.gz')),
    {
      target: '10.9.0.1',
    },
  );
  t.diagnostic(share(result));
  assert.deepEqual([result.unmapped, result.unmatched], [[], []]);
  for (let i = 0; i < 4; i++) {
    assert.equal(result.values.get(`tray/gpu${i}`)?.nvlinkDownCount, 0);
  }
});

for (const file of ['k8s-1_33.prom.gz', 'k8s-1_35.prom.gz']) {
  test(`kube-state-metrics ${file}: node and pods`, { skip }, t => {
    const name = file === 'k8s-1_33.prom.gz' ? 'datagen-1-33' : 'datagen-1-35';
    const result = evaluated(siteOf(name), samplesOf(read(`kube_state_metrics/${file}`)));
    t.diagnostic(share(result));
    assert.deepEqual([result.unmapped, result.unmatched], [[], []]);
    const host = result.values.get('tray') ?? {};
    assert.equal(host.schedulableFlag, 1);
    assert.equal(host.nodeReadyFlag, 1);
    assert.ok((host.podsCount as number) > 5);
    assert.ok((result.values.get('s1')?.podsPendingCount as number) >= 1);
  });
}

test('kube-scheduler: queues', { skip }, t => {
  const result = evaluated(siteOf('box'), samplesOf(read('kube_scheduler/k8s-1_35.prom.gz')));
  t.diagnostic(share(result));
  assert.deepEqual([result.unmapped, result.unmatched], [[], []]);
  assert.equal(result.values.get('s1')?.podsQueuedCount, 1);
});
