import assert from 'node:assert/strict';
import test from 'node:test';
import type { Twin } from '../../twin/twin.ts';
import { ask, type SitePlan, tick, twinOf, write } from '../support/random-site.ts';

const PLAN: SitePlan = {
  supply: '2N',
  rows: 1,
  racks: 2,
  hosts: 2,
  hostClass: 'reference-8gpu',
  upses: 2,
  crahs: 2,
  chillers: 2,
  rackLimitW: 60_000,
  upsLimitW: 60_000,
};

const failed = (twin: Twin, entity: string) => {
  const { fail, verdict } = ask(twin, { fail: { entity } });
  assert.ok(fail);
  return { ...fail, verdict };
};

test('the other side takes over all of a lost UPS', () => {
  const twin = twinOf(PLAN, [8_000]);
  const fail = failed(twin, 'u1');
  assert.equal(fail.verdict, 'holds');
  const u2 = fail.takesOver.find(change => change.id === 'u2');
  assert.deepEqual([u2?.before, u2?.after, u2?.limit], [16_000, 32_000, 60_000]);
  assert.deepEqual(fail.unsupplied[0].counts, { pdu: 2, psu: 4 });
  assert.deepEqual(fail.unsupplied[0].loads, []);
  assert.equal(fail.gpusLost, 0);
});

test('what cannot take over trips', () => {
  const fail = failed(twinOf({ ...PLAN, upsLimitW: 20_000 }, [8_000]), 'u1');
  assert.equal(fail.verdict, 'breaks');
  assert.deepEqual(
    fail.trips.map(change => [change.id, change.before, change.after, change.limitId]),
    [['u2', 16_000, 32_000, 'upsPower']],
  );
});

test('with one supply its loss takes the hosts, their heat and their GPUs', () => {
  const twin = twinOf({ ...PLAN, supply: '1N' }, [8_000]);
  const answer = ask(twin, { fail: { entity: 'u1' } });
  assert.equal(answer.verdict, 'breaks');
  assert.equal(answer.fail?.gpusLost, 32);
  assert.deepEqual(answer.fail?.unsupplied[0].loads, [
    ...['r1k1-n1', 'r1k1-n2', 'r1k2-n1', 'r1k2-n2'],
  ]);
  const chiller = answer.layers.find(l => l.plane === 'cooling' && l.kind === 'chiller');
  assert.equal(chiller?.after.load, 0);
  assert.equal(chiller?.after.headroomN1, null);
});

test('power that is lost takes cooling with it, and what is left of the plant takes over', () => {
  const twin = twinOf({ ...PLAN, chillers: 1 }, [8_000]);
  const all = failed(twin, 'ch1');
  assert.equal(all.verdict, 'breaks');
  assert.deepEqual(all.unsupplied.find(u => u.plane === 'cooling')?.loads, [
    ...['r1k1', 'r1k2', 'crah1', 'crah2'],
  ]);
  // Hosts that get hot still answer.
  assert.equal(
    all.unsupplied.find(u => u.plane === 'network'),
    undefined,
  );
  const half = failed(twin, 'crah1');
  assert.equal(half.verdict, 'holds');
  const other = half.takesOver.find(change => change.id === 'crah2');
  assert.deepEqual([other?.before, other?.after], [16_000, 32_000]);
});

test('a generator on standby carries what the grid no longer does', () => {
  const fail = failed(twinOf(PLAN, [8_000]), 'tx');
  const gen = fail.takesOver.find(change => change.id === 'gen');
  assert.equal(gen?.before, 0);
  assert.ok((gen?.after ?? 0) > 32_000);
  assert.equal(fail.verdict, 'holds');
});

test('a transfer switch moves to its standby side', () => {
  const fail = failed(twinOf({ ...PLAN, supply: 'STS' }, [8_000]), 'u1');
  const moved = fail.takesOver.find(change => change.id === 'u2');
  assert.deepEqual([moved?.before, moved?.after], [0, 32_000]);
  assert.equal(fail.verdict, 'holds');
});

