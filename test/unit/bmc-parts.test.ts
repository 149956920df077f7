import assert from 'node:assert/strict';
import test from 'node:test';
import type { Candidate } from '../../server/ingest/bmc/arbiter.ts';
import { createArbiter } from '../../server/ingest/bmc/arbiter.ts';
import { impossible, misplaced } from '../../server/ingest/bmc/check.ts';
import { createClockOffset } from '../../server/ingest/bmc/clock-offset.ts';
import { matchSensor } from '../../server/ingest/bmc/sensor-match.ts';
import { type Quantity, SENSOR_ROWS } from '../../server/ingest/bmc/sensor-rows.ts';
import { createSlotBook, type SlotRef } from '../../server/ingest/bmc/slots.ts';
import { KIND_INDEX, SIGNAL_INDEX } from '../../twin/index.ts';

test('every sensor row names a signal and a kind that exist', () => {
  for (const row of SENSOR_ROWS) {
    assert.ok(SIGNAL_INDEX.has(row.signal), row.signal);
    assert.ok(row.kind in KIND_INDEX, row.kind);
  }
});

const SAID: readonly [Quantity, string, string, string | undefined][] = [
  // [quantity, context, name, what it is]
  ['temperature', 'Intake', '01-Inlet Ambient', 'inletTempC'],
  ['temperature', '', 'System Board Inlet Temp', 'inletTempC'],
  ['temperature', '', 'Chassis_0_Front_IO_Temp_0', 'inletTempC'],
  ['temperature', 'SystemBoard', '61-Board Inlet', undefined],
  ['temperature', 'PowerSupply', '23-P/S 1 Inlet', undefined],
  ['temperature', '', 'Ambient Temp', 'inletTempC'],
  ['temperature', 'CPU', '02-CPU 1 PkgTmp', 'cpuTempC'],
  ['temperature', 'CPU', 'ProcessorModule_0_CPU_0_TempLimit_0', undefined],
  ['temperature', 'CPU', 'System Temp', undefined],
  ['temperature', 'SystemBoard', '12-VR P1', undefined],
  ['temperature', 'Memory', '04-P1 DIMM 1-6', 'dimmTempC'],
  ['temperature', 'SystemBoard', '51.1-XLR8R 14-GPU ASIC', 'gpuTempC 14'],
  ['temperature', 'SystemBoard', '51.2-XLR8R 14-Memory', 'gpuMemTempC 14'],
  ['temperature', 'GPU', 'HGX GPU 3 TEMP 0', 'gpuTempC 3'],
  ['temperature', 'GPU', 'HGX GPU 3 DRAM 0 Temp 0', 'gpuMemTempC 3'],
  ['temperature', '', 'NVME_M2_0_Temp_0', 'diskTempC 0'],
  ['temperature', '', 'HGX ProcessorModule 0 Exhaust Temp 0', 'exhaustTempC'],
  ['power', 'GPU', 'HGX_GPU_2_Power_0', 'gpuPowerW 2'],
  ['power', 'GPU', 'HGX GPU 0 DRAM 0 Power 0', undefined],
  ['power', 'GPU', 'HGX Chassis 0 TotalGPU Power 0', undefined],
  ['power', 'CPU', 'ProcessorModule 0 CPU 0 Power 0', 'cpuPowerW'],
  ['power', 'CPU', 'ProcessorModule_0_CPU_0_EnforcedEDPp_0', undefined],
  ['power', '', 'Chassis 0 TotalHSC Power 0', 'bmcPowerW'],
  ['power', 'Chassis', 'total_power_in', 'bmcPowerW'],
  ['power', 'Chassis', 'total power out', undefined],
  ['power', 'Chassis', 'hotswap_input_power', undefined],
  ['power', '', 'System Board Pwr Consumption', 'bmcPowerW'],
  ['power', 'PowerSupply', 'ps3_input_power', 'psuInputPowerW 3'],
  ['power', 'PowerSupply', 'ps3_output_power', 'psuOutputPowerW 3'],
  ['power', 'PowerSupply', 'ps3_standby_output_power', undefined],
  ['power', '', 'PSU1 Power', 'psuInputPowerW 1'],
  ['voltage', 'PowerSupply', 'ps1_input_voltage', 'inputVoltageV 1'],
  ['voltage', 'PowerSupply', 'ps1_output_voltage', undefined],
  ['voltage', '', 'P12V', 'railVoltageV'],
  ['voltage', '', 'Chassis_0_LeakDetector_0_ColdPlate', undefined],
  ['fanSpeed', '', 'Chassis_0_FAN_6_FRONT', 'fanSpeedRpm 6'],
  ['fanSpeed', 'SystemBoard', 'System Board Fan1A', 'fanSpeedRpm 1'],
  ['fanSpeed', 'PowerSupply', 'ps2_fan1', 'fanSpeedRpm 2'],
  ['percent', '', 'Chassis_0_FAN_6_PWM', 'fanSpeedRatio 6'],
  ['percent', 'CPU', 'ProcessorModule 0 CPU 0 CoreUtil 0', undefined],
  ['percent', '', 'Room Humidity', 'humidityRatio'],
];

