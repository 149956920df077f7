import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { redfishSourceConfig } from '../../server/ingest/redfish/config.ts';
import { interpret, type Machine, type Owner } from '../../server/ingest/redfish/interpret.ts';
import { type JsonObject, parseBody } from '../../server/ingest/redfish/json.ts';
import { reportedValues } from '../../server/ingest/redfish/metric-report.ts';
import { FIELD_ROWS } from '../../server/ingest/redfish/readings.ts';
import { KIND_INDEX, SIGNAL_INDEX } from '../../twin/index.ts';

const host: Machine = { kind: 'host', poweredOn: true, ownerOf: () => undefined };

function read(
  type: string,
  body: unknown,
  extra: { owner?: Owner; isInternal?: boolean; machine?: Machine } = {},
) {
  const view = {
    ...{ uri: '/redfish/v1/x', type, body: body as JsonObject, owner: extra.owner },
    ...{ isInternal: extra.isInternal ?? false, atMs: 1, holdMs: 1 },
  };
  const { candidates, drops } = interpret(view, extra.machine ?? host);
  return {
    values: Object.fromEntries(candidates.map(one => [`${one.kind}/${one.signal}`, one.value])),
    why: drops.map(drop => drop.why),
  };
}

const inlet = {
  ...{ Name: 'Inlet', PhysicalContext: 'Intake', ReadingType: 'Temperature' },
  ReadingUnits: 'Cel',
};

test('every field row names a signal and kinds that exist', () => {
  for (const row of FIELD_ROWS) {
    assert.ok(SIGNAL_INDEX.has(row.signal), row.signal);
    if (row.to === 'element') assert.ok(row.element !== undefined && row.element in KIND_INDEX);
    if (row.each === undefined) assert.notEqual(row.to, 'element');
  }
});

const LIES: readonly [string, unknown, string][] = [
  ['null', null, 'null reading'],
  ['text', '23', 'text in place of a number'],
  ['absurd', 4_000, 'inletTempC out of range (C)'],
  ['far below zero', -273, 'inletTempC out of range (C)'],
];
for (const [what, value, why] of LIES)
  test(`a reading that is ${what} is dropped with its reason`, () => {
    assert.deepEqual(read('Sensor', { ...inlet, Reading: value }), { values: {}, why: [why] });
  });

test('a negative power is dropped', () => {
  const body = { PowerControl: [{ PowerConsumedWatts: -5 }] };
  assert.deepEqual(read('Power', body).why, ['negative bmcPowerW']);
});

test('a machine that is on does not draw 0 W; one that is off may', () => {
  const body = { PowerControl: [{ PowerConsumedWatts: 0 }] };
  assert.deepEqual(read('Power', body).why, ['no power although switched on']);
  const off = { ...host, poweredOn: false };
  assert.deepEqual(read('Power', body, { machine: off }).values, { 'host/bmcPowerW': 0 });
});

test('sensors of absent parts are not read as zeros', () => {
  const body = { ...inlet, Reading: 0, Status: { State: 'Absent' } };
  assert.deepEqual(read('Sensor', body), { values: {}, why: ['part Absent'] });
});

test('a sensor that says neither type nor unit is not guessed', () => {
  const { ReadingType, ReadingUnits, ...bare } = { ...inlet, Reading: 24 };
  assert.ok(ReadingType && ReadingUnits);
  assert.deepEqual(read('Sensor', bare).why, ['sensor without type and unit']);
});

test('units are converted: percent, degrees Fahrenheit, litres a minute', () => {
  const of = (Name: string, ReadingType: string, ReadingUnits: string, Reading: number) =>
    read('Sensor', { Name, ReadingType, ReadingUnits, Reading }).values;
  assert.deepEqual(of('Humidity', 'Humidity', '%', 45), { 'host/humidityRatio': 0.45 });
  const { 'host/inletTempC': inletC } = of('Inlet Temp', 'Temperature', '[degF]', 77);
  assert.ok(Math.abs(Number(inletC) - 25) < 1e-9);
  const cdu = { ...host, kind: 'cdu' } as const;
  const flow = { Name: 'Loop', ReadingType: 'LiquidFlowLPM', ReadingUnits: 'L/min', Reading: 600 };
  assert.deepEqual(read('Sensor', flow, { machine: cdu }).values, {
    'cdu/coolantFlowM3PerS': 0.01,
  });
});

