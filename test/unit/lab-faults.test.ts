/** Sensor faults of the laboratory: each lies as it says, from when it says, and nobody else does. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { drawFaults } from '../../scenarios/lab/fault-draw.ts';
import type { LabFault } from '../../scenarios/lab/faults.ts';
import { createLab, type Telemetry } from '../../scenarios/lab/lab.ts';

const AT_S = 900;
const SPAN_MS = 3_600_000;

const honest = run([]);

function run(faults: readonly LabFault[]) {
  const lab = createLab({ seed: 8, racks: 2, faults });
  return { lab, ticks: lab.step(lab.startMs + SPAN_MS) };
}

/** Readings by instant: `${entity} ${signal}` to value. */
function readingsOf({ lab, ticks }: { lab: typeof honest.lab; ticks: readonly Telemetry[] }) {
  return ticks.map(tick => {
    const names = Array.from(
      tick.entity,
      (entity, at) => `${lab.entities[entity].id} ${lab.signals[tick.signal[at]]}`,
    );
    const values = new Map(names.map((name, at) => [name, tick.value[at]]));
    return { atS: (tick.atMs - lab.startMs) / 1000, values };
  });
}

const without = readingsOf(honest);

interface Lie {
  readonly atS: number;
  readonly name: string;
  readonly value: number;
  readonly truth: number;
}

/** What differs from the honest run. */
function liesOf(faults: readonly LabFault[]): Lie[] {
  const lies: Lie[] = [];
  readingsOf(run(faults)).forEach(({ atS, values }, tick) => {
    assert.equal(values.size, without[tick].values.size, 'a fault silences nobody');
    for (const [name, value] of values) {
      const truth = without[tick].values.get(name)!;
      if (value !== truth) lies.push({ atS, name, value, truth });
    }
  });
  return lies;
}

const namesOf = (lies: readonly Lie[]) => [...new Set(lies.map(({ name }) => name))].sort();

test('a stuck sensor repeats one value, noise and all, and then wakes', () => {
  const untilS = AT_S + 1800;
  const sensor = { entity: 'r1-k01-n2', signal: 'bmcPowerW' };
  const lies = liesOf([{ kind: 'stuck', ...sensor, atS: AT_S, untilS }]);
  assert.deepEqual(namesOf(lies), ['r1-k01-n2 bmcPowerW']);
  assert.equal(new Set(lies.map(({ value }) => value)).size, 1);
  assert.ok(lies.length > 40, `${lies.length} readings`);
  assert.ok(lies.every(({ atS }) => atS > AT_S && atS < untilS));
});

test('a wrong scale is a factor from its onset on', () => {
  const sensor = { entity: 'r1-k02-pdu-a', signal: 'pduPowerW' };
  const lies = liesOf([{ kind: 'scale', ...sensor, factor: 0.93, atS: AT_S }]);
  assert.deepEqual(namesOf(lies), ['r1-k02-pdu-a pduPowerW']);
  for (const { value, truth, atS } of lies) {
    assert.ok(Math.abs(value / truth - 0.93) < 1e-9 && atS >= AT_S);
  }
  assert.ok(lies.length > 80);
});

test('the energy counter of a GPU follows its power sensor', () => {
  const sensor = { entity: 'r1-k01-n1/gpu3', signal: 'gpuPowerW' };
  const lies = liesOf([{ kind: 'scale', ...sensor, factor: 1.2, atS: 0 }]);
  assert.deepEqual(namesOf(lies), ['r1-k01-n1/gpu3 gpuEnergyJ', 'r1-k01-n1/gpu3 gpuPowerW']);
  for (const { value, truth } of lies) assert.ok(Math.abs(value / truth - 1.2) < 1e-3);
});

test('a wrong unit is kilowatts, milliwatts, tenths or Fahrenheit', () => {
  const lies = liesOf([
    { kind: 'unit', entity: 'r1-k01-n1', signal: 'bmcPowerW', unit: 'kilo', atS: 0 },
    { kind: 'unit', entity: 'r1-k01-n2/psu0', signal: 'psuInputPowerW', unit: 'tenth', atS: 0 },
    { kind: 'unit', entity: 'r1-k01-n3', signal: 'inletTempC', unit: 'fahrenheit', atS: 0 },
    { kind: 'unit', entity: 'r1-k01-n4/psu2', signal: 'outletPowerW', unit: 'milli', atS: 0 },
  ]);
  assert.equal(namesOf(lies).length, 4);
  for (const { name, value, truth } of lies) {
    if (name.endsWith('bmcPowerW')) assert.ok(Math.abs(value - truth / 1000) < 1e-9);
    else if (name.endsWith('psuInputPowerW')) assert.ok(Math.abs(value - truth / 10) < 1e-9);
    else if (name.endsWith('inletTempC')) assert.ok(Math.abs(value - (32 + 1.8 * truth)) < 1e-9);
    else assert.ok(Math.abs(value - 1000 * truth) < 1e-6);
  }
});