for (const [quantity, context, name, expected] of SAID)
  test(`${quantity} '${name}' (${context || 'no context'}) is ${expected ?? 'not taken'}`, () => {
    const match = matchSensor({ quantity, context, name });
    const got = match && [match.row.signal, match.ordinal].filter(part => part !== undefined);
    assert.equal(got?.join(' '), expected);
  });

test('a distance to a limit is a margin, never a temperature', () => {
  const sample = { quantity: 'temperature', context: 'GPU', isMargin: true } as const;
  assert.equal(matchSensor({ ...sample, name: 'GPU 1 TEMP 1' })?.row.signal, 'gpuThermalMarginK');
  assert.equal(matchSensor({ ...sample, context: 'CPU', name: 'CPU 1 Temp' }), undefined);
});

test('the inlet of a board inside gives way to the inlet of the enclosure', () => {
  const inlet = { quantity: 'temperature', name: 'Inlet Temp' } as const;
  const outer = matchSensor(inlet)?.row.rank ?? Number.NaN;
  const inner = matchSensor({ ...inlet, isInternal: true })?.row.rank ?? Number.NaN;
  assert.ok(outer < inner);
});

const part = (ordinal: number | undefined, extra: Partial<SlotRef> = {}): SlotRef => ({
  ...{ kind: 'psu', family: 'f', part: `p${ordinal}` },
  ...(ordinal !== undefined && { ordinal }),
  ...extra,
});

function slots(refs: readonly SlotRef[], first = {}): number[] {
  const book = createSlotBook(first);
  for (const ref of refs) book.note(ref);
  return refs.map(ref => book.slotOf(ref));
}

test('parts numbered from 0 or from 1 take slots from 0', () => {
  assert.deepEqual(slots([part(0), part(1), part(2)]), [0, 1, 2]);
  assert.deepEqual(slots([part(1), part(2), part(3)]), [0, 1, 2]);
});

test('a missing first part leaves its slot empty', () => {
  assert.deepEqual(slots([part(2), part(3), part(4)]), [1, 2, 3]);
});

test('PCI slot numbers are no part numbers', () => {
  assert.deepEqual(slots([part(14), part(16)]), [0, 1]);
});

test('the first number can be configured where it cannot be told', () => {
  assert.deepEqual(slots([part(1), part(2)], { psu: 0 }), [1, 2]);
});

test('parts without numbers, or with one number for two, go in order of their paths', () => {
  const unnumbered = [10, 9, 2].map(n => part(undefined, { part: `/x/Bay${n}` }));
  assert.deepEqual(slots(unnumbered), [2, 1, 0]);
  const doubled = ['Bay1', 'Bay2', 'CPU1', 'CPU2'].map((name, i) =>
    part((i % 2) + 1, { part: name, exclusive: true }),
  );
  assert.deepEqual(slots(doubled), [0, 1, 2, 3]);
});

const candidate = (extra: Partial<Candidate>): Candidate => ({
  ...{ kind: 'host', signal: 'cpuTempC', value: 1, rank: 1, combine: 'max', origin: 'a' },
  ...{ atMs: 1_000, holdMs: 5_000 },
  ...extra,
});

test('the best rank is used, and the next when it falls silent', () => {
  const arbiter = createArbiter(createSlotBook());
  arbiter.offer(candidate({ origin: 'good', value: 40, rank: 1 }));
  arbiter.offer(candidate({ origin: 'poor', value: 90, rank: 20 }));
  assert.deepEqual(
    arbiter.take(1_000, true).map(reading => reading.value),
    [40],
  );
  assert.equal(arbiter.takeOutranked(), 1);
  arbiter.offer(candidate({ origin: 'poor', value: 91, rank: 20, atMs: 9_000 }));
  assert.deepEqual(
    arbiter.take(9_000, true).map(reading => reading.value),
    [91],
  );
});

