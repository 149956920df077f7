/** The course of power and heat after a change, on a small site that is at rest before it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { entitiesOfKind } from '../../twin/topology/walk.ts';
import type { Twin } from '../../twin/twin.ts';
import { parseWhatIf } from '../../twin/whatif/request.ts';
import { whatIf, whatIfInParts } from '../../twin/whatif/whatif.ts';
import { ask, courseOf, lose } from '../support/course.ts';
import { topologyOf } from '../support/inventories.ts';
import { type SitePlan, tick, twinOf, write } from '../support/random-site.ts';
import { probe } from '../support/two-rack-twin.ts';

const PLAN: SitePlan = {
  supply: '2N',
  rows: 1,
  racks: 2,
  hosts: 2,
  hostClass: 'dgx-h100',
  upses: 2,
  crahs: 2,
  chillers: 2,
  rackLimitW: 60_000,
  upsLimitW: 400_000,
};
const GPU_W = 600;
const GPU_C = 66;
const INLET_C = 23;

/** Every GPU at 600 W and 66 °C, inlets at 23 °C, CRAHs at 20 °C, hosts at 7.5 kW. */
function warmSite(plan: Partial<SitePlan> = {}, hostW = 7_500): Twin {
  const twin = twinOf({ ...PLAN, ...plan }, [hostW]);
  const { topology } = twin;
  for (const gpu of entitiesOfKind(topology, 'gpu')) {
    write(twin, 'gpuPowerW', gpu, GPU_W);
    write(twin, 'gpuTempC', gpu, GPU_C);
  }
  for (const host of entitiesOfKind(topology, 'host')) write(twin, 'inletTempC', host, INLET_C);
  for (const crah of entitiesOfKind(topology, 'crah')) write(twin, 'supplyTempC', crah, 20);
  tick(twin);
  return twin;
}

test('without a horizon there is no course; with one the same question has the same answer', () => {
  const twin = warmSite();
  assert.equal(ask(twin, { fail: { entity: 'crah1' } }).course, undefined);
  const question = { horizonS: 300, ...lose('crah1', 'crah2') };
  assert.deepEqual(ask(twin, question), ask(twin, question));
});

test('what changes nothing leaves power and temperatures where they are measured', () => {
  // two supplies: the loss of one moves load and nothing else
  const { hall, affectedRacks, unaffected, verdict } = courseOf(warmSite(), lose('u1'));
  assert.equal(verdict, 'holds');
  assert.deepEqual([affectedRacks, unaffected], [0, { racks: 2, gpus: 32 }]);
  for (const { powerW, inletTempC, gpuTempC } of hall.points) {
    assert.ok(Math.abs(powerW.value - 30_000) < 400, `${powerW.value} W`);
    assert.ok(Math.abs(inletTempC.value - INLET_C) < 0.3, `${inletTempC.value} °C`);
    assert.ok(Math.abs((gpuTempC?.value ?? 0) - GPU_C) < 1.5, `${gpuTempC?.value} °C`);
  }
});

test('a room without cooling: inlets rise, GPUs throttle, then go off, within their bands', () => {
  const twin = warmSite();
  // two racks of other hosts do not switch themselves off before their GPUs do
  for (const gpu of entitiesOfKind(twin.topology, 'gpu')) write(twin, 'gpuTempC', gpu, 74);
  tick(twin);
  const {
    timeToThrottleS: t,
    timeToShutdownS: off,
    ...course
  } = courseOf(twin, lose('crah1', 'crah2'));
  assert.equal(course.verdict, 'breaks');
  assert.equal(course.throttledGpus, 32);
  assert.ok(t.value !== null && t.low !== null && t.high !== null);
  assert.ok(t.low < t.value && t.value < t.high, JSON.stringify(t));
  assert.ok(off.value !== null && off.value > t.value);
  // two hosts of 7.5 kW on 93 kJ/K of solids and 15 kJ/K of air gain 15 / 108 K a second and more
  const [start, minute] = course.hall.points.map(point => point.inletTempC.value);
  assert.ok(minute - start > 60 * (15 / 108), `${start} ${minute}`);
  assert.ok((course.lostWorkRatio ?? 0) > 0.5);
  assert.ok(Math.abs(course.lostGpuH - ((course.lostWorkRatio ?? 0) * 32 * 900) / 3600) < 0.01);
});

