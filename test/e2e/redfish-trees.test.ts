/** Every stored Redfish tree of a real machine, served over HTTP, and what is read of it. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Kind } from '../../twin/index.ts';
import { until } from '../support/recording-port.ts';
import { pollsOf, type RedfishRun, runRedfish } from '../support/redfish-run.ts';
import { loadTree } from '../support/redfish-tree-server.ts';

const DATA = new URL('../../../shared/data/redfish/', import.meta.url).pathname;
// in CI too: the data is too large for the repository, and the small tree is always served
const skip = existsSync(DATA) ? false : 'the stored Redfish trees are not beside this repository';

interface Expected {
  readonly entityKind?: Kind;
  /** Values as the tree has them, by `kind/slot/signal`. */
  readonly values: Readonly<Record<string, number | string>>;
  /** What the tree does not have, or lies about, and therefore must not be read. */
  readonly absent?: readonly string[];
  /** Parts of each kind that deliver something. */
  readonly parts: Partial<Record<Kind, number>>;
  readonly drops?: readonly string[];
  readonly minEvents?: number;
}

const TREES: Readonly<Record<string, Expected>> = {
  'dell-idrac-partial': {
    values: { 'host/inletTempC': 23, 'host/poweredOnFlag': 1, 'nic/0/healthCode': 1 },
    absent: ['host/bmcPowerW'],
    parts: { nic: 2, psu: 0, fan: 0 },
  },
  'delta-powershelf-33kw': {
    entityKind: 'rack',
    values: {
      'rack/bmcPowerW': 1749,
      'psu/0/psuInputPowerW': 341,
      'psu/5/psuOutputPowerW': 278,
      'psu/3/inputVoltageV': 241.25,
      'psu/2/psuOkFlag': 1,
      'fan/0/fanSpeedRpm': 7200,
    },
    absent: ['rack/inletTempC'],
    parts: { psu: 6, fan: 6 },
  },
  'dmtf-public-rackmount1': {
    values: {
      'host/bmcPowerW': 374,
      'host/inletTempC': 24.8,
      'host/exhaustTempC': 40.5,
      'host/cpuTempC': 37,
      'fan/0/fanSpeedRpm': 2200,
      'psu/0/psuInputPowerW': 374,
      'psu/0/psuOkFlag': 0,
      'host/redundancyOkFlag': 0,
      'host/firmwareText': 'P79 v1.45 (12/06/2017)',
    },
    parts: { psu: 1, fan: 4, dimm: 3 },
    drops: ['above twice the rated power'],
    minEvents: 2,
  },
  'hpe-dl365-gen10plus': {
    values: {
      'host/bmcPowerW': 218,
      'host/inletTempC': 24,
      'host/cpuTempC': 44,
      'fan/6/fanSpeedRatio': 0.21,
      'psu/0/psuOutputPowerW': 106,
      'psu/1/psuOutputPowerW': 112,
      'psu/1/inputVoltageV': 208,
      'host/bmcFirmwareText': 'iLO 5 v3.14',
    },
    absent: ['host/cpuPowerW'],
    parts: { psu: 2, fan: 7, dimm: 12 },
    drops: ['null reading', 'part Absent', 'log entry beyond the backlog'],
    minEvents: 300,
  },
  'hpe-dl380a-gen11': {
    values: {
      'host/bmcPowerW': 565,
      'host/inletTempC': 24,
      'host/cpuPowerW': 134,
      'host/memPowerW': 24,
      'host/dimmTempC': 52,
      'fan/5/fanSpeedRatio': 0.23,
      'psu/2/psuOutputPowerW': 86,
      'gpu/0/gpuTempC': 55,
      'gpu/1/gpuTempC': 57,
      'gpu/1/gpuMemTempC': 60,
    },
    absent: ['host/exhaustTempC'],
    parts: { psu: 4, fan: 6, gpu: 2 },
    drops: ['sensor without type and unit'],
    minEvents: 300,
  },
  'lambda-gb300-gpu': {
    values: { 'gpu/1/eccSbeCount': 100, 'gpu/1/rowRemapPendingFlag': 1, 'gpu/3/healthCode': 1 },
    absent: ['host/bmcPowerW', 'host/inletTempC'],
    parts: { gpu: 4, psu: 0 },
    drops: ['missing resource', 'same resource by another path'],
  },
  'supermicro-gb300-nvl': {
    values: {
      'host/bmcPowerW': 1355.398772,
      'host/inletTempC': 24.437,
      'host/leakFlag': 0,
      'fan/0/fanSpeedRpm': 9929,
      'fan/7/fanSpeedRatio': 0.44705882352941184,
      'gpu/0/gpuPowerW': 232.165,
      'gpu/0/gpuTempC': 32.9375,
      'gpu/0/gpuThermalMarginK': 54.0625,
      'gpu/3/gpuMemTempC': 33.046875,
      'gpu/3/nvlinkDownCount': 0,
    },
    parts: { gpu: 4, fan: 8, psu: 0 },
    drops: ['metric value too old', 'part Absent'],
  },
  'supermicro-x10-1.0.1': {
    values: { 'host/poweredOnFlag': 1, 'host/doorOpenFlag': 0, 'host/firmwareText': '1.2' },
    // it says 0 W and 0 degrees of sensors that it calls absent
    absent: ['host/bmcPowerW', 'host/inletTempC', 'host/cpuTempC'],
    parts: { psu: 0, fan: 0, dimm: 4 },
    drops: ['no power although switched on', 'part Absent'],
    minEvents: 65,
  },
};

