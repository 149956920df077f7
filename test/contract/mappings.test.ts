/** Every shipped mapping keeps the contract, and gives the right values in the right units. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { createAliasIndex } from '../../server/identity/alias-index.ts';
import { createJoin } from '../../server/identity/join.ts';
import { RULES } from '../../server/identity/rules.ts';
import type { MappingRow } from '../../server/ingest/mapping.ts';
import { MAPPINGS } from '../../server/ingest/mappings/index.ts';
import { SIGNALS } from '../../twin/index.ts';
import { evaluate, samplesOf } from '../support/evaluate-page.ts';
import { exporterSite } from '../support/exporter-site.ts';

const signalOf = new Map(SIGNALS.map(signal => [signal.id, signal]));
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const metricsOf = (row: MappingRow) => [
  ...row.metrics,
  ...(row.over?.metrics ?? []),
  ...(row.zeroFrom?.metrics ?? []),
];

for (const mapping of MAPPINGS) {
  test(`${mapping.id}: rows name signals, kinds, metrics and labels that exist`, () => {
    assert.ok(mapping.title && mapping.checkedAgainst);
    for (const row of mapping.rows) {
      const what = `${row.metrics[0]} -> ${row.signal}`;
      const signal = signalOf.get(row.signal);
      assert.ok(signal, `${what}: no such signal`);
      const kinds = RULES[row.entity].kinds;
      assert.ok(
        kinds.some(kind => signal.kinds.includes(kind)),
        `${what}: not at a ${kinds}`,
      );
      assert.ok(row.metrics.length > 0, what);
      for (const metric of metricsOf(row)) assert.match(metric, METRIC_NAME, what);
      for (const label of Object.keys(row.where ?? {})) assert.match(label, LABEL_NAME, what);
      assert.ok(Number.isFinite(row.scale ?? 1) && row.scale !== 0, what);
      assert.ok(Number.isFinite(row.offset ?? 0), what);
      assert.ok(Object.values(row.values ?? {}).every(Number.isFinite), what);
      assert.equal(row.textLabel !== undefined, signal.unit === 'Text', `${what}: text or number`);
    }
  });

  test(`${mapping.id}: nothing that a row takes is also ignored by a name`, () => {
    const ignored = (mapping.ignore ?? []).filter(entry => typeof entry === 'string');
    const taken = new Set(mapping.rows.flatMap(metricsOf));
    assert.deepEqual(
      ignored.filter(name => taken.has(name)),
      [],
    );
  });
}

test('no two rows claim the same series for the same signal of the same kind of entity', () => {
  const claims = new Map<string, string>();
  for (const mapping of MAPPINGS) {
    for (const row of mapping.rows) {
      for (const metric of row.metrics) {
        const where = JSON.stringify(row.where ?? {}, (_, value) =>
          value instanceof RegExp ? String(value) : value,
        );
        const claim = `${metric} ${where} ${row.signal} ${row.entity}`;
        assert.equal(claims.get(claim), undefined, `${claim} in ${mapping.id}`);
        claims.set(claim, mapping.id);
      }
    }
  }
});

test('all rows of one metric share a mode, since a series is differentiated once', () => {
  const modes = new Map<string, string>();
  for (const row of MAPPINGS.flatMap(mapping => mapping.rows)) {
    for (const metric of [...row.metrics, ...(row.over?.metrics ?? [])]) {
      const mode = row.mode ?? 'gauge';
      assert.equal(modes.get(metric) ?? mode, mode, metric);
      modes.set(metric, mode);
    }
  }
});

test('mapping ids are unique', () => {
  assert.equal(new Set(MAPPINGS.map(mapping => mapping.id)).size, MAPPINGS.length);
});

test('every counter that the docs tell to switch on is read by a row', () => {
  const csv = readFileSync(new URL('../../docs/dcgm-counters.csv', import.meta.url), 'utf8');
  const dcgm = MAPPINGS.find(mapping => mapping.id === 'dcgm-exporter');
  const taken = new Set(dcgm?.rows.flatMap(metricsOf));
  const labels = new Set(dcgm?.rows.map(row => row.textLabel));
  const lines = csv.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  assert.ok(lines.length > 40);
  for (const line of lines) {
    const [name, type, help, ...rest] = line.split(',').map(field => field.trim());
    assert.ok(help && rest.length === 0, line);
    assert.ok(['gauge', 'counter', 'label'].includes(type), line);
    assert.ok(type === 'label' ? labels.has(name) : taken.has(name), line);
  }
});

type Expected = Readonly<Record<string, Readonly<Record<string, number | string>>>>;

/** File, labels of the scrape, and what must come out (to within 1e-9, relative). */
const PAGES: readonly [string, Record<string, string>, Expected][] = [
  [
    'dcgm',
    { instance: '10.0.0.1:9400' },
    {
      'gpu-a1/gpu0': {
        ...{ gpuTempC: 61, gpuThermalMarginK: 24, gpuPowerW: 612.5, gpuPowerLimitW: 650 },
        ...{ gpuEnergyJ: 11_125, smClockHz: 1.98e9, utilRatio: 0.97, gpuMemUsedBytes: 2 ** 30 },
        ...{ nvlinkBytesPerS: 1.024e9, pcieLinkWidthRatio: 0.5, pcieLinkSpeedRatio: 0.5 },
        ...{ xidCode: 79, xidRecentCount: 3, clockEventRecentCount: 3, gpuHealthCode: 10 },
        ...{ throttleRatio: 0.25, nvlinkErrorPerS: 5, pcieReplayPerS: 0.5, rowRemapCount: 3 },
        ...{ driverText: '580.1', modelText: 'NVIDIA H100 80GB HBM3', gpuAllocatedFlag: 1 },
      },
      'gpu-a1/gpu1': { gpuMemUsedBytes: 128 * 2 ** 20 },
      'gpu-a1/gpu1/gi2': { utilRatio: 0.5, gpuMemUsedBytes: 100 * 2 ** 20 },
    },
  ],
  [
    'node',
    { instance: 'gpu-a1.example.org:9100' },
    {
      'gpu-a1': {
        ...{ cpuUtilRatio: 0.6, load1Count: 12.5, ioPressureRatio: 0.2, memTotalBytes: 2e12 },
        ...{ memUsedRatio: 0.75, diskUsedRatio: 0.95, diskBusyRatio: 0.9, oomKillPerH: 2 },
        ...{ bootTimeS: 1.76e9, upFlag: 1, clockOffsetS: -0.0004, clockUncertaintyS: 0.02 },
        ...{ firmwareText: '2.1.9', modelText: 'SYS-821GE', cpuTempC: 66, memEccSbeCount: 3 },
      },
      'gpu-a1/nic0': {
        ...{ netRxBytesPerS: 1250, packetLossRatio: 0.01, linkBytesPerS: 1.25e10, linkUpFlag: 1 },
      },
      'gpu-a1/nic1': { netRxBytesPerS: 500, linkUpFlag: 0 },
    },
  ],
  [
    'node',
    // A host whose NICs have no names: their traffic is the host's.
    { instance: '10.0.0.2:9100' },
    { 'gpu-a2': { netRxBytesPerS: 1750, packetLossRatio: 0.01 } },
  ],
  [
    'bmc',
    { instance: '10.9.0.1' },
    {
      'gpu-a1': {
        ...{ dcmiPowerW: 5120, bmcPowerW: 5070, inletTempC: 24, exhaustTempC: 47, cpuTempC: 71 },
        ...{ dimmTempC: 55, railVoltageV: 12.06, redundancyOkFlag: 0, poweredOnFlag: 1 },
        ...{ firmwareText: '2.6.1' },
      },
      'gpu-a1/bmc0': { upFlag: 1, bmcFirmwareText: '1.66' },
      'gpu-a1/psu0': { psuInputPowerW: 2600, psuOutputPowerW: 2450, psuOkFlag: 1, healthCode: 0 },
      'gpu-a1/psu1': { psuInputPowerW: 2500, psuOkFlag: 0, healthCode: 2 },
      'gpu-a1/fan0': { fanSpeedRpm: 4560 },
      'gpu-a1/fan1': { fanSpeedRpm: 0, fanOkFlag: 0 },
    },
  ],
  [
    'idrac',
    { target: 'bmc-a2.example.org' },
    {
      'gpu-a2': {
        ...{ bmcPowerW: 4800, healthCode: 1, poweredOnFlag: 1, inletTempC: 22, leakFlag: 1 },
        ...{ modelText: 'PowerEdge XE9680', fanSpeedRpm: 7200, fanSpeedRatio: 0.43 },
      },
      'gpu-a2/psu0': { psuInputPowerW: 2400 },
      'gpu-a2/psu1': { psuInputPowerW: 2300, psuOkFlag: 0, healthCode: 2 },
      'gpu-a2/gpu1': { nvlinkDownCount: 1 },
      'gpu-a2/gpu0': { healthCode: 2 },
    },
  ],
  [
    'kubernetes',
    { instance: '10.244.0.7:8080' },
    {
      'gpu-a1': {
        ...{ gpusAllocatableCount: 8, gpusAllocatedCount: 6, schedulableFlag: 1, podsCount: 2 },
        ...{ nodeReadyFlag: 1, containerThrottleRatio: 0.2 },
      },
      'gpu-a2': {
        ...{ gpusAllocatableCount: 8, gpusAllocatedCount: 0, schedulableFlag: 0, podsCount: 0 },
        nodeReadyFlag: 0,
      },
      s1: { gpusPendingCount: 16, podsPendingCount: 1, podsQueuedCount: 5 },
    },
  ],
  [
    'power',
    { instance: '10.8.0.1' },
    {
      'pdu-a': { pduPowerW: 6130, pduCurrentA: 12.1, pduEnergyJ: 9e6, upFlag: 1 },
      'gpu-a1/psu0': { outletPowerW: 640 },
    },
  ],
  [
    'power-sentry',
    { target: 'pdu-b.example.org' },
    {
      'pdu-b': { pduPowerW: 4000, pduCurrentA: 14.5, inputVoltageV: 207.5 },
      'gpu-a1/psu1': { outletPowerW: 655 },
      'gpu-a2/psu0': { outletPowerW: 702 },
    },
  ],
  [
    'ups',
    { target: 'ups-1' },
    {
      'ups-1': {
        ...{ upsPowerW: 82_000, upsLoadRatio: 0.44, batteryChargeRatio: 0.98 },
        ...{ batteryRuntimeS: 840, batteryTempC: 25, onBatteryFlag: 1 },
      },
    },
  ],
  [
    'ups-apc',
    { target: 'ups-1' },
    { 'ups-1': { batteryRuntimeS: 840, upsLoadRatio: 0.37, onBatteryFlag: 1 } },
  ],
  [
    'fabric',
    {},
    {
      'gpu-a1/nic1': { netTxBytesPerS: 4 },
      'leaf-1': { netRxBytesPerS: 200 },
    },
  ],
  [
    'work',
    { instance: '10.0.0.1:8000' },
    {
      'gpu-a1': {
        ...{ requestsRunningCount: 21, kvCacheUsedRatio: 0.91, tokensPerS: 500 },
        ...{ requestLatencyS: 2, clockOffsetS: 0.00012 },
      },
      'gpu-a1/nvme0': { diskWearRatio: 0.07, healthCode: 2, diskTempC: 43 },
      'gpu-a1/gpu2': { gpuPowerW: 748, gpuMemUsedBytes: 2 ** 21, gpuEnergyJ: 3 },
      'gpu-a2': { gpusAllocatableCount: 8, gpusAllocatedCount: 5, schedulableFlag: 0 },
      s1: { jobsRunningCount: 40, jobsPendingCount: 7 },
    },
  ],
  [
    'nvidia-smi',
    { instance: '10.0.0.2:9835' },
    {
      'gpu-a2/gpu3': {
        ...{ gpuPowerW: 333.5, utilRatio: 0.25, smClockHz: 1.98e9, gpuMemUsedBytes: 2e10 },
        ...{ driverText: '590.48.01', pcieLinkSpeedRatio: 2.5 / 8 },
      },
    },
  ],
];

for (const [file, labels, expected] of PAGES) {
  test(`page '${file}' at ${JSON.stringify(labels)} gives the values that it says`, () => {
    const text = readFileSync(
      new URL(`../fixtures/exporters/${file}.prom`, import.meta.url),
      'utf8',
    );
    const pages = text.split('# --- later').map(samplesOf);
    const topology = exporterSite();
    const join = createJoin({
      topology,
      aliases: createAliasIndex(topology),
      mappings: MAPPINGS,
    });
    const source = { id: 'test', labels };
    evaluate(join, source, [pages, 10]);
    const { values } = evaluate(join, source, [pages, 10]);
    for (const [entity, signals] of Object.entries(expected)) {
      for (const [signal, want] of Object.entries(signals)) {
        const got = values.get(entity)?.[signal];
        const where = `${entity} ${signal}: ${got} for ${want}`;
        if (typeof want === 'string' || got === undefined) assert.equal(got, want, where);
        else
          assert.ok(Math.abs((got as number) - want) <= 1e-9 * Math.max(1, Math.abs(want)), where);
      }
    }
  });
}
