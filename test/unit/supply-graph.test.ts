import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadTopology } from '../../server/cli/load.ts';
import {
  FAILURES,
  HOURS_PER_YEAR,
  KIND_INDEX,
  simulateAvailability,
  supplyGraphOf,
} from '../../twin/index.ts';

const file = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const demo = loadTopology(file('scenarios/demo.yaml'));
const chain = loadTopology(file('test/fixtures/inventory/chain.yaml'));

const supplyOf = (topology: typeof demo, id: string, options = {}) => {
  const graph = supplyGraphOf(topology, topology.indexOf(id), options);
  assert.ok(graph);
  return graph;
};

const yearly = (kind: string) => {
  const row = FAILURES.find(each => each.kind === kind);
  assert.ok(row);
  return row.failuresPerYear.value * row.repairH.value;
};

test('a host needs as many PSUs as its class says, each behind the PDU it is plugged into', () => {
  const graph = supplyOf(chain, 'gpu-a');
  const host = graph.parts.find(part => part.id === 'gpu-a');
  assert.deepEqual(
    host?.needs.map(need => [need.atLeast, need.of.length]),
    [[4, 6]],
  );
  assert.equal(host?.mtbfH, Number.POSITIVE_INFINITY);
  const psu = graph.parts.find(part => part.id === host?.needs[0].of[0]);
  assert.deepEqual(psu?.needs, [{ atLeast: 1, of: ['k1-pdu-a'] }]);
  assert.equal(psu?.mtbfH, HOURS_PER_YEAR / 0.0075);
  const shared = graph.commonCauses?.map(group => group.of.length).sort();
  assert.deepEqual(shared, [1, 1, 2, 6]);
});

// Three PSUs hang on each PDU and four of six must work: either PDU stops the host.
test('4 of 6 PSUs on two PDUs is no redundancy of the PDUs', () => {
  const said = simulateAvailability(supplyOf(chain, 'gpu-a', { commonCauseRatio: 0 }));
  const downH = said.unavailabilityRatio * HOURS_PER_YEAR;
  const expectedH = 2 * yearly('pdu') + yearly('ups');
  assert.ok(
    Math.abs(downH - expectedH) < 0.05 * expectedH,
    `${downH} h, not ${expectedH} h a year`,
  );
});

test('a rack is supplied by either of its PDUs, and its UPS is the weak place', () => {
  const graph = supplyOf(chain, 'k1', { commonCauseRatio: 0 });
  assert.deepEqual(graph.parts[0].needs, [{ atLeast: 1, of: ['k1-pdu-a', 'k1-pdu-b'] }]);
  const downH = simulateAvailability(graph).unavailabilityRatio * HOURS_PER_YEAR;
  assert.ok(Math.abs(downH - yearly('ups')) < 0.05 * yearly('ups'), `${downH}`);
});

test('what has no known supply has no answer', () => {
  assert.equal(supplyGraphOf(chain, chain.indexOf('ups-a')), undefined);
});

test('hosts and racks of the demo have an availability; a common cause never raises it', () => {
  for (const id of ['rack', 'host'] as const) {
    const entity = demo.ids.findIndex((_, e) => demo.kind[e] === KIND_INDEX[id]);
    const alone = simulateAvailability(supplyOf(demo, demo.ids[entity], { commonCauseRatio: 0 }));
    const shared = simulateAvailability(supplyOf(demo, demo.ids[entity]));
    assert.ok(alone.pathsWithOutage > 100, `${id}: ${alone.pathsWithOutage}`);
    assert.ok(alone.availabilityRatio > 0.99 && alone.availabilityRatio < 1);
    assert.ok(shared.unavailabilityHigh >= alone.unavailabilityLow);
  }
});
