import assert from 'node:assert/strict';
import test from 'node:test';
import { type Bucket, quantileOf } from '../../server/ingest/histogram.ts';

const INF = Number.POSITIVE_INFINITY;
const BUCKETS: Bucket[] = [
  [0.1, 50],
  [0.5, 90],
  [1, 98],
  [INF, 100],
];

test('linear within the bucket, from 0 in the first', () => {
  assert.equal(quantileOf(BUCKETS, 0.25), 0.05);
  // 70 of 100: half way from the 50th at 0.1 to the 90th at 0.5.
  assert.ok(Math.abs((quantileOf(BUCKETS, 0.7) ?? 0) - 0.3) < 1e-12);
});

test('what is beyond the last bound is at least there', () => {
  assert.equal(quantileOf(BUCKETS, 0.99), 1);
});

test('buckets of several histograms are added up, in any order', () => {
  const both = [...BUCKETS].reverse().concat(BUCKETS);
  assert.equal(quantileOf(both, 0.7), quantileOf(BUCKETS, 0.7));
});

test('nothing is said without values, or without the bucket of all', () => {
  assert.equal(quantileOf([], 0.99), undefined);
  assert.equal(quantileOf(BUCKETS.slice(0, 3), 0.5), undefined);
  assert.equal(
    quantileOf(
      BUCKETS.map(([upTo]) => [upTo, 0] as const),
      0.5,
    ),
    undefined,
  );
});
