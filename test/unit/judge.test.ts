import assert from 'node:assert/strict';
import test from 'node:test';
import type { Breach } from '../../twin/limits/judge.ts';
import { topologyOf } from '../support/inventories.ts';
import { probe, type TwinProbe } from '../support/two-rack-twin.ts';

/** Its class bears 30 C at the inlet; the rack bears 35. */
const HOST = 'k1-n1';

/** Breaches of one limit, as `entity` or `entity!` when it fires. */
const standing = ({ twin }: TwinProbe, limit: string) =>
  [...twin.judge.breaches.values()]
    .filter(breach => breach.limit.row.id === limit)
    .map(breach => `${twin.topology.ids[breach.entity]}${breach.firing ? '!' : ''}`);

const named = (breaches: readonly Breach[]) => breaches.map(breach => breach.limit.row.id);

test('a breach fires once it has lasted, and a value at the limit is within it', () => {
  const site = probe();
  site.write('inletTempC', HOST, 30);
  site.tick();
  assert.deepEqual(standing(site, 'inletAllowable'), []);
  site.write('inletTempC', HOST, 31, 1);
  assert.deepEqual(named(site.tick(1).fired), []);
  assert.deepEqual(standing(site, 'inletAllowable'), [HOST]);
  const { forS } = [...site.twin.judge.breaches.values()][0].limit.row;
  assert.ok(forS > 0);
  site.write('inletTempC', HOST, 31, forS);
  assert.deepEqual(named(site.tick(forS).fired), [], 'a second short');
  const { fired } = site.tick(1 + forS);
  assert.ok(named(fired).includes('inletAllowable'));
  assert.equal(fired[0].firedAtMs - fired[0].sinceMs, 1000 * forS);
  assert.deepEqual(named(site.tick(2 + forS).fired), [], 'fired once');
});

test('a firing breach ends only when the value is back by the hysteresis', () => {
  const site = probe();
  site.write('inletTempC', HOST, 34);
  site.tick();
  site.write('inletTempC', HOST, 34, 80);
  site.tick(80);
  assert.deepEqual(standing(site, 'inletAllowable'), [`${HOST}!`]);
  // 30 C with 3 % of hysteresis: released below 29.1
  site.write('inletTempC', HOST, 29.2, 81);
  assert.deepEqual(site.tick(81).resolved, []);
  assert.deepEqual(standing(site, 'inletAllowable'), [`${HOST}!`]);
  site.write('inletTempC', HOST, 29, 82);
  assert.deepEqual(named(site.tick(82).resolved), ['inletAllowable']);
  assert.deepEqual(standing(site, 'inletAllowable'), []);
});

test('a breach that ends before it fired resolves nothing', () => {
  const site = probe();
  site.write('inletTempC', HOST, 34);
  site.tick();
  site.write('inletTempC', HOST, 20, 1);
  assert.deepEqual(site.tick(1).resolved, []);
  assert.deepEqual(standing(site, 'inletAllowable'), []);
});

test('a stale value keeps a breach up but begins none; a missing one ends it', () => {
  const site = probe();
  site.write('inletTempC', HOST, 34);
  site.write('inletTempC', 'k1-n2', 34);
  site.end('inletTempC', 'k1-n2');
  site.tick();
  assert.deepEqual(standing(site, 'inletAllowable'), [HOST], 'stale from the start');
  site.write('inletTempC', HOST, 34, 70);
  site.tick(70);
  site.tick(200);
  assert.deepEqual(standing(site, 'inletAllowable'), [`${HOST}!`], 'stale after 90 s');
  const gone = site.tick(70 + 901);
  assert.deepEqual(named(gone.resolved), ['inletAllowable']);
  assert.deepEqual(standing(site, 'inletAllowable'), []);
});

test('a nameplate figure is no evidence that a limit is passed', () => {
  const site = probe(
    topologyOf({
      site: {
        halls: [{ id: 'h', racks: [{ id: 'k', limits: { rackPower: 1000 }, hosts: [HOST_OF] }] }],
      },
    }),
  );
  site.tick();
  assert.ok(site.read('powerLoadW', 'k').value > 1000);
  assert.deepEqual(standing(site, 'rackPower'), []);
  site.write('bmcPowerW', 'n', 5000, 1);
  site.tick(1);
  assert.deepEqual(standing(site, 'rackPower'), ['k']);
});

const HOST_OF = { id: 'n', class: 'dgx-h100' };

test('only what has changed is judged again, and nothing is lost by that', () => {
  const site = probe();
  site.write('inletTempC', HOST, 34);
  site.write('inletTempC', 'k2-n2', 34);
  site.tick();
  site.write('bmcPowerW', HOST, 5000, 1);
  site.tick(1);
  assert.deepEqual(standing(site, 'inletAllowable').sort(), [HOST, 'k2-n2']);
  site.write('inletTempC', 'k2-n2', 20, 2);
  site.tick(2);
  assert.deepEqual(standing(site, 'inletAllowable'), [HOST]);
});

test('uniform limits name those that differ from most of their class', () => {
  const site = probe();
  ['k1-n1', 'k1-n2', 'k2-n1', 'k2-n2'].forEach((id, i) => {
    site.write('driverText', `${id}/gpu0`, i === 2 ? 7 : 5);
  });
  site.tick();
  assert.deepEqual(standing(site, 'driverSkew'), ['k2-n1/gpu0']);
  site.write('driverText', 'k2-n1/gpu0', 5, 61);
  site.tick(61);
  assert.deepEqual(standing(site, 'driverSkew'), []);
});
