import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { RowMiss } from '../../server/identity/join.ts';
import { editDistance, nearestNames } from '../../server/identity/nearest.ts';
import { createUnmatched } from '../../server/identity/unmatched.ts';
import { tinyTopology } from '../support/tiny-topology.ts';

const topology = tinyTopology([
  { id: 's1', kind: 'site' },
  { id: 'r1', kind: 'rack', parent: 's1' },
  { id: 'gpu-node-1', kind: 'host', parent: 'r1', aliases: { ip: '10.0.0.11' } },
  { id: 'gpu-node-2', kind: 'host', parent: 'r1', aliases: { ip: '10.0.0.12' } },
]);
const miss: RowMiss = {
  ...{ ok: false, why: 'unknown', detail: 'x', mapping: 'm', rule: 'host' },
};
const source = { id: 'prom', labels: { job: 'node' } };
const sample = (labels: Record<string, string>, atMs = 0) => ({ labels, miss, atMs });

test('series with the same identity are one entry, with count and times', () => {
  const unmatched = createUnmatched(topology);
  unmatched.note(source, 'load', sample({ instance: 'gpu-nod-1', cpu: '0' }, 1000));
  unmatched.note(source, 'load', sample({ instance: 'gpu-nod-1', cpu: '1' }, 2000));
  unmatched.note(source, 'load', sample({ instance: 'other', cpu: '1' }, 3000));
  const [first, second] = unmatched.list();
  assert.deepEqual(first.labels, { instance: 'gpu-nod-1' });
  assert.deepEqual([first.count, first.firstSeenMs, first.lastSeenMs], [2, 1000, 2000]);
  assert.equal(second.count, 1);
  assert.equal(unmatched.totals().byWhy.unknown, 3);
});

test('the list names what may have been meant', () => {
  const unmatched = createUnmatched(topology);
  unmatched.note(source, 'load', sample({ instance: 'gpu-nod-1:9100' }));
  unmatched.note(source, 'load', sample({ instance: 'gpu-node-2.example.org' }));
  unmatched.note(source, 'load', sample({ instance: 'zzz' }));
  const byInstance = new Map(unmatched.list().map(entry => [entry.labels.instance, entry]));
  assert.equal(byInstance.get('gpu-nod-1:9100')?.candidates[0].entity, 'gpu-node-1');
  assert.equal(byInstance.get('gpu-node-2.example.org')?.candidates[0].entity, 'gpu-node-2');
  assert.deepEqual(byInstance.get('zzz')?.candidates, []);
});

test('it stays within its limits and counts what it could not keep', () => {
  const unmatched = createUnmatched(topology, { entries: 10, metrics: 5 });
  for (let i = 0; i < 100; i++) {
    unmatched.note(source, 'load', sample({ instance: `n${i}` }));
    unmatched.noteUnmapped(source, `metric_${i}`, i);
  }
  const totals = unmatched.totals();
  assert.deepEqual([totals.samples, totals.entries, totals.overflow], [100, 10, 90]);
  assert.deepEqual([totals.unmappedMetrics, totals.unmappedOverflow], [5, 95]);
  assert.equal(unmatched.list(3).length, 3);
});

test('a histogram is one unmapped family; forgotten entries leave', () => {
  const unmatched = createUnmatched(topology);
  for (const name of ['wait_bucket', 'wait_sum', 'wait_count']) {
    unmatched.noteUnmapped(source, name, 5);
  }
  const family = { metric: 'wait', source: 'prom', count: 3, lastSeenMs: 5 };
  assert.deepEqual(unmatched.unmapped(), [family]);
  unmatched.note(source, 'load', sample({ instance: 'x' }, 10));
  unmatched.forgetBefore(6);
  assert.deepEqual([unmatched.unmapped().length, unmatched.list().length], [0, 1]);
});

test('edit distance agrees with its definition on small words', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
  const slow = (x: string, y: string): number =>
    x === '' || y === ''
      ? x.length + y.length
      : Math.min(
          slow(x.slice(1), y) + 1,
          slow(x, y.slice(1)) + 1,
          slow(x.slice(1), y.slice(1)) + (x[0] === y[0] ? 0 : 1),
        );
  fc.assert(
    fc.property(word, word, (x, y) => {
      assert.equal(editDistance(x, y, 3), Math.min(slow(x, y), 4));
    }),
    { numRuns: 200 },
  );
});

test('each entity is named once, nearest first', () => {
  const names = [
    { entity: 1, name: 'host-01' },
    { entity: 1, name: 'host-01.example.org' },
    { entity: 2, name: 'host-02' },
    { entity: 3, name: 'storage-array' },
  ];
  const near = nearestNames(names, ['host-01x'], 5);
  assert.deepEqual(
    near.map(({ entity, distance }) => [entity, distance]),
    [
      [1, 1],
      [2, 2],
    ],
  );
});
