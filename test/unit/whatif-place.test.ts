import assert from 'node:assert/strict';
import test from 'node:test';
import type { Twin } from '../../twin/twin.ts';
import type { WhatIfAnswer } from '../../twin/whatif/answer.ts';
import { askWhatIf } from '../../twin/whatif/whatif.ts';
import { ask, type SitePlan, tick, twinOf, write } from '../support/random-site.ts';

/** Two rows of three racks of four H100 hosts, 2N power, everything generous. */
const PLAN: SitePlan = {
  supply: '2N',
  rows: 2,
  racks: 3,
  hosts: 4,
  hostClass: 'reference-8gpu',
  upses: 2,
  crahs: 4,
  chillers: 2,
  rackLimitW: 60_000,
  upsLimitW: 400_000,
};
const IDLE_W = 1_900;

const gpusOf = (answer: WhatIfAnswer) => answer.where.reduce((sum, w) => sum + w.gpuCount, 0);
const racksOf = (answer: WhatIfAnswer) => [...new Set(answer.where.map(w => w.rack))];

/** Says what the scheduler knows: GPUs in use on each of the named hosts, none on the others. */
function allocate(twin: Twin, used: Readonly<Record<string, number>>) {
  const { topology } = twin;
  for (let e = 0; e < topology.count; e++) {
    if (!/k\d+n?.*-n\d+$/.test(topology.ids[e])) continue;
    write(twin, 'gpusAllocatableCount', e, 8);
    write(twin, 'gpusAllocatedCount', e, used[topology.ids[e]] ?? 0);
  }
  tick(twin);
}

test('a gang goes to the smallest domain that holds it', () => {
  const twin = twinOf(PLAN, [IDLE_W]);
  const levels = [8, 16, 32, 40, 96, 104].map(gpus => ask(twin, { place: { gpus } }).topologyLevel);
  assert.deepEqual(levels, ['island', 'rack', 'rack', 'row', 'row', 'hall']);
  const answer = ask(twin, { place: { gpus: 40 } });
  assert.equal(gpusOf(answer), 40);
  assert.equal(racksOf(answer).length, 2);
});

test('the fullest host and rack that still fit are taken, large holes stay whole', () => {
  const twin = twinOf(PLAN, [IDLE_W]);
  allocate(twin, { 'r1k2-n1': 4, 'r2k3-n2': 6, 'r2k1-n3': 8 });
  assert.deepEqual(
    [2, 4, 8].map(gpus => ask(twin, { place: { gpus } }).where[0].host),
    ['r2k3-n2', 'r1k2-n1', 'r2k1-n1'],
  );
  assert.deepEqual(racksOf(ask(twin, { place: { gpus: 24 } })), ['r2k1']);
});

test('perHost takes exactly that many on each host, pods may share one', () => {
  const twin = twinOf(PLAN, [IDLE_W]);
  const four = ask(twin, { place: { gpus: 16, perHost: 4 } });
  assert.deepEqual(
    four.where.map(w => w.gpuCount),
    [4, 4, 4, 4],
  );
  const pods = ask(twin, { place: { gpus: 16, pods: [{ count: 4, gpus: 4 }] } });
  assert.deepEqual(
    pods.where.map(w => w.gpuCount),
    [8, 8],
  );
  const mixed = [
    { count: 1, gpus: 1 },
    { count: 2, gpus: 8 },
  ];
  const roles = ask(twin, { place: { gpus: 17, pods: mixed, under: 'r1k1' } });
  assert.deepEqual(roles.where.map(w => w.gpuCount).sort(), [1, 8, 8]);
});

test('spread uses as many racks and hosts as there are', () => {
  const answer = ask(twinOf(PLAN, [IDLE_W]), { place: { gpus: 6, spread: 'spread' } });
  assert.equal(racksOf(answer).length, 6);
  const more = ask(twinOf(PLAN, [IDLE_W]), { place: { gpus: 25, spread: 'spread' } });
  assert.equal(more.where.length, 24);
});

test('too few free GPUs: how many, where else, and what was left out', () => {
  const twin = twinOf(PLAN, [IDLE_W]);
  allocate(twin, { 'r1k1-n1': 8, 'r1k1-n2': 8 });
  const refused = ask(twin, { place: { gpus: 32, under: 'r1k1' } });
  assert.equal(refused.verdict, 'refused');
  assert.equal(refused.shortOf, 'gpus');
  assert.equal(refused.binding?.limit, 'freeGpus');
  assert.equal(refused.binding?.gpusKeptOut, 16);
  assert.deepEqual(refused.where, []);
  assert.deepEqual(refused.instead, { gpus: 16, under: 'r1k2' });
  write(twin, 'schedulableFlag', twin.topology.indexOf('r1k1-n3'), 0);
  tick(twin);
  const cordoned = ask(twin, { place: { gpus: 16, under: 'r1k1' } });
  assert.equal(cordoned.shortOf, 'unschedulable');
  assert.deepEqual(cordoned.excluded, [{ why: 'unschedulable', hosts: 1, gpus: 8 }]);
});

