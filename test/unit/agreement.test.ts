/** Do the sensors agree: each kind of fault is found, named and dated; what is no fault is not. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Finding, planAgreement, SIGNALS, type Topology } from '../../twin/index.ts';
import { agreementTopology, judgeSite, type Lie } from '../support/agreement-site.ts';

const FROM_S = 3600;

function only(findings: readonly Finding[], topology: Topology) {
  const named = findings.map(
    each => `${topology.ids[each.entity]} ${SIGNALS[each.signal].id} ${each.fault}`,
  );
  assert.equal(findings.length, 1, `one finding, not ${named.join('; ')}`);
  return { finding: findings[0], name: named[0] };
}

const scaled =
  (entity: string, signal: string, factor: number, fromS = FROM_S): Lie =>
  (read, atS) => {
    if (atS >= fromS) read.set(entity, signal, factor * read.get(entity, signal));
  };

test('a BMC that is 8 % high is found, with its factor and the time at which it began', () => {
  const lie = scaled('k2-n3', 'bmcPowerW', 1.08);
  const { findings, topology } = judgeSite({ seed: 3, hours: 2.5, lie });
  const { finding, name } = only(findings, topology);
  assert.equal(name, 'k2-n3 bmcPowerW scale');
  assert.ok(Math.abs((finding.factor ?? 0) - 1.08) < 0.02, `factor ${finding.factor}`);
  assert.ok(Math.abs(finding.sinceMs - (1e12 + 1000 * FROM_S)) <= 900_000, 'dated to 15 min');
  assert.equal(finding.isFromStart, false);
  assert.ok(finding.foundMs - 1e12 <= 1000 * (FROM_S + 2400), 'within 40 minutes');
  const balances = new Set(finding.evidence.map(each => each.balance));
  assert.ok(balances.has('outletsVsBmc') && balances.has('psusVsBmc'));
});

test('a PDU meter that is 7 % low from the start is told from one that began', () => {
  const lie = scaled('k3-a', 'pduPowerW', 0.93, 0);
  const { findings, topology } = judgeSite({ seed: 4, hours: 1.5, lie });
  const { finding, name } = only(findings, topology);
  assert.equal(name, 'k3-a pduPowerW scale');
  assert.equal(finding.isFromStart, true);
  assert.equal(finding.sinceMs, 1e12);
});

for (const [what, factor, unit] of [
  ['kilowatts', 0.001, 'kilo'],
  ['milliwatts', 1000, 'milli'],
  ['tenths', 10, 'tenths'],
] as const) {
  test(`an outlet in ${what} is a wrong unit, and nobody else is blamed`, () => {
    const lie = scaled('k1-n2/psu1', 'outletPowerW', factor);
    const { findings, topology } = judgeSite({ seed: 5, hours: 2.5, lie });
    const { finding, name } = only(findings, topology);
    assert.equal(name, 'k1-n2/psu1 outletPowerW unit');
    assert.equal(finding.unit, unit);
  });
}

test('an inlet in degrees Fahrenheit is a wrong unit', () => {
  const lie: Lie = (read, atS) => {
    if (atS >= FROM_S) read.set('k4-n1', 'inletTempC', 1.8 * read.get('k4-n1', 'inletTempC') + 32);
  };
  const { findings, topology } = judgeSite({ seed: 6, hours: 2.5, lie });
  const { finding, name } = only(findings, topology);
  assert.equal(name, 'k4-n1 inletTempC unit');
  assert.equal(finding.unit, 'fahrenheit');
});

test('a frozen meter is stuck, not wrong by a factor', () => {
  let kept = Number.NaN;
  const lie: Lie = (read, atS) => {
    if (atS < FROM_S) return;
    if (Number.isNaN(kept)) kept = read.get('k1-n4', 'bmcPowerW');
    read.set('k1-n4', 'bmcPowerW', kept);
  };
  const { findings, topology } = judgeSite({ seed: 7, hours: 2, lie });
  const { finding, name } = only(findings, topology);
  assert.equal(name, 'k1-n4 bmcPowerW stuck');
  assert.ok(Math.abs(finding.sinceMs - (1e12 + 1000 * FROM_S)) <= 60_000);
});

test('a GPU that is far too hot for its power is hot: its cooling or its sensor', () => {
  const lie: Lie = (read, atS) => {
    if (atS < FROM_S) return;
    const inletC = read.get('k2-n3', 'inletTempC');
    const riseK = read.get('k2-n3/gpu1', 'gpuTempC') - inletC;
    read.set('k2-n3/gpu1', 'gpuTempC', Math.round(inletC + 2.8 * riseK) + ((atS / 60) % 2));
  };
  const { findings, topology } = judgeSite({ seed: 12, hours: 2.5, lie });
  const { finding, name } = only(findings, topology);
  assert.equal(name, 'k2-n3/gpu1 gpuTempC hot');
  assert.ok((finding.offsetK ?? 0) > 10);
});

test('exchanged cords of two hosts are one finding that names both', () => {
  const lie: Lie = (read, atS) => {
    if (atS < FROM_S) return;
    const [a, b] = ['k2-n1/psu0', 'k2-n4/psu0'].map(id => read.get(id, 'outletPowerW'));
    read.set('k2-n1/psu0', 'outletPowerW', b);
    read.set('k2-n4/psu0', 'outletPowerW', a);
  };
  const { findings, topology } = judgeSite({ seed: 8, hours: 2.5, lie });
  const { finding, name } = only(findings, topology);
  assert.match(name, /^k2-n[14]\/psu0 outletPowerW swapped$/);
  const other = topology.ids[finding.other?.entity ?? -1];
  assert.deepEqual([name.split(' ')[0], other].sort(), ['k2-n1/psu0', 'k2-n4/psu0']);
});

test('a power supply that takes over the load of the other one accuses nobody', () => {
  const lie: Lie = (read, atS) => {
    if (atS < FROM_S) return;
    for (const signal of ['psuInputPowerW', 'outletPowerW']) {
      const moved = 0.4 * read.get('k3-n2/psu0', signal);
      read.set('k3-n2/psu0', signal, read.get('k3-n2/psu0', signal) - moved);
      read.set('k3-n2/psu1', signal, read.get('k3-n2/psu1', signal) + moved);
      const pdu = { psuInputPowerW: 0, outletPowerW: moved }[signal] ?? 0;
      read.set('k3-a', 'pduPowerW', read.get('k3-a', 'pduPowerW') - pdu);
      read.set('k3-b', 'pduPowerW', read.get('k3-b', 'pduPowerW') + pdu);
    }
  };
  const { findings } = judgeSite({ seed: 9, hours: 2.5, lie });
  assert.deepEqual(findings, []);
});

test('a fault that is over is no longer reported, and leaves no other behind', () => {
  const lie: Lie = (read, atS) => {
    if (atS < FROM_S || atS > FROM_S + 3600) return;
    read.set('k2-n3', 'bmcPowerW', 1.2 * read.get('k2-n3', 'bmcPowerW'));
  };
  const during = judgeSite({ seed: 10, hours: 1.9, lie });
  assert.equal(only(during.findings, during.topology).name, 'k2-n3 bmcPowerW scale');
  assert.deepEqual(judgeSite({ seed: 10, hours: 4, lie }).findings, []);
});

test('balances that cannot be worked out are counted as silent', () => {
  const { judge } = judgeSite({ seed: 11, hours: 1 });
  const { points, equations, speaking } = judge.coverage();
  assert.ok(points > 0 && speaking > 0 && speaking < equations);
});

test('every member of every balance is a point, and sums have the shares of the plane', () => {
  const plan = planAgreement(agreementTopology());
  const { equations, points, families } = plan;
  assert.equal(
    families.reduce((sum, family) => sum + family.members.length, 0),
    equations.count,
  );
  for (let e = 0; e < equations.count; e++) {
    assert.ok(equations.start[e] < equations.middle[e], 'a left side');
    assert.ok(equations.middle[e] < equations.start[e + 1], 'a right side');
  }
  assert.ok(equations.point.every(p => p >= 0 && p < points.count));
  assert.ok(equations.coefficient.every(c => Math.abs(c) > 0 && Math.abs(c) <= 1));
});
