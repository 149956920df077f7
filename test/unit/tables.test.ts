import assert from 'node:assert/strict';
import test from 'node:test';
import { CLASSES } from '../../twin/tables/classes.ts';
import { CONSTANTS, INLET_CLASSES } from '../../twin/tables/constants.ts';
import { ESTIMATES } from '../../twin/tables/estimates.ts';
import { FABRICS } from '../../twin/tables/fabrics.ts';
import { FAULTS, faultById } from '../../twin/tables/faults.ts';
import { KIND_INDEX, KINDS, type Kind } from '../../twin/tables/kinds.ts';
import { LIMITS } from '../../twin/tables/limits.ts';
import { kindsOf, SIGNALS } from '../../twin/tables/signals.ts';
import { UNITS } from '../../twin/tables/units.ts';
import {
  allUnique,
  checkFigure,
  classesOf,
  FIGURE_UNITS,
  named,
  signalOf,
  value,
} from '../support/tables.ts';

test('every id stands once in its table', () => {
  allUnique(
    'kinds',
    KINDS.flatMap(row => [row.id, row.plural]),
  );
  allUnique(
    'signals',
    SIGNALS.map(row => row.id),
  );
  allUnique(
    'limits',
    LIMITS.map(row => row.id),
  );
  allUnique(
    'classes',
    CLASSES.map(row => row.id),
  );
  allUnique(
    'faults',
    FAULTS.map(row => row.id),
  );
  allUnique(
    'fabrics',
    FABRICS.map(row => row.hostClass),
  );
  allUnique(
    'estimates',
    ESTIMATES.map(row => `${row.kind} ${row.signal}`),
  );
});

test('a kind stands after every kind that may contain it', () => {
  for (const row of KINDS) {
    for (const outer of row.in) {
      assert.ok(KIND_INDEX[outer] < KIND_INDEX[row.id], `${row.id} before ${outer}`);
    }
  }
});

test('the name of a signal ends with its unit', () => {
  const longer = Object.keys(UNITS).sort((a, b) => b.length - a.length);
  for (const row of SIGNALS) {
    // `gpus per second` must not pass as seconds: the longest unit that fits is the one meant
    const suffix = longer.find(unit => row.id.endsWith(unit));
    assert.equal(suffix, row.unit, row.id);
  }
});

test('signals have a title, kinds and a range in order, and are never stale at once', () => {
  for (const row of SIGNALS) {
    assert.ok(row.title && row.kinds.length > 0, row.id);
    assert.ok(row.range[0] < row.range[1], row.id);
    assert.ok(row.staleAfterS > 0, row.id);
    for (const kind of kindsOf(row)) assert.ok(kind in KIND_INDEX, `${row.id} at ${kind}`);
  }
});

test('every host class has a fabric that fits its parts', () => {
  assert.deepEqual(
    FABRICS.map(row => row.hostClass).sort(),
    classesOf('host')
      .map(row => row.id)
      .sort(),
  );
  for (const row of FABRICS) {
    const host = named(row.hostClass);
    const count = (kind: Kind) => host.components?.find(part => part.kind === kind)?.count ?? 0;
    const numas = count('numa');
    assert.equal(row.numaDistance.length, numas, `${row.hostClass}: NUMA distances`);
    if (numas > 0) {
      assert.equal(row.gpuNuma.length, count('gpu'), `${row.hostClass}: gpuNuma`);
      assert.equal(row.nicNuma.length, count('nic'), `${row.hostClass}: nicNuma`);
    }
    for (const numa of [...row.gpuNuma, ...row.nicNuma]) assert.ok(numa < numas, row.hostClass);
    const switches = count('pcieSwitch');
    assert.equal(row.gpusPerPcieSwitch * switches, switches && count('gpu'), row.hostClass);
    assert.equal(row.nicsPerPcieSwitch * switches, switches && count('nic'), row.hostClass);
    assert.equal(row.gpuLinkBytesPerS > 0, row.gpuLinks !== 'none', row.hostClass);
    const gpuClass = host.components?.find(part => part.kind === 'gpu')?.class;
    if (gpuClass) assert.equal(row.gpuLinkBytesPerS, value(named(gpuClass), 'nvlinkBytesPerS'));
    assert.ok(row.ringBytesPerS <= row.gpuLinkBytesPerS, `${row.hostClass}: ring over its links`);
    assert.match(row.mark, /^[SMCD]$/);
    assert.ok(row.source, row.hostClass);
  }
});