test('free GPUs in pieces do not hold a large pod', () => {
  const twin = twinOf({ ...PLAN, rows: 1, racks: 1 }, [IDLE_W]);
  allocate(twin, { 'r1k1-n1': 4, 'r1k1-n2': 4, 'r1k1-n3': 4, 'r1k1-n4': 4 });
  const answer = ask(twin, { place: { gpus: 8, perHost: 8 } });
  assert.equal(answer.shortOf, 'fragmentation');
  assert.equal(ask(twin, { place: { gpus: 8, perHost: 4 } }).fits, true);
});

test('a rack without power refuses, with the layers from the host to its limit', () => {
  // Each host goes from 1.9 to 10.2 kW: one fits under 18 kW, the second passes it.
  const twin = twinOf({ ...PLAN, rackLimitW: 18_000 }, [IDLE_W]);
  const answer = ask(twin, { place: { gpus: 16, under: 'r1k1', perHost: 8 } });
  assert.equal(answer.shortOf, 'power');
  const { binding } = answer;
  assert.equal(binding?.limit, 'rackPower');
  assert.equal(binding?.entity, 'r1k1');
  assert.equal(binding?.load, 4 * IDLE_W);
  assert.equal(binding?.loadAfter, 2 * IDLE_W + 2 * 10_200);
  assert.equal(binding?.value, 18_000);
  assert.equal(binding?.loss, null);
  assert.deepEqual(
    answer.chain.map(layer => layer.kind),
    ['host', 'rack'],
  );
  assert.equal(answer.chain[1].load, 3 * IDLE_W + 10_200);
  assert.deepEqual(answer.instead, { gpus: 8, under: 'r1' });
  // Whole hosts in each of six racks are all that fits on the site.
  assert.equal(ask(twin, { place: { gpus: 96, perHost: 8 } }).instead?.gpus, 48);
  assert.equal(ask(twin, { place: { gpus: 48, perHost: 8 } }).topologyLevel, 'hall');
});

test('redundancy refuses before the limit itself does, and names the loss', () => {
  // 24 idle hosts: 22.8 kW a side; the UPS must carry both sides alone.
  const twin = twinOf({ ...PLAN, upsLimitW: 70_000 }, [IDLE_W]);
  const answer = ask(twin, { place: { gpus: 64, perHost: 8 } });
  assert.equal(answer.shortOf, 'redundancy');
  assert.equal(answer.binding?.limit, 'powerAfterLoss');
  assert.equal(answer.binding?.kind, 'ups');
  assert.equal(answer.binding?.value, 70_000);
  const carrier = answer.binding?.entity;
  assert.ok(carrier === 'u1' || carrier === 'u2', carrier);
  // With the switchgear of the other side all UPSs of that side are gone.
  assert.equal(answer.binding?.loss, carrier === 'u1' ? 'sw-b' : 'sw-a');
  assert.equal(answer.chain[0].kind, 'host');
  assert.equal(answer.chain.at(-1)?.id, carrier);
  // 45.6 kW idle, and 8.3 kW more for each host: two fit, the third does not.
  assert.equal(answer.instead?.gpus, 16);
  assert.equal(ask(twin, { place: { gpus: 16 } }).fits, true);
});

test('cooling binds by the heat of the rack', () => {
  const twin = twinOf({ ...PLAN, rows: 1, racks: 1, crahs: 1 }, [9_000]);
  const answer = ask(twin, { place: { gpus: 32 } });
  assert.equal(answer.fits, true);
  const hot = twinOf({ ...PLAN, crahs: 1 }, [3_000]);
  const refused = ask(hot, { place: { gpus: 192 } });
  assert.equal(refused.shortOf, 'cooling');
  assert.equal(refused.binding?.limit, 'coolingPlant');
  assert.equal(refused.binding?.entity, 'crah1');
  assert.equal(refused.binding?.value, 100_000);
  assert.deepEqual(
    refused.chain.map(layer => layer.kind),
    ['rack', 'crah'],
  );
});

