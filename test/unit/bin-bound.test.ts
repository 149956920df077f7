import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { fewestHosts } from '../../twin/index.ts';

test('the neediest resource decides', () => {
  // max(8000 / 192 = 41.7, 32000 / 384 = 83.3) = 84
  const needs = { cpu: 8000, memoryGB: 32000 };
  assert.equal(fewestHosts(needs, { cpu: 192, memoryGB: 384, powerKw: 12 }), 84);
  assert.equal(fewestHosts({ powerKw: 256 }, { powerKw: 12 }), 22);
  assert.equal(fewestHosts({ powerKw: 0 }, { powerKw: 12 }), 0);
});

test('decimal fractions cost no host', () => {
  assert.equal(fewestHosts({ powerKw: 0.3 }, { powerKw: 0.1 }), 3);
  assert.equal(fewestHosts({ powerKw: 1.1 * 3 }, { powerKw: 1.1 }), 3);
});

// 150 x 3.2 kW in racks of 15 kW: 480 / 15 = 32 as a liquid, but 4 whole ones a rack: 37.5, so 38.
test('items that stay whole, however it is said', () => {
  assert.equal(fewestHosts({ powerKw: 480 }, { powerKw: 15 }), 32);
  assert.equal(fewestHosts({ powerKw: 480 }, { powerKw: 15 }, { powerKw: 3.2 }), 38);
  assert.equal(fewestHosts({ powerKw: 480 }, { powerKw: 15 }, 15 / 3.2), 38);
  assert.equal(fewestHosts({ powerKw: 480, servers: 150 }, { powerKw: 15 }, true), 38);
  assert.equal(fewestHosts({ powerKw: 480, servers: 150 }, { powerKw: 15 }, 4), 38);
  assert.equal(fewestHosts({ servers: 150 }, { servers: 15 / 3.2 }, true), 38);
  assert.equal(fewestHosts({ servers: 150 }, { servers: 15 / 3.2 }, 4), 38);
  assert.equal(fewestHosts({ servers: 150 }, {}, 4), 38);
  // 128 x 2 kW at 12 kW, and filled to 90 % and 80 %
  assert.deepEqual(
    [12, 10.8, 9.6].map(powerKw => fewestHosts({ powerKw: 256 }, { powerKw }, { powerKw: 2 })),
    [22, 26, 32],
  );
});

test('a whole count per host without a count of items adds nothing', () => {
  const needs = { cpu: 800, memoryGB: 1000 };
  assert.equal(fewestHosts(needs, { cpu: 80, memoryGB: 500 }, 110), 10);
});

test('what cannot be answered is said', () => {
  assert.throws(() => fewestHosts({ cpu: 1 }, {}), /nothing of cpu/);
  assert.throws(() => fewestHosts({ cpu: 1 }, { cpu: 0 }), /no cpu/);
  assert.throws(() => fewestHosts({ powerKw: 480 }, { powerKw: 15 }, { powerKw: 16 }), /not one/);
  assert.throws(() => fewestHosts({ powerKw: 480 }, { powerKw: 15 }, 0.9), /not one/);
  assert.throws(() => fewestHosts({}, { cpu: 1 }), /no resource/);
  assert.throws(() => fewestHosts({ cpu: 1 }, { cpu: 2 }, { memoryGB: 1 }), /memoryGB/);
});

test('whole items never need fewer hosts, and the hosts named hold them', () => {
  const amount = fc.double({ min: 0.1, max: 100, noNaN: true });
  const items = fc.integer({ min: 1, max: 500 });
  fc.assert(
    fc.property(amount, items, amount, (size, count, spare) => {
      const capacity = { x: size + spare };
      const needs = { x: size * count };
      const fluid = fewestHosts(needs, capacity);
      const whole = fewestHosts(needs, capacity, { x: size });
      assert.ok(whole >= fluid);
      const perHost = Math.floor((capacity.x / size) * (1 + 1e-9));
      assert.ok(whole * perHost >= count && (whole - 1) * perHost < count);
    }),
  );
});
