import assert from 'node:assert/strict';
import test from 'node:test';
import { cacheDomains, type HwlocObject } from '../../twin/physics/die/cpu-domains.ts';
import { dieFigures, hbmTempC, rooflinePlace, roofOf } from '../../twin/physics/die/roofline.ts';
import { classById } from '../../twin/tables/classes.ts';
import { nearRatio } from '../support/near.ts';

const H100 = classById('h100-sxm5-80gb');
assert.ok(H100);
const ROOF = roofOf(H100);
assert.ok(ROOF);

test('roofline: decode is bound by memory, a large product by compute', () => {
  // 989.4 TFLOP/s over 0.92 * 3.35 TB/s: the roofs meet at 321 operations a byte.
  const decode = rooflinePlace({ flops: 2e9, bytes: 2e9 }, ROOF);
  assert.equal(decode.bound, 'memory');
  nearRatio(decode.ridgeFlopsPerByte, 989.4e12 / (0.92 * 3.35e12));
  nearRatio(decode.attainableFlops, 0.92 * 3.35e12);
  nearRatio(decode.timeS, 2e9 / (0.92 * 3.35e12));
  const product = rooflinePlace({ flops: 1e15, bytes: 1e12 }, ROOF);
  assert.deepEqual([product.bound, product.attainableFlops], ['compute', 989.4e12]);
  assert.equal(rooflinePlace({ flops: 1, bytes: 0 }, ROOF).bound, 'compute');
  assert.throws(() => rooflinePlace({ flops: 0, bytes: 0 }, ROOF), /nothing to place/);
  assert.throws(() => rooflinePlace({ flops: -1, bytes: 1 }, ROOF), /flops: -1/);
  assert.throws(() => rooflinePlace({ flops: 1, bytes: -1 }, ROOF), /bytes: -1/);
  assert.throws(
    () => rooflinePlace({ flops: 1, bytes: Number.POSITIVE_INFINITY }, ROOF),
    /bytes: Infinity/,
  );
});

test('what the profiling metrics of a die say', () => {
  const training = { smActiveRatio: 0.9, tensorActiveRatio: 0.65, dramActiveRatio: 0.3 };
  const busy = dieFigures(training, H100);
  assert.ok(busy?.place);
  nearRatio(busy.tensorFlops, 0.65 * 989.4e12);
  nearRatio(busy.activeSms, 0.9 * 132);
  assert.equal(busy.activeGpcs, 7);
  assert.deepEqual([busy.place.bound, busy.limitedBy], ['compute', 'compute']);
  const decode = dieFigures({ ...training, tensorActiveRatio: 0.05, dramActiveRatio: 0.8 }, H100);
  assert.equal(decode?.limitedBy, 'memory');
  const starved = dieFigures({ ...training, tensorActiveRatio: 0.1, dramActiveRatio: 0.1 }, H100);
  assert.equal(starved?.limitedBy, 'outside');
  const idle = dieFigures({ smActiveRatio: 0, tensorActiveRatio: 0, dramActiveRatio: 0 }, H100);
  assert.deepEqual([idle?.place, idle?.activeGpcs, idle?.limitedBy], [undefined, 0, 'outside']);
  assert.throws(() => dieFigures({ ...training, smActiveRatio: 2 }, H100), /smActiveRatio: 2/);
  const bare = { id: 'x', kind: 'gpu', title: 'x', figures: {} } as const;
  assert.equal(dieFigures(training, bare), undefined);
});

test('HBM is warmer than the die, the more the busier it is', () => {
  assert.equal(hbmTempC(60, 0), 62);
  assert.equal(hbmTempC(60, 0.5), 67);
  assert.throws(() => hbmTempC(Number.NaN, 0), /gpuTempC/);
});

const core = (first: number, count = 1): HwlocObject => ({
  type: 'Core',
  children: Array.from({ length: count }, (_, i) => ({ type: 'PU', osIndex: first + i * 100 })),
});

test('cores by socket, die, NUMA domain and shared cache', () => {
  const l3 = (first: number): HwlocObject => ({
    type: 'L3Cache',
    cacheBytes: 32 * 2 ** 20,
    children: [
      { type: 'L2Cache', cacheBytes: 2 ** 20, children: [core(first, 2)] },
      { type: 'L2Cache', cacheBytes: 2 ** 20, children: [core(first + 1, 2)] },
    ],
  });
  const socket = (first: number, numa: number): HwlocObject => ({
    type: 'Package',
    children: [{ type: 'NUMANode', osIndex: numa, memoryBytes: 2 ** 38 }, l3(first), l3(first + 2)],
  });
  const machine: HwlocObject = { type: 'Machine', children: [socket(0, 0), socket(4, 1)] };
  const domains = cacheDomains(machine);
  assert.deepEqual(
    domains.map(({ package: socketIndex, numa, coreCount }) => [socketIndex, numa, coreCount]),
    [
      [0, 0, 2],
      [0, 0, 2],
      [1, 1, 2],
      [1, 1, 2],
    ],
  );
  assert.deepEqual(domains[1].threads, [2, 102, 3, 103]);
  assert.deepEqual([domains[0].cache, domains[0].cacheBytes], ['L3Cache', 32 * 2 ** 20]);
});

test('domains below a cache, dies, and cores without a cache', () => {
  const numaBelow: HwlocObject = {
    type: 'L3Cache',
    children: [{ type: 'NUMANode', osIndex: 3 }, core(0)],
  };
  const machine: HwlocObject = {
    type: 'Machine',
    children: [
      { type: 'Package', children: [{ type: 'Die', children: [numaBelow] }] },
      { type: 'Package', children: [{ type: 'Die' }, { type: 'Die', children: [core(1)] }] },
    ],
  };
  const [first, second] = cacheDomains(machine);
  assert.deepEqual([first.numa, first.cacheBytes, first.die], [3, 0, 0]);
  assert.deepEqual([second.package, second.die, second.cache], [1, 1, 'none']);
  assert.throws(() => cacheDomains({ type: 'Machine' }), /neither caches nor cores/);
});
