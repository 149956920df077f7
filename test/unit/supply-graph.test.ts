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
import { atOnce } from '../../twin/parts.ts';
import { siteAvailability } from '../../twin/physics/reliability/site-availability.ts';
import { entitiesOfKind } from '../../twin/topology/walk.ts';
import { type SitePlan, tick, twinOf, write } from '../support/random-site.ts';

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

/** A site on one grid, whose UPSs hang on two switchgears with a generator that stands by. */
const PLAN: SitePlan = {
  ...{ supply: '2N', rows: 1, racks: 1, hosts: 2, hostClass: 'dgx-h100', upses: 2 },
  ...{ crahs: 2, chillers: 2, rackLimitW: 60_000, upsLimitW: 400_000 },
};

test('batteries last as long as what they carry lets them, generators start and run out', () => {
  const twin = twinOf(PLAN, [7_500]);
  const { topology, state } = twin;
  const entity = topology.indexOf('r1k1');
  for (const ups of entitiesOfKind(topology, 'ups')) write(twin, 'batteryRuntimeS', ups, 300);
  tick(twin);
  const ask = (options: object) => {
    const said = atOnce(siteAvailability(state, { entity, planes: ['power'], ...options }));
    assert.ok(said);
    return said;
  };
  const said = ask({});
  // not the grid's four hours a year, but a transformer is away longer than fuel lasts
  const h = said.unavailabilityRatio * 8760;
  assert.ok(Math.abs(h / (0.006 * 156 * Math.exp(-12 / 156)) - 1) < 0.25, `${h} h`);
  assert.ok(!said.singlePoints.includes('grid'));
  const without = ask({ without: [topology.indexOf('gen')] });
  const lostH = without.unavailabilityRatio * 8760;
  // all of them but five minutes of each, and the transformer's 0.94
  const alone = 4 * Math.exp(-5 / 120) + 0.94;
  assert.ok(Math.abs(lostH / alone - 1) < 0.15, `${lostH} h, ${alone} h of those two alone`);
  for (const ups of entitiesOfKind(topology, 'ups')) write(twin, 'batteryRuntimeS', ups, 36_000);
  tick(twin);
  const long = ask({ without: [topology.indexOf('gen')] });
  assert.ok(Math.abs(long.unavailabilityRatio * 8760 - 0.006 * 156) < 0.2);
});
