import assert from 'node:assert/strict';
import test from 'node:test';
import { distanceM, networkPath, readSignal, signalIndex, Twin } from '../../twin/index.ts';
import { TWO_RACKS, topologyOf } from '../support/inventories.ts';

test('one degree of latitude is 111.2 km, and Paris is 344 km from London', () => {
  const degree = distanceM({ latDeg: 0, lonDeg: 0 }, { latDeg: 1, lonDeg: 0 });
  assert.ok(Math.abs(degree - 111_195) < 5);
  const paris = { latDeg: 48.8566, lonDeg: 2.3522 };
  const london = { latDeg: 51.5074, lonDeg: -0.1278 };
  assert.ok(Math.abs(distanceM(paris, london) - 343_560) < 1000);
});

test('latency is the hops of the switches and 5 us a km of cable', () => {
  const topology = topologyOf();
  const path = networkPath(topology, topology.indexOf('k1-n1'), topology.indexOf('k2-n1'));
  const names = path?.entities.map(entity => topology.ids[entity]);
  assert.deepEqual(names, ['k1-n1', 'k1-tor', 'spine-1', 'k2-tor', 'k2-n1']);
  assert.equal(path?.lengthM, 200);
  const hop = (id: string) =>
    topology.classes[topology.classIndex[topology.indexOf(id)]].figures.hopLatencyS.value;
  const expected = 2 * hop('k1-tor') + hop('spine-1') + 200 * 5e-9;
  assert.ok(Math.abs((path?.latencyS ?? 0) - expected) < 1e-12);
});

test('two hosts of one rack meet at its TOR; without a network there is no path', () => {
  const topology = topologyOf();
  const near = networkPath(topology, topology.indexOf('k1-n1'), topology.indexOf('k1-n2'));
  assert.equal(near?.entities.length, 3);
  const rack = topology.indexOf('k1');
  assert.equal(networkPath(topology, rack, topology.indexOf('k2-n1')), undefined);
});

test('the distance to the disaster copy is judged from the inventory', () => {
  const site = {
    ...TWO_RACKS.site,
    attributes: { latDeg: 0, lonDeg: 0, copyLatDeg: 0.01, copyLonDeg: 0 },
  };
  const topology = topologyOf({ ...TWO_RACKS, site });
  const twin = new Twin(topology);
  twin.tick(1000);
  const distance = readSignal(twin.state, signalIndex('disasterCopyDistanceM'), 0);
  assert.ok(Math.abs(distance.value - 1112) < 1);
  twin.touch(0);
  const { fired } = twin.tick(2000);
  const limits = [...twin.judge.breaches.values(), ...fired].map(b => b.limit.row.id);
  assert.ok(limits.includes('disasterCopyDistance'));
});
