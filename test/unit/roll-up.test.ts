import assert from 'node:assert/strict';
import test from 'node:test';
import { DERIVED, MEASURED, MISSING, STALE } from '../../twin/state/quality.ts';
import { probe } from '../support/two-rack-twin.ts';

const GPUS = Array.from({ length: 8 }, (_, i) => `k1-n1/gpu${i}`);

test('sums, maxima and means of the parts, with the oldest of their times', () => {
  const site = probe();
  GPUS.forEach((gpu, i) => {
    site.write('gpuPowerW', gpu, 100 + i, i);
    site.write('gpuTempC', gpu, 40 + i, i);
    site.write('utilRatio', gpu, i / 10, i);
  });
  site.tick(10);
  assert.deepEqual(site.read('gpuPowerW', 'k1-n1'), { value: 828, quality: DERIVED, atS: 0 });
  assert.equal(site.read('gpuTempC', 'k1-n1').value, 47);
  assert.ok(Math.abs(site.read('utilRatio', 'k1-n1').value - 0.35) < 1e-12);
});

test('parts that are missing leave the rest; below nine in ten the whole is stale', () => {
  const site = probe();
  for (const gpu of GPUS) site.write('gpuPowerW', gpu, 100);
  site.tick();
  site.end('gpuPowerW', GPUS[0]);
  site.tick(1);
  assert.deepEqual(site.read('gpuPowerW', 'k1-n1'), { value: 800, quality: STALE, atS: 0 });
  // The other seven stay: after 900 s the one that ended is missing and no longer counts.
  for (const gpu of GPUS.slice(1)) site.write('gpuPowerW', gpu, 100, 901);
  site.tick(901);
  assert.deepEqual(site.read('gpuPowerW', 'k1-n1'), { value: 700, quality: STALE, atS: 901 });
});

test('a whole with no part left is missing, and so is what stands on it', () => {
  const site = probe();
  for (const gpu of GPUS) site.write('gpuPowerW', gpu, 100);
  site.tick();
  assert.equal(site.read('gpuPowerW', 's').value, 800);
  site.tick(901);
  assert.equal(site.read('gpuPowerW', 'k1-n1').quality, MISSING);
  assert.equal(site.read('gpuPowerW', 's').quality, MISSING);
});

test('a whole that measures the quantity itself is believed until it falls silent', () => {
  const site = probe();
  for (const host of ['k1-n1', 'k1-n2']) site.write('inletTempC', host, 24);
  site.write('inletTempC', 'k1', 26);
  site.tick();
  assert.deepEqual(site.read('inletTempC', 'k1'), { value: 26, quality: MEASURED, atS: 0 });
  assert.equal(site.read('inletTempC', 's').value, 26);
  for (const host of ['k1-n1', 'k1-n2']) site.write('inletTempC', host, 23, 91);
  site.tick(91);
  assert.deepEqual(site.read('inletTempC', 'k1'), { value: 23, quality: DERIVED, atS: 91 });
});

test('what no part has changed keeps its value and its time', () => {
  const site = probe();
  for (const gpu of GPUS) site.write('gpuPowerW', gpu, 100);
  site.write('gpuPowerW', 'k2-n1/gpu0', 200);
  site.tick();
  // Whatever the first tick found out makes columns, for which all is worked out once more.
  site.tick(1);
  site.write('gpuPowerW', 'k2-n1/gpu0', 300, 5);
  const { changed } = site.tick(5);
  const ids = [...changed].map(entity => site.twin.topology.ids[entity]);
  assert.ok(ids.includes('k2') && ids.includes('s'));
  assert.ok(!ids.includes('k1') && !ids.includes('k1-n1'));
  assert.deepEqual(site.read('gpuPowerW', 'k1-n1'), { value: 800, quality: DERIVED, atS: 0 });
});

test('a GPU is absent when it is silent among others that report', () => {
  const site = probe();
  for (const gpu of GPUS.slice(1)) site.write('gpuTempC', gpu, 40);
  site.tick();
  assert.equal(site.read('gpuPresentFlag', GPUS[0]).value, 0);
  assert.equal(site.read('gpuPresentFlag', GPUS[1]).value, 1);
  assert.equal(site.read('gpuPresentFlag', 'k1-n1').value, 7);
  assert.equal(site.read('gpuPresentFlag', 'k2-n1/gpu0').quality, MISSING);
});

test('fragmentation: free GPUs beside used ones over all free ones, around each host', () => {
  const site = probe();
  const allocated = { 'k1-n1': 4, 'k1-n2': 0, 'k2-n1': 8, 'k2-n2': 6 };
  for (const [host, count] of Object.entries(allocated)) {
    site.write('gpusAllocatableCount', host, 8);
    site.write('gpusAllocatedCount', host, count);
  }
  site.tick();
  assert.ok(Math.abs(site.read('fragmentationRatio', 'k1').value - 4 / 12) < 1e-12);
  assert.equal(site.read('fragmentationRatio', 'k2').value, 1);
  assert.ok(Math.abs(site.read('fragmentationRatio', 's').value - 6 / 14) < 1e-12);
  site.write('gpusAllocatedCount', 'k2-n2', 8, 1);
  site.tick(1);
  assert.equal(site.read('fragmentationRatio', 'k2').value, 0, 'nothing is free');
  assert.ok(Math.abs(site.read('fragmentationRatio', 's').value - 4 / 12) < 1e-12);
});