test('a headroom is a margin, not a temperature', () => {
  const body = {
    ...{ Name: 'GPU 2 TEMP 1', PhysicalContext: 'GPU', ReadingType: 'Temperature' },
    ...{ ReadingUnits: 'Cel', ReadingBasis: 'Headroom', Reading: 54 },
  };
  assert.deepEqual(read('Sensor', body).values, { 'gpu/gpuThermalMarginK': 54 });
});

test('a rating in place of a reading is not believed', () => {
  const psu = { PowerCapacityWatts: 750, PowerInputWatts: 900, PowerOutputWatts: 203 };
  const body = { PowerSupplies: [{ Name: 'PS1', MemberId: '1', ...psu }] };
  const { values, why } = read('Power', body);
  assert.deepEqual(values, { 'psu/psuOutputPowerW': 203 });
  assert.deepEqual(why, ['input above twice the output']);
  const owner: Owner = {
    ...{ kind: 'psu', slot: { kind: 'psu', family: 'f', part: '1' }, ratedW: 400 },
  };
  const metrics = { InputPowerWatts: { Reading: 937 }, OutputPowerWatts: { Reading: 937 } };
  const seen = read('PowerSupplyMetrics', metrics, { owner });
  assert.deepEqual(seen.why, ['above twice the rated power', 'above twice the rated power']);
});

test('legacy fans: RPM or percent, two rotors of one fan', () => {
  const body = {
    Fans: [
      { Name: 'Fan1A', Reading: 8000, ReadingUnits: 'RPM', Status: { State: 'Enabled' } },
      { Name: 'Fan1B', Reading: 7000, ReadingUnits: 'RPM', Status: { State: 'Enabled' } },
      { Name: 'Fan2A', Reading: 30, ReadingUnits: 'Percent', Status: { State: 'Enabled' } },
    ],
  };
  const view = {
    ...{
      uri: '/t',
      type: 'Thermal',
      body,
      owner: undefined,
      isInternal: false,
      atMs: 1,
      holdMs: 1,
    },
  };
  const got = interpret(view, host).candidates.map(one => [one.signal, one.slot?.ordinal]);
  assert.deepEqual(got, [
    ['fanSpeedRpm', 1],
    ['fanSpeedRpm', 1],
    ['fanSpeedRatio', 2],
  ]);
});

test('health and power state are codes; placeholders are no models', () => {
  const body = {
    ...{ PowerState: 'Off', Model: 'To be filled by O.E.M.', BiosVersion: ' 1.2 ' },
    Status: { State: 'Disabled', Health: 'Critical' },
  };
  assert.deepEqual(read('ComputerSystem', body).values, {
    'host/poweredOnFlag': 0,
    'host/firmwareText': '1.2',
  });
  const on = { PowerState: 'On', Status: { State: 'Enabled', HealthRollup: 'Warning' } };
  assert.equal(read('ComputerSystem', on).values['host/healthCode'], 1);
});

test('what belongs to a module inside is not the machine', () => {
  const body = { PowerWatts: { Reading: 90 } };
  assert.deepEqual(read('EnvironmentMetrics', body, { isInternal: true }).values, {});
  assert.deepEqual(read('EnvironmentMetrics', body).values, { 'host/bmcPowerW': 90 });
});