test('hosts that are too hot switch themselves off: load and draught are gone, and so is their work', () => {
  const twin = warmSite();
  for (const gpu of entitiesOfKind(twin.topology, 'gpu')) write(twin, 'gpuTempC', gpu, 55);
  tick(twin);
  const { hall, ...course } = courseOf(twin, lose('crah1', 'crah2'));
  assert.deepEqual([course.throttledGpus, course.shutDownGpus, course.darkGpus], [0, 32, 0]);
  const { value, low, high } = course.timeToShutdownS;
  assert.ok(value !== null && low !== null && high !== null && low <= value && value <= high);
  const hottestC = Math.max(...hall.points.map(point => point.inletTempC.value));
  assert.ok(hottestC < 47 + 12, `${hottestC} °C`);
  assert.ok(hall.points.every(point => point.powerW.low >= 0));
  assert.ok(hall.points[15].powerW.value < 100, `${hall.points[15].powerW.value} W`);
  assert.ok((course.lostWorkRatio ?? 0) > 0.9 * (1 - value / 900));
});

test('work that stands still longer is lost: the sooner a room loses its cooling units', () => {
  const twin = warmSite();
  const one = courseOf(twin, lose('crah1'));
  const both = courseOf(twin, lose('crah1', 'crah2'));
  assert.ok((one.lostWorkRatio ?? 1) < (both.lostWorkRatio ?? 0));
  assert.ok(one.hall.points[15].inletTempC.value >= INLET_C);
});

test('the record of the models makes the band, and the answer says so', () => {
  const twin = warmSite();
  const question = lose('crah1', 'crah2');
  const without = courseOf(twin, question);
  const learned = { gpuTempK: { low: -1, high: 1 }, powerRatio: { low: -0.1, high: 0.1 } };
  const known = courseOf(twin, question, learned);
  assert.deepEqual(
    known.bands.map(({ signal, from }) => [signal, from]),
    [
      ['powerW', 'record'],
      ['inletTempC', 'parameters'],
      ['gpuTempC', 'record'],
    ],
  );
  assert.ok(without.bands.every(({ from }) => from === 'parameters'));
  const width = ({ hall }: typeof known) => {
    const { gpuTempC } = hall.points[0];
    return (gpuTempC?.high ?? 0) - (gpuTempC?.low ?? 0);
  };
  assert.ok(Math.abs(width(known) - 2) < 0.1, `${width(known)} K`);
  assert.ok(Math.abs(width(without) - 8) < 0.1, `${width(without)} K`);
});

test('what is learned of GPUs goes before one reading', () => {
  const twin = warmSite();
  // 0.04 K/W over the inlet: 24 K at 600 W, where the reading says 43 K
  const parameters = {
    gpuTempC: (_: number, inletC: number, powerW: number) => inletC + 0.04 * powerW,
  };
  const { hall } = courseOf(twin, lose('u1'), { parameters });
  assert.ok(Math.abs((hall.points[0].gpuTempC?.value ?? 0) - (INLET_C + 24)) < 1.5);
});

test('without the grid batteries carry the hosts until a generator runs; chillers start anew', () => {
  const { events, hall, verdict } = courseOf(warmSite(), lose('grid'));
  const at = (what: string) => events.filter(e => e.what === what).map(e => [e.entity, e.atS]);
  assert.deepEqual(at('fails'), [['grid', 0]]);
  assert.deepEqual(at('onBattery'), [
    ['u1', 0],
    ['u2', 0],
  ]);
  // NFPA 110 type 10, and the restart of the chiller's class: 10 + 180 s
  assert.deepEqual(at('generatorRuns'), [['gen', 10]]);
  assert.deepEqual(at('coolingBack').sort(), [
    ...[
      ['ch1', 190],
      ['ch2', 190],
      ['crah1', 10],
      ['crah2', 10],
    ],
  ]);
  assert.deepEqual(at('batteryEmpty'), []);
  assert.equal(hall.darkGpus, 0);
  const inlets = hall.points.map(point => point.inletTempC.value);
  // CRAHs blow on over water that warms: 13.5 J/K for each watt of their rating
  assert.ok(inlets[3] > INLET_C + 1, `${inlets}`);
  assert.ok(inlets[15] < inlets[3], `${inlets}`);
  assert.ok(verdict === 'holds' || verdict === 'breaks');
});