test('the layers show load and headroom before and after', () => {
  const twin = twinOf(PLAN, [IDLE_W]);
  const answer = ask(twin, { place: { gpus: 8 } });
  const layer = (plane: string, kind: string) =>
    answer.layers.find(l => l.plane === plane && l.kind === kind);
  assert.deepEqual(layer('gpus', 'gpu')?.before, { load: 0, headroom: 192, headroomN1: null });
  assert.deepEqual(layer('gpus', 'gpu')?.after, { load: 8, headroom: 184, headroomN1: null });
  const rack = layer('power', 'rack');
  assert.equal(rack?.before.load, 4 * IDLE_W);
  assert.equal(rack?.after.load, 3 * IDLE_W + 10_200);
  assert.equal(rack?.after.headroom, 60_000 - 3 * IDLE_W - 10_200);
  const pdu = layer('power', 'pdu');
  const added = (pdu?.after.load ?? 0) - (pdu?.before.load ?? 0);
  assert.ok(Math.abs(added - 4_150) < 1e-6, `${added}`);
  assert.ok(layer('power', 'utilityFeed') && layer('cooling', 'chiller'));
});

test('a host never draws more than its class, and a silent one is taken at its nameplate', () => {
  const measured = ask(twinOf(PLAN, [9_000]), { place: { gpus: 8 } });
  assert.equal(measured.where[0].addedPowerW, 1_200);
  const silent = twinOf(PLAN, [Number.NaN]);
  const answer = ask(silent, { place: { gpus: 8 } });
  assert.equal(answer.where[0].addedPowerW, 0);
});

test('who says what is free is told', () => {
  const twin = twinOf(PLAN, [IDLE_W]);
  const says = (answer: WhatIfAnswer) =>
    answer.evidence.filter(e => e.about === 'free GPUs').map(e => e.says);
  assert.match(says(ask(twin, { place: { gpus: 8 } }))[0], /nothing tells/);
  const gpu = (n: number) => twin.topology.indexOf(`r1k1-n1/gpu${n}`);
  for (let n = 0; n < 8; n++) write(twin, 'gpuAllocatedFlag', gpu(n), n < 5 ? 1 : 0);
  tick(twin);
  const flagged = ask(twin, { place: { gpus: 3 } });
  assert.deepEqual(flagged.where[0].gpus, ['r1k1-n1/gpu5', 'r1k1-n1/gpu6', 'r1k1-n1/gpu7']);
  assert.equal(ask(twin, { place: { gpus: 4, under: 'r1k1-n1' } }).fits, false);
  allocate(twin, { 'r1k1-n1': 8 });
  assert.match(says(ask(twin, { place: { gpus: 8 } }))[0], /scheduler/);
});

test('hosts that are off, unreachable, not ready or over a hard limit take nothing', () => {
  const twin = twinOf({ ...PLAN, rows: 1, racks: 1 }, [IDLE_W]);
  const host = (n: number) => twin.topology.indexOf(`r1k1-n${n}`);
  write(twin, 'poweredOnFlag', host(1), 0);
  write(twin, 'upFlag', host(2), 0);
  write(twin, 'nodeReadyFlag', host(3), 0);
  write(twin, 'leakFlag', host(4), 1);
  tick(twin);
  const answer = ask(twin, { place: { gpus: 1 } });
  assert.equal(answer.shortOf, 'unschedulable');
  assert.deepEqual(answer.excluded.map(e => e.why).sort(), [
    'limitBreached',
    'notReady',
    'poweredOff',
    'unreachable',
  ]);
});

test('questions that name what is not there are problems with their field', () => {
  const twin = twinOf(PLAN, [IDLE_W]);
  const problem = (question: object) => {
    const answer = askWhatIf(twin, { kind: 'WhatIf', ...question });
    assert.ok(!answer.ok);
    return `${answer.problems[0].path.join('.')}: ${answer.problems[0].message}`;
  };
  assert.match(problem({ place: { gpus: 8, under: 'u1' } }), /^place\.under: 'u1' is no site/);
  assert.match(problem({ place: { gpus: 8, gpuClass: 'x' } }), /^place\.gpuClass: .*h100-sxm5/);
  assert.match(problem({ place: { gpus: 8, gpuClass: 'l40s' } }), /does not stand in this scope/);
  assert.match(problem({ drain: { host: 'r1k1' } }), /^drain\.host: 'r1k1' is no host/);
  assert.match(problem({ fail: { entity: 'x' } }), /^fail\.entity: 'x'/);
  const second = { changes: [{ place: { gpus: 8 } }, { fail: { entity: 'x' } }] };
  assert.match(problem(second), /^changes\.1\.fail\.entity/);
});