test('a shelf writes its own power to the rack and refuses what a rack has no place for', () => {
  const rack = { ...host, kind: 'rack' } as const;
  const body = { Name: 'total_power_in', ReadingType: 'Power', ReadingUnits: 'W', Reading: 1749 };
  assert.deepEqual(read('Sensor', body, { machine: rack }).values, { 'rack/bmcPowerW': 1749 });
  const { why } = read('ComputerSystem', { PowerState: 'On' }, { machine: rack });
  assert.deepEqual(why, ['no place for poweredOnFlag on rack']);
});

test('a body of any shape is read without harm', () => {
  const types = [...new Set(FIELD_ROWS.map(row => row.type)), 'Sensor'];
  const keys = [
    'Status',
    'Fans',
    'PowerSupplies',
    'Reading',
    'Name',
    'PowerControl',
    'Temperatures',
  ];
  const body = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 4 }));
  fc.assert(
    fc.property(fc.constantFrom(...types), body, (type, value) => {
      for (const one of Object.values(read(type, value).values))
        assert.ok(typeof one === 'string' || Number.isFinite(one));
    }),
  );
});

const BROKEN: readonly [string, string][] = [
  ['{"a": tru}', 'not JSON at byte 6'],
  ['{"a":1,}', 'not JSON at byte 7'],
  ['<html>', 'not JSON at byte 0'],
  ['{"ä":1', 'not JSON at byte 7'],
  ['', 'not JSON at byte 0'],
  ['[1]', 'not a JSON object'],
  ['{"a": "x', 'not JSON at byte 8'],
];
for (const [text, error] of BROKEN)
  test(`'${text}' is ${error}`, () => {
    const parsed = parseBody(Buffer.from(text));
    assert.deepEqual(parsed, { ok: false, error });
  });

test('metric reports: fresh values of known sensors, each with its own time', () => {
  const drops: string[] = [];
  const nowMs = Date.UTC(2026, 0, 1, 12);
  const value = (MetricProperty: string, MetricValue: string, agoS: number, more = {}) => {
    const Timestamp = new Date(nowMs + 2_000 - agoS * 1_000).toISOString();
    return { MetricProperty, MetricValue, Timestamp, ...more };
  };
  const stale = { Oem: { Nvidia: { MetricValueStale: true } } };
  const MetricValues = [
    value('/S/a', '41.5', 3),
    value('/S/A#/Reading', '42', 1),
    value('/S/a#/Other', '1', 1),
    value('/unknown', '1', 1),
    value('/S/a', 'nan', 1),
    value('/S/a', '1', 100),
    value('/S/a', '1', -60),
    value('/S/a', '1', 1, stale),
    { MetricProperty: '/S/a', MetricValue: '1' },
  ];
  const values = reportedValues({ MetricValues } as unknown as JsonObject, {
    ...{ nowMs, maxAgeMs: 10_000, clock: { offsetMs: 2_000, uncertaintyMs: 100 } },
    isSensor: path => path === '/s/a',
    drop: why => drops.push(why),
  });
  assert.deepEqual(
    values.map(one => [one.value, nowMs - one.atMs]),
    [
      [41.5, 3_000],
      [42, 1_000],
    ],
  );
  assert.deepEqual(drops, [
    ...['metric value is no number', 'metric value too old', 'metric value from the future'],
    ...['metric value marked stale', 'metric value without time'],
  ]);
});

test('a bad configuration names the field', () => {
  const good = { id: 'a', kind: 'redfish', url: 'https://10.0.0.1', host: 'h1' };
  assert.equal(redfishSourceConfig.safeParse(good).success, true);
  const bad: [object, RegExp][] = [
    [{ url: 'ftp://x' }, /url/],
    [{ intervalS: 0.1 }, /intervalS/],
    [{ intervall: 3 }, /intervall/],
    [{ password: 'a', passwordEnv: 'B' }, /only one of password/],
    [{ host: '' }, /host/],
  ];
  for (const [change, expected] of bad) {
    const result = redfishSourceConfig.safeParse({ ...good, ...change });
    assert.match(JSON.stringify(result.error?.issues), expected);
  }
});