test('without generators hosts go dark when the batteries are empty, at the load they carry', () => {
  const twin = warmSite();
  for (const ups of entitiesOfKind(twin.topology, 'ups')) write(twin, 'batteryRuntimeS', ups, 60);
  tick(twin);
  const { events, darkGpus, lostWorkRatio, verdict } = courseOf(twin, lose('grid', 'gen'));
  const empty = events.filter(e => e.what === 'batteryEmpty').map(e => Math.round(e.atS));
  assert.deepEqual(empty, [60, 60]);
  assert.equal(darkGpus, 32);
  assert.equal(verdict, 'breaks');
  assert.ok((lostWorkRatio ?? 0) >= 840 / 900);
});

test('of a hundred events and more the rest is counted', () => {
  const many = Array.from({ length: 97 }, () => 'r1k1-n1/gpu0');
  const few = courseOf(warmSite(), lose('grid', 'gen'));
  const { events, moreEvents } = courseOf(warmSite(), lose('grid', 'gen', ...many));
  assert.equal(few.moreEvents, 0);
  assert.equal(events.length, 100);
  assert.equal(moreEvents, few.events.length + many.length - 100);
});

test('a breaker that takes over too much trips later, and what hangs on it goes dark then', () => {
  // four hosts a rack of 7.5 kW: 30 kW on one PDU of 125 A, whose breaker is rated at 89.9 kW
  const twin = warmSite({ hosts: 4 });
  const loads = (watts: number) => {
    for (const host of entitiesOfKind(twin.topology, 'host')) write(twin, 'bmcPowerW', host, watts);
    tick(twin);
  };
  assert.equal(courseOf(twin, lose('r1k1-pdu-a')).events.length, 1);
  loads(30_000);
  const { events, hall } = courseOf(twin, lose('r1k1-pdu-a'));
  const trip = events.find(e => e.what === 'breakerTrips');
  assert.equal(trip?.entity, 'r1k1-pdu-b');
  // 120 kW on sqrt(3) * 125 A * 415 V: 165 s / (i^2 - 1)
  const ratio = 120_000 / (Math.sqrt(3) * 125 * 415);
  assert.ok(Math.abs((trip?.atS ?? 0) - 165 / (ratio * ratio - 1)) < 1, `${trip?.atS}`);
  assert.equal(hall.darkGpus, 32);
});

test('a cap takes power at once and costs work; a warmer supply warms inlets by as much', () => {
  const twin = warmSite();
  const capped = courseOf(twin, { cap: { under: 'r1k1', gpuW: 400 } });
  assert.equal(capped.affectedRacks, 1);
  const [start, minute] = capped.racks[0].points.map(point => point.powerW.value);
  // 16 GPUs less 200 W each, and what supplies and fans spare
  assert.ok(start - minute > 16 * 200 && start - minute < 16 * 200 * 1.3, `${start - minute}`);
  // (400 - 75) / (600 / 1.06 - 75) of the dynamic power at the most
  assert.ok((capped.lostWorkRatio ?? 0) > 0.03 && (capped.lostWorkRatio ?? 1) < 0.12);
  const warmer = courseOf(twin, {
    ...{ setpoint: { entity: 'h1', supplyTempC: 26 }, horizonS: 1800 },
  });
  const end = warmer.hall.points[15].inletTempC.value;
  assert.ok(end > INLET_C + 5.5 && end < INLET_C + 8, `${end}`);
  assert.equal(warmer.verdict, 'holds');
});

test('a gang that starts draws its nameplate where it is placed, no more than its host takes', () => {
  const twin = warmSite();
  for (const gpu of entitiesOfKind(twin.topology, 'gpu')) write(twin, 'gpuPowerW', gpu, 75);
  for (const host of entitiesOfKind(twin.topology, 'host')) write(twin, 'bmcPowerW', host, 2_500);
  tick(twin);
  const { course, where } = ask(twin, { place: { gpus: 8, perHost: 8 }, horizonS: 600 });
  const rack = course?.racks[0];
  assert.equal(rack?.id, where[0].rack);
  const watts = rack?.points.map(point => point.powerW.value) ?? [];
  const addedW = watts[watts.length - 1] - watts[0];
  assert.ok(addedW > 8 * 600 && addedW < 10_200 - 2_500, `${addedW}`);
});