/** Slots of a kind that delivered something. */
function partsOf(run: RedfishRun, kind: Kind): number {
  const slots = run.port.readingsTaken.filter(reading => reading.kind === kind);
  return new Set(slots.map(reading => reading.slot)).size;
}

async function assertTree(name: string, expected: Expected, expand: boolean): Promise<void> {
  const tree = loadTree(`${DATA}${name}.ndjson.gz`);
  const { entityKind = 'host' } = expected;
  const run = await runRedfish({ tree, etag: true, expand }, { entityKind, logBacklog: 100 });
  try {
    await until(() => pollsOf(run) >= 2, `two polls of ${name}`, 60_000);
    const latest = run.port.latest();
    for (const [key, value] of Object.entries(expected.values))
      assert.equal(latest.get(key), value, `${name}: ${key}`);
    for (const key of expected.absent ?? [])
      assert.equal(latest.has(key), false, `${name}: ${key}`);
    for (const [kind, count] of Object.entries(expected.parts))
      assert.equal(partsOf(run, kind as Kind), count, `${name}: ${kind}s`);
    for (const why of expected.drops ?? [])
      assert.ok((run.port.drops.get(why) ?? 0) > 0, `${name}: dropped for '${why}'`);
    assert.ok(run.port.events.length >= (expected.minEvents ?? 0), `${name}: events`);
    const keys = run.port.events.map(event => event.key);
    assert.equal(new Set(keys).size, keys.length, `${name}: every event once`);
    assert.equal(run.source.health().state, 'up', run.source.health().lastError);
    assert.equal(run.server.load.most, 1, 'one request at a time');
    assert.equal(run.server.openSessions.size, 1);
    await run.source.stop();
    assert.equal(run.server.openSessions.size, 0, 'the session is given back');
  } finally {
    await run.end();
  }
}

test('every stored tree has its expectations', { skip }, () => {
  const stored = readdirSync(DATA)
    .filter(file => file.endsWith('.ndjson.gz'))
    .map(file => file.replace('.ndjson.gz', ''));
  assert.deepEqual(stored.sort(), Object.keys(TREES).sort());
});

describe('stored trees', { concurrency: 4 }, () => {
  for (const [name, expected] of Object.entries(TREES))
    for (const expand of [false, true])
      test(`${name}, members ${expand ? 'expanded' : 'one by one'}`, { skip }, () =>
        assertTree(name, expected, expand),
      );
});
