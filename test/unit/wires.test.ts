import assert from 'node:assert/strict';
import test from 'node:test';
import type { Topology } from '../../twin/topology/topology.ts';
import { problemsOf, TWO_RACKS, topologyOf } from '../support/inventories.ts';

/** Suppliers of a thing on the power plane, with their shares; containment left out. */
function suppliersOf({ planes: { power }, ids, indexOf }: Topology, id: string) {
  const p = power.positionOf[indexOf(id)];
  const found: [string, number][] = [];
  for (let e = power.parentStart[p]; e < power.parentStart[p + 1]; e++) {
    const supplier = ids[power.entities[power.parents[e]]];
    if (power.isAccounting[e] === 0) found.push([supplier, power.shares[e]]);
  }
  return found;
}

const wired = (wire: object) => ({ ...TWO_RACKS, power: [...(TWO_RACKS.power as object[]), wire] });

test('a glob with the id of a whole matches the parts that its class brings along', () => {
  const topology = topologyOf(
    wired({ kind: 'host', to: 'k1-n1', from: '{id}/psu[01]', share: 0.5 }),
  );
  assert.deepEqual(suppliersOf(topology, 'k1-n1'), [
    ['k1-n1/psu0', 0.5],
    ['k1-n1/psu1', 0.5],
  ]);
});

test('a glob without a whole matches only what the inventory names itself', () => {
  const topology = topologyOf(wired({ kind: 'tor', to: 'k1-tor', from: 'k1-*a*' }));
  assert.deepEqual(suppliersOf(topology, 'k1-tor'), [['k1-a', 1]]);
  assert.deepEqual(problemsOf(wired({ kind: 'tor', to: 'k1-tor', from: '*/psu0' })), [
    "power.1.from: '*/psu0', the supplier of k1-tor, is not there",
  ]);
});

test('suppliers come before what they supply, and a cycle names its ring', () => {
  const { power } = topologyOf().planes;
  for (let p = 0; p < power.count; p++) {
    for (let e = power.parentStart[p]; e < power.parentStart[p + 1]; e++) {
      assert.ok(power.parents[e] < p);
    }
  }
  assert.deepEqual(
    problemsOf({
      ...TWO_RACKS,
      power: [
        { kind: 'ups', to: 'ups-a', from: 'ups-b' },
        { kind: 'ups', to: 'ups-b', from: 'ups-a' },
        { kind: 'pdu', to: '*', from: 'ups-a' },
      ],
    }),
    ['power: a cycle: ups-a, ups-b feed each other; remove one of their wires'],
  );
});

test('parts are found by their ids, and nothing else is', () => {
  const topology = topologyOf();
  topology.ids.forEach((id, entity) => {
    assert.equal(topology.indexOf(id), entity);
  });
  for (const id of ['', '/', 'k1-n1/', '/gpu0', 'k1-n1/gpu8', 'k1-n1/gpu0/gpu0', 'nothing']) {
    assert.equal(topology.indexOf(id), -1, id);
  }
});