test('a unit that takes over blows twice the air for eight times its power, and energy knows of it', () => {
  const twin = warmSite({ racks: 4, hosts: 4 }, 5_900);
  const { cooling, hall } = courseOf(twin, lose('crah1'));
  const [before, after, ...later] = cooling.points.map(point => point.powerW);
  // of 100 kW each: fans of 5 kW, at a third of their speed before
  assert.ok(before > 2 * 5000 * 0.3 ** 3 && before < 2 * 5000 * 0.33 ** 3, `${before} W`);
  assert.ok(Math.abs(after / before - 4) < 0.2, `${before} W, then ${after} W`);
  assert.ok(Math.abs(later[3] / before - 4) < 0.2, `${later[3]} W`);
  assert.ok(Math.abs(cooling.energyJ / (900 * after) - 1) < 0.05, `${cooling.energyJ} J`);
  // its racks and its fans give off a little more than it is rated for
  const inlets = hall.points.map(point => point.inletTempC.value);
  assert.ok(Math.abs(inlets[5] - INLET_C) < 0.5, `${inlets}`);
  assert.ok(inlets[15] > INLET_C + 0.5 && inlets[15] < INLET_C + 3, `${inlets}`);
  const none = courseOf(twin, lose('crah1', 'crah2')).cooling;
  assert.deepEqual([none.points[1].powerW, none.energyJ], [0, 0]);
});

test('a meter of a cooling unit says what it takes now', () => {
  const twin = warmSite({ racks: 4, hosts: 4 }, 5_900);
  for (const crah of entitiesOfKind(twin.topology, 'crah')) write(twin, 'powerW', crah, 900);
  tick(twin);
  const [before, after] = courseOf(twin, lose('crah1')).cooling.points;
  assert.ok(Math.abs(before.powerW - 1800) < 20, `${before.powerW} W`);
  assert.ok(Math.abs(after.powerW / before.powerW - 4) < 0.2, `${after.powerW} W`);
});

test('where the inventory names no cooling, air stays as it is', () => {
  const hosts = [{ id: 'n{n}', count: 4, class: 'dgx-h100' }];
  const racks = [{ id: 'k', class: 'rack-air-44kw', hosts }];
  const { twin } = probe(
    topologyOf({ site: { halls: [{ id: 'h', rows: [{ id: 'r', racks }] }] } }),
  );
  for (const gpu of entitiesOfKind(twin.topology, 'gpu')) write(twin, 'gpuPowerW', gpu, GPU_W);
  tick(twin);
  const { hall } = courseOf(twin, { cap: { gpuW: 300 } });
  const inlets = hall.points.map(point => point.inletTempC.value);
  assert.ok(Math.max(...inlets) - Math.min(...inlets) < 0.1, `${inlets}`);
});

test('a horizon has bounds, and set-points and caps name what they are for', () => {
  const bad = (question: object) => {
    const parsed = parseWhatIf({ kind: 'WhatIf', ...question });
    assert.ok(!parsed.ok);
    return `${parsed.problems[0].path.join('.')}: ${parsed.problems[0].message}`;
  };
  const fail = { entity: 'u1' };
  assert.match(bad({ fail, horizonS: 30 }), /^horizonS: 0, or from 60 to 3600 s/);
  assert.match(bad({ fail, horizonS: 4000 }), /^horizonS: 0, or/);
  assert.match(bad({ cap: { gpuW: 1 } }), /^cap\.gpuW: /);
  const twin = warmSite();
  const { state, limits } = twin;
  const question = { setpoint: { entity: 'r1k1', supplyTempC: 25 } };
  const request = parseWhatIf({ kind: 'WhatIf', ...question });
  assert.ok(request.ok);
  const answer = whatIf({ state, limits }, request.value);
  assert.ok(!answer.ok);
  assert.match(answer.problems[0].message, /'r1k1' is no CRAH or CDU/);
});

test('it can be followed in parts, between which others may ask', () => {
  const twin = warmSite();
  const { state, limits } = twin;
  const request = parseWhatIf({ kind: 'WhatIf', horizonS: 300, ...lose('crah1', 'crah2') });
  assert.ok(request.ok);
  const parts = whatIfInParts({ state, limits }, request.value);
  let part = parts.next();
  let pauses = 0;
  for (; !part.done; part = parts.next()) {
    if (pauses++ === 20) ask(twin, { fail: { entity: 'u1' } });
  }
  assert.ok(pauses > 100, `${pauses}`);
  assert.deepEqual(part.value, whatIf({ state, limits }, request.value));
});
