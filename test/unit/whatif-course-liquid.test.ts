/** Hosts on liquid loops that lose their cooling: over a quarter of an hour, on a site of two racks. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { entitiesOfKind } from '../../twin/topology/walk.ts';
import type { Twin } from '../../twin/twin.ts';
import { courseOf, lose } from '../support/course.ts';
import { topologyOf } from '../support/inventories.ts';
import { tick, write } from '../support/random-site.ts';
import { probe } from '../support/two-rack-twin.ts';

const GPU_W = 600;

/** Two racks of four liquid-cooled hosts, each on its own CDU first. */
function wetSite(figures: Readonly<Record<string, number>> = {}): Twin {
  const wet = {
    ...{ id: 'wet', kind: 'host', extends: 'dgx-h100', traits: { cooling: 'liquid' } },
    figures: { liquidHeatRatio: 0.85, ...figures },
  };
  const racks = ['k1', 'k2'].map(id => ({
    ...{ id, class: 'rack-liquid-80kw' },
    hosts: [{ id: `${id}-n{n}`, count: 4, class: 'wet' }],
  }));
  const cdus = ['c1', 'c2'].map(id => ({ id, class: 'cdu-rack-120kw' }));
  const rows = [{ id: 'r', racks }];
  const crahs = [{ id: 'crah', class: 'crah-100kw' }];
  const cooling = [
    { kind: 'rack', to: 'k1', from: ['c1', 'c2'] },
    { kind: 'rack', to: 'k2', from: ['c2', 'c1'] },
    { kind: 'rack', to: '*', from: 'crah' },
    { kind: 'cdu', to: '*', from: 'ch' },
  ];
  const chillers = [{ id: 'ch', class: 'chiller-2mw' }];
  const site = { chillers, halls: [{ id: 'h', crahs, cdus, rows }] };
  const { twin } = probe(topologyOf({ site, classes: [wet], cooling }));
  for (const gpu of entitiesOfKind(twin.topology, 'gpu')) {
    write(twin, 'gpuPowerW', gpu, GPU_W);
    write(twin, 'gpuTempC', gpu, 50);
  }
  for (const cdu of entitiesOfKind(twin.topology, 'cdu')) write(twin, 'supplyTempC', cdu, 30);
  tick(twin);
  return twin;
}

test('racks on two CDUs go over to the one that runs, which pumps for both', () => {
  const twin = wetSite();
  const one = courseOf(twin, lose('c1'));
  assert.deepEqual([one.throttledGpus, one.shutDownGpus], [0, 0]);
  // a loop with twice the heat supplies an approach warmer, at most
  const last = one.hall.points[15].gpuTempC?.value ?? 0;
  assert.ok(last > 50.5 && last < 54, `${last} °C`);
  assert.ok(one.cooling.points[15].powerW > 1.5 * one.cooling.points[0].powerW);
});

test('hosts on a loop that nothing cools throttle, then go off: their heat is gone, the loop stays', () => {
  const { hall, ...course } = courseOf(wetSite(), lose('ch'));
  const [slow, off] = [course.timeToThrottleS, course.timeToShutdownS];
  assert.deepEqual([course.shutDownGpus, course.hostCount], [64, 8]);
  assert.ok(slow.value !== null && off.value !== null && slow.value < off.value);
  assert.ok(off.low !== null && off.low < off.value && (off.high ?? 901) > off.value);
  // 95 °C of a processor less 350 W on 0.05 K/W, and what a step adds
  const hottest = hall.points[15].gpuTempC?.value ?? 0;
  assert.ok(hottest > 77.5 && hottest < 80, `${hottest} °C`);
  const counts = hall.points.map(({ hostsOff }) => hostsOff);
  assert.deepEqual(counts[0], { value: 0, low: 0, high: 0 });
  assert.deepEqual(counts[15], { value: 8, low: 8, high: 8 });
  assert.ok(counts.some(({ low, high }) => low === 0 && high === 8));
  assert.ok(hall.points[15].powerW.value < 100, `${hall.points[15].powerW.value} W`);
  // pumps have supply: they run on until there is no heat to carry but their own
  assert.ok(course.cooling.points[1].powerW > 0);
});

test('a class that names the coolant at which it goes off is believed', () => {
  const usual = courseOf(wetSite(), lose('ch')).timeToShutdownS;
  const { hall, timeToShutdownS } = courseOf(wetSite({ coolantShutdownTempC: 60 }), lose('ch'));
  assert.ok((timeToShutdownS.value ?? 901) < (usual.value ?? 0));
  const hottest = Math.max(...hall.points.slice(8).map(point => point.gpuTempC?.value ?? 0));
  assert.ok(hottest < 75, `${hottest} °C`);
});

test('without its pumps a loop is only what stands in the plates: hosts are off in a minute', () => {
  const { events, hall, ...course } = courseOf(wetSite(), lose('c1', 'c2'));
  assert.deepEqual(
    events.map(({ what, entity }) => `${what} ${entity}`),
    ['fails c1', 'fails c2'],
  );
  assert.ok((course.timeToShutdownS.value ?? 901) <= 75, `${course.timeToShutdownS.value} s`);
  assert.equal(hall.points[2].hostsOff.value, 8);
});
