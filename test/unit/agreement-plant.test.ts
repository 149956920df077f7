/** The plant's own sensor faults, found from its readings alone. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Fault } from '../../scenarios/plant/faults.ts';
import * as reading from '../../scenarios/plant/readings.ts';
import { type Simulation, simulatedMs } from '../../scenarios/plant/simulation.ts';
import { type PlantSite, smallSite } from '../../scenarios/plant/site.ts';
import { Agreement, planAgreement, SIGNALS, signalIndex } from '../../twin/index.ts';
import { topologyFrom } from '../support/inventories.ts';
import { createPlant, runPlant } from '../support/plant.ts';

const ROUND_S = 60;

function inventoryOf(site: PlantSite) {
  return {
    apiVersion: 'orrery/v1',
    kind: 'Inventory',
    metadata: { name: 'plant' },
    site: {
      id: 's',
      upses: site.upses.map(({ id }) => ({ id })),
      halls: [
        {
          id: 'hall-1',
          rows: [
            {
              id: 'row-1',
              racks: site.racks.map(({ id }) => ({
                id,
                pdus: site.pdus.filter(pdu => pdu.rack === id).map(pdu => ({ id: pdu.id })),
                hosts: site.hosts
                  .filter(host => host.rack === id)
                  .map(host => ({ id: host.id, class: 'dgx-h100' })),
              })),
            },
          ],
        },
      ],
    },
    power: [
      ...site.pdus.map(pdu => ({ kind: 'pdu', to: pdu.id, from: pdu.ups ?? '' })),
      ...site.hosts.flatMap(host =>
        host.psuFeeds.map((cord, i) => ({ kind: 'psu', to: `${host.id}/psu${i}`, from: cord.pdu })),
      ),
    ],
  };
}

/** Values of one instant by entity and signal; outlets as the documents name them. */
function readings(simulation: Simulation, put: (id: string, signal: string, v: number) => void) {
  const { layout, state } = simulation;
  const { site } = layout;
  site.hosts.forEach((host, h) => {
    put(host.id, 'bmcPowerW', reading.bmcPowerW(simulation, h));
    put(host.id, 'inletTempC', reading.inletTempC(simulation, h));
    for (let g = layout.gpuStart[h]; g < layout.gpuStart[h + 1]; g++) {
      const id = `${host.id}/gpu${g - layout.gpuStart[h]}`;
      put(id, 'gpuPowerW', reading.gpuPowerW(simulation, g));
      put(id, 'gpuTempC', reading.gpuTempC(simulation, g));
    }
    for (let s = layout.psuStart[h]; s < layout.psuStart[h + 1]; s++) {
      const id = `${host.id}/psu${s - layout.psuStart[h]}`;
      const isThere =
        state.psu.pdu[s] === layout.psuPdu[s] && state.psu.outlet[s] === layout.psuOutlet[s];
      put(id, 'psuInputPowerW', reading.psuInputW(simulation, s));
      put(id, 'outletPowerW', isThere ? reading.outletPowerW(simulation, s) : 0);
    }
  });
  site.pdus.forEach(({ id }, p) => {
    put(id, 'pduPowerW', Math.round(state.pdu.powerW[p] / 10) * 10);
  });
  site.upses.forEach(({ id }, u) => {
    put(id, 'upsPowerW', Math.round(state.ups.outputW[u]));
  });
}

function findingsOf(faults: readonly Fault[], hours: number) {
  const site = smallSite();
  const topology = topologyFrom(inventoryOf(site));
  const plan = planAgreement(topology);
  const judge = new Agreement(plan, { roundS: ROUND_S });
  const simulation = createPlant({ site, stepS: 5, faults });
  const values = new Float64Array(plan.points.count).fill(Number.NaN);
  for (let atS = ROUND_S; atS <= hours * 3600; atS += ROUND_S) {
    runPlant(simulation, ROUND_S);
    readings(simulation, (id, signal, value) => {
      values[plan.pointOf(signalIndex(signal), topology.indexOf(id))] = value;
    });
    judge.observe(values, simulatedMs(simulation));
  }
  return judge
    .findings()
    .map(({ entity, signal, fault, other }) =>
      [
        ...[topology.ids[entity], SIGNALS[signal].id, fault],
        ...(other ? [topology.ids[other.entity]] : []),
      ].join(' '),
    )
    .sort();
}

const fault = (kind: string, entity: string) => ({ id: kind, kind, entity });

test('a healthy plant is not accused', () => {
  for (const hours of [0.5, 0.75, 1, 2]) assert.deepEqual(findingsOf([], hours), []);
});

test('the BMC that drifts is found', () => {
  const found = findingsOf([fault('powerDrift', 'host-3')], 2);
  assert.equal(found.length, 1, found.join('; '));
  assert.match(found[0], /^host-3 bmcPowerW (drift|scale)$/);
});

test('cords that hang on the wrong PDU are miscabled, and the PDU that feeds them is named', () => {
  const found = findingsOf([fault('miscabled', 'host-6')], 2);
  const cords = [3, 4, 5].map(psu => `host-6/psu${psu} outletPowerW miscabled row-1-rack-2-pdu-a`);
  assert.deepEqual(found, cords);
});