test('sensors read in different polls are combined while fresh', () => {
  const arbiter = createArbiter(createSlotBook());
  arbiter.offer(candidate({ origin: 'cpu0', value: 70 }));
  arbiter.take(1_000, true);
  arbiter.offer(candidate({ origin: 'cpu1', value: 50, atMs: 2_000 }));
  const [reading] = arbiter.take(2_000, true);
  assert.equal(reading.value, 70);
  assert.equal(reading.atMs, 1_000, 'the value keeps its own time');
});

test('an origin that says nothing usable no longer counts', () => {
  const arbiter = createArbiter(createSlotBook());
  arbiter.offer(candidate({ origin: 'cpu0', value: 70 }));
  arbiter.offer(candidate({ origin: 'cpu1', value: 50 }));
  arbiter.take(1_000, true);
  arbiter.withdraw('cpu0');
  assert.deepEqual(
    arbiter.take(1_100, true).map(reading => reading.value),
    [50],
  );
});

test('readings of parts wait until all parts are known', () => {
  const arbiter = createArbiter(createSlotBook());
  const slot = { kind: 'gpu', family: 'sensor', part: '1', ordinal: 1 } as const;
  arbiter.offer(candidate({ kind: 'gpu', signal: 'gpuTempC', slot }));
  assert.deepEqual(arbiter.take(1_000, false), []);
  const zero = { ...slot, part: '0', ordinal: 0 };
  arbiter.offer(candidate({ kind: 'gpu', signal: 'gpuTempC', slot: zero, origin: 'b' }));
  assert.deepEqual(
    arbiter.take(1_000, true).map(reading => reading.slot),
    [1, 0],
  );
});

test('a sum is as old as its oldest part; the cache keeps times', () => {
  const arbiter = createArbiter(createSlotBook());
  const power = { signal: 'cpuPowerW', combine: 'sum' } as const;
  arbiter.offer(candidate({ ...power, origin: 'a', value: 10, atMs: 1_000 }));
  arbiter.offer(candidate({ ...power, origin: 'b', value: 20, atMs: 1_500 }));
  const expected = { kind: 'host', signal: 'cpuPowerW', value: 30, atMs: 1_000 };
  assert.deepEqual(arbiter.take(1_500, true), [expected]);
  assert.deepEqual(arbiter.take(60_000, true), [], 'nothing new is no new reading');
  assert.deepEqual(arbiter.cached(), [expected]);
});

test('values that cannot be, and signals without a place, are refused with the reason', () => {
  assert.equal(impossible('bmcPowerW', 500), undefined);
  assert.equal(impossible('bmcPowerW', -1), 'negative bmcPowerW');
  assert.equal(impossible('inletTempC', 200), 'inletTempC out of range (C)');
  assert.equal(impossible('inletTempC', Number.NaN), 'not a number');
  assert.equal(misplaced('host', 'psu', 'psuInputPowerW'), undefined);
  assert.equal(misplaced('rack', 'psu', 'psuInputPowerW'), undefined);
  assert.equal(misplaced('rack', 'gpu', 'gpuTempC'), 'no place for gpuTempC on gpu of rack');
  assert.equal(misplaced('host', 'host', 'supplyTempC'), 'no place for supplyTempC on host');
});

test('the clock offset narrows with every statement and follows a clock that is set', () => {
  const clock = createClockOffset();
  const offsetMs = 5_400;
  for (let nowMs = 0; nowMs < 30_000; nowMs += 1_037) {
    const statedMs = Math.floor((nowMs + 10 + offsetMs) / 1_000) * 1_000;
    clock.observe(statedMs, 1_000, nowMs, nowMs + 20);
  }
  const bounds = clock.bounds;
  assert.ok(bounds && Math.abs(bounds.offsetMs - offsetMs) <= bounds.uncertaintyMs);
  assert.ok(bounds.uncertaintyMs < 100, `${bounds.uncertaintyMs}`);
  clock.observe(10_000_000, 1_000, 31_000, 31_020);
  assert.ok(Math.abs((clock.bounds?.offsetMs ?? 0) - 9_969_490) < 1);
});