test('exchanged cords exchange what the outlets see, and no total', () => {
  const pair = { entity: 'r1-k01-n1/psu2', other: 'r1-k01-n4/psu2', signal: 'outletPowerW' };
  const lies = liesOf([{ kind: 'swap', ...pair, atS: AT_S }]);
  assert.deepEqual(namesOf(lies), ['r1-k01-n1/psu2 outletPowerW', 'r1-k01-n4/psu2 outletPowerW']);
  const at = without.findIndex(({ atS }) => atS === 1800);
  const now = readingsOf(run([{ kind: 'swap', ...pair, atS: AT_S }]))[at].values;
  const was = without[at].values;
  // gains of 1 % and noise of 2 % stay with the outlets
  const ratio = now.get(`${pair.entity} outletPowerW`)! / was.get(`${pair.other} outletPowerW`)!;
  assert.ok(Math.abs(ratio - 1) < 0.13, `${ratio}`);
});

test('exchanged BMC addresses exchange everything that a BMC says', () => {
  const pair = { entity: 'r1-k02-n1', other: 'r1-k02-n3', signal: 'bmcPowerW' };
  const lies = liesOf([{ kind: 'swap', ...pair, atS: AT_S }]);
  const names = namesOf(lies);
  for (const signal of ['bmcPowerW', 'exhaustTempC', 'fanSpeedRatio']) {
    for (const host of [pair.entity, pair.other]) assert.ok(names.includes(`${host} ${signal}`));
  }
  assert.ok(names.includes('r1-k02-n3/psu5 psuInputPowerW'));
  assert.ok(names.every(name => !/gpu|cpu|outlet/.test(name)));
  const byTick = new Map(lies.map(({ atS, name, value }) => [`${atS} ${name}`, value]));
  for (const { atS, name, truth } of lies) {
    if (name !== 'r1-k02-n1 bmcPowerW') continue;
    assert.equal(byTick.get(`${atS} r1-k02-n3 bmcPowerW`), truth);
  }
});

test('drift grows by the hour', () => {
  const [power, temp] = [
    { kind: 'drift', entity: 'r1-k01-pdu-b', signal: 'pduPowerW', perH: 0.1, atS: 0 },
    { kind: 'drift', entity: 'r1-k02-n2', signal: 'inletTempC', perH: -3, atS: 0 },
  ] as const;
  for (const { atS, name, value, truth } of liesOf([power, temp])) {
    const hours = atS / 3600;
    if (name.endsWith('pduPowerW')) assert.ok(Math.abs(value / truth - 1 - 0.1 * hours) < 1e-9);
    else assert.ok(Math.abs(value - truth + 3 * hours) < 1e-9);
  }
});

test('a fault that cannot be is refused by name', () => {
  const lab = (fault: object) => () =>
    createLab({ seed: 1, racks: 1, faults: [fault as unknown as LabFault] });
  const bmc = { entity: 'r1-k01-n1', signal: 'bmcPowerW', atS: 0 };
  assert.throws(
    lab({ ...bmc, kind: 'stuck', signal: 'gpuTempC' }),
    /faults\[0\].signal: 'gpuTempC'/,
  );
  assert.throws(lab({ ...bmc, kind: 'stuck', entity: 'r9' }), /not measured at 'r9'/);
  assert.throws(lab({ ...bmc, kind: 'scale', factor: 1 }), /faults\[0\].factor/);
  assert.throws(lab({ ...bmc, kind: 'stuck', untilS: 0 }), /faults\[0\].untilS/);
  assert.throws(lab({ ...bmc, kind: 'unit', unit: 'fahrenheit' }), /'fahrenheit' makes no sense/);
  assert.throws(lab({ ...bmc, kind: 'swap', other: 'r1-k01-pdu-a' }), /of the same kind/);
});

test('drawn faults are of every kind, each on a host or PDU of its own, and some seeds have none', () => {
  const counts = new Map<string, number>();
  let none = 0;
  for (let seed = 0; seed < 300; seed++) {
    const faults = drawFaults(seed);
    assert.deepEqual(faults, drawFaults(seed));
    if (faults.length === 0) none++;
    const owners = new Map<string, LabFault['kind']>();
    for (const fault of faults) {
      counts.set(fault.kind, (counts.get(fault.kind) ?? 0) + 1);
      const owner = fault.entity.replace(/\/.*/, '');
      assert.equal(owners.get(owner) ?? fault.kind, fault.kind);
      owners.set(owner, fault.kind);
      assert.ok(fault.atS >= 0 && fault.atS <= 7200);
      if (fault.kind === 'scale') assert.ok(Math.abs(fault.factor - 1) >= 0.05);
      if (fault.kind === 'stuck') assert.ok((fault.untilS ?? 1e9) - fault.atS >= 1800);
    }
  }
  for (const kind of ['swap', 'stuck', 'scale', 'unit']) assert.ok(counts.get(kind)! > 80, kind);
  assert.ok(none > 25 && none < 80, `${none} seeds without`);
});

test('a lab takes whatever is drawn', () => {
  const kinds = ['swap', 'stuck', 'scale', 'unit', 'drift'] as const;
  for (let seed = 0; seed < 20; seed++) {
    const faults = drawFaults(seed, { racks: 2, atMost: 2, kinds });
    const lab = createLab({ seed, racks: 2, faults });
    assert.deepEqual(lab.truth.faults, faults);
  }
  assert.throws(() => drawFaults(1, { racks: 2, atMost: 3 }), /atMost: 3/);
});