test('a meter in the chain keeps its ratio, and takes over no less than the modelled sum', () => {
  const twin = twinOf(PLAN, [8_000]);
  const at = (id: string) => twin.topology.indexOf(id);
  write(twin, 'upsPowerW', at('u2'), 17_600);
  tick(twin);
  const high = failed(twin, 'u1').takesOver.find(change => change.id === 'u2');
  assert.equal(high?.before, 17_600);
  assert.ok(Math.abs((high?.after ?? 0) - 2 * 17_600) < 1e-6, `${high?.after}`);
  write(twin, 'upsPowerW', at('u2'), 12_000);
  tick(twin);
  const low = failed(twin, 'u1').takesOver.find(change => change.id === 'u2');
  assert.ok(Math.abs((low?.after ?? 0) - (12_000 + 16_000)) < 1e-6, `${low?.after}`);
});

test('a failed host frees its power; a failed GPU is counted', () => {
  const twin = twinOf(PLAN, [8_000]);
  const host = ask(twin, { fail: { entity: 'r1k1-n1' } });
  assert.equal(host.fail?.gpusLost, 8);
  const rack = host.layers.find(l => l.plane === 'power' && l.kind === 'rack');
  assert.ok(rack && rack.before.load - rack.after.load === 8_000);
  assert.equal(failed(twin, 'r1k1-n1/gpu0').gpusLost, 1);
});

test('changes build on each other: after a failure only what is left is placed on', () => {
  const twin = twinOf(PLAN, [1_900]);
  const answer = ask(twin, { fail: { entity: 'r1k1' }, place: { gpus: 16 } });
  assert.deepEqual(
    answer.changes.map(change => [change.change, change.verdict]),
    [
      ['fail', 'breaks'],
      ['place', 'fits'],
    ],
  );
  assert.deepEqual(
    answer.changes[1].where.map(w => w.rack),
    ['r1k2', 'r1k2'],
  );
  const none = ask(twin, { fail: { entity: 'r1k1' }, place: { gpus: 17 } });
  assert.equal(none.verdict, 'refused');
  assert.deepEqual(none.excluded, [{ why: 'failed', hosts: 2, gpus: 16 }]);
  const twice = ask(twin, { changes: [{ place: { gpus: 16 } }, { place: { gpus: 16 } }] });
  assert.equal(twice.fits, true);
  const third = ask(twin, {
    changes: [{ place: { gpus: 16 } }, { place: { gpus: 16 } }, { place: { gpus: 1 } }],
  });
  assert.equal(third.shortOf, 'gpus');
});

test('a failure after a placement carries the load of what was placed', () => {
  const twin = twinOf(PLAN, [1_900]);
  const answer = ask(twin, {
    changes: [{ place: { gpus: 16, under: 'r1k1' } }, { fail: { entity: 'u1' } }],
  });
  const u2 = answer.changes[1].fail?.takesOver.find(change => change.id === 'u2');
  assert.equal(u2?.before, (2 * 10_200 + 2 * 1_900) / 2);
  assert.equal(u2?.after, 2 * 10_200 + 2 * 1_900);
});

test('a drained host falls to idle and its GPUs in use go elsewhere', () => {
  const twin = twinOf(PLAN, [8_000]);
  const host = (n: number) => twin.topology.indexOf(`r1k1-n${n}`);
  for (const rack of ['r1k1', 'r1k2']) {
    for (const n of [1, 2]) {
      const entity = twin.topology.indexOf(`${rack}-n${n}`);
      write(twin, 'gpusAllocatableCount', entity, 8);
      write(twin, 'gpusAllocatedCount', entity, entity === host(1) ? 4 : 6);
    }
  }
  tick(twin);
  const answer = ask(twin, { drain: { host: 'r1k1-n1' } });
  assert.equal(answer.verdict, 'fits');
  assert.equal(answer.gpuCount, 4);
  assert.equal(
    answer.where.reduce((sum, w) => sum + w.gpuCount, 0),
    4,
  );
  assert.ok(!answer.where.some(w => w.host === 'r1k1-n1'));
  assert.equal(
    ask(twin, { changes: [{ drain: { host: 'r1k1-n1' } }, { drain: { host: 'r1k1-n2' } }] })
      .verdict,
    'refused',
  );
});

test('a host in which nothing runs is drained for nothing', () => {
  const twin = twinOf(PLAN, [8_000]);
  const host = twin.topology.indexOf('r1k1-n1');
  write(twin, 'gpusAllocatedCount', host, 0);
  tick(twin);
  const answer = ask(twin, { drain: { host: 'r1k1-n1' } });
  assert.equal(answer.fits, true);
  assert.equal(answer.gpuCount, 0);
  const layer = answer.layers.find(l => l.kind === 'host');
  assert.equal(layer?.after.load, 1_900);
});