test('NUMA distances are symmetric, 10 at home and larger elsewhere', () => {
  for (const { hostClass, numaDistance } of FABRICS) {
    numaDistance.forEach((line, i) => {
      assert.equal(line.length, numaDistance.length, hostClass);
      line.forEach((distance, j) => {
        assert.equal(distance, numaDistance[j][i], hostClass);
        assert.ok(i === j ? distance === 10 : distance > 10, hostClass);
      });
    });
  }
});

test('estimates name measuring points of one unit at their kind', () => {
  for (const row of ESTIMATES) {
    const target = signalOf(row.signal);
    assert.ok(target.kinds.includes(row.kind), `${row.signal} at ${row.kind}`);
    assert.ok(row.from.length > 0 && !row.from.includes(row.signal), row.signal);
    for (const id of row.from) {
      assert.equal(signalOf(id).unit, target.unit, id);
      assert.ok(kindsOf(signalOf(id)).includes(row.kind), `${id} at ${row.kind}`);
    }
  }
});

test('faults name kinds and signals that fit, and say where they come from', () => {
  for (const row of FAULTS) {
    assert.ok(row.title && row.source && row.kinds.length > 0, row.id);
    assert.match(row.id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    if (!row.signal) continue;
    const kinds = kindsOf(signalOf(row.signal));
    assert.ok(
      row.kinds.some(kind => kinds.includes(kind)),
      `${row.id}: ${row.signal}`,
    );
  }
});

test('every XID from 1 to 172 has one row, with the severity of the public mapping', () => {
  const codes = FAULTS.filter(row => row.signal === 'xidCode').map(row => row.code);
  assert.deepEqual(
    codes,
    Array.from({ length: 172 }, (_, i) => i + 1),
  );
  const is = (code: number) => {
    const row = faultById(`xid-${code}`);
    return `${row?.severity} ${row?.remedy}`;
  };
  assert.equal(is(13), 'nonFatal restartApp');
  assert.equal(is(40), 'nonFatal restartApp');
  assert.equal(is(48), 'fatal drainReset');
  assert.equal(is(54), 'fatal checkPower');
  assert.equal(is(63), 'nonFatal resetAtNextChance');
  assert.equal(is(74), 'fatal nvlinkWorkflow');
  assert.equal(is(79), 'fatal restartHost');
  assert.equal(is(147), 'fatal nvlinkWorkflow');
  assert.equal(is(154), 'info followRecoveryAction');
  assert.equal(is(61), 'fatal service');
  assert.equal(is(170), 'unclassified service');
  assert.ok(faultById('xid-109')?.disputed);
});

test('constants have sources, and inlet classes nest', () => {
  for (const [name, figure] of Object.entries(CONSTANTS)) {
    checkFigure(name, figure);
    assert.ok(
      [...FIGURE_UNITS, 'SPerM'].some(unit => name.endsWith(unit)),
      `${name} ends with no unit`,
    );
  }
  assert.equal(CONSTANTS.fibreLatencySPerM.value * 1000, 5e-6);
  const { A1, A2, A3, A4 } = INLET_CLASSES;
  const classes = [A1, A2, A3, A4];
  for (let i = 1; i < classes.length; i++) {
    assert.ok(classes[i].minTempC <= classes[i - 1].minTempC);
    assert.ok(classes[i].maxTempC > classes[i - 1].maxTempC);
  }
});
