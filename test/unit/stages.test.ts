import assert from 'node:assert/strict';
import test from 'node:test';
import type { BoundRow } from '../../server/identity/join.ts';
import type { MappingRow } from '../../server/ingest/mapping.ts';
import { createStages } from '../../server/ingest/stages.ts';
import { SIGNALS, signalIndex } from '../../twin/index.ts';

function bound(signal: string, rowIndex: number, extra: Partial<MappingRow> = {}): BoundRow {
  const row: MappingRow = { metrics: ['m'], signal, entity: 'gpu', ...extra };
  const where = { mapping: 'm', rank: 2, entity: 7 };
  return { row, rowIndex, signal: signalIndex(signal), side: 'value', ...where };
}

function stagesWithLog() {
  const written: [string, number][] = [];
  const dropped: string[] = [];
  const ended: [string, number][] = [];
  const stages = createStages({
    write: ({ signal }, value) => written.push([SIGNALS[signal].id, value]),
    markStale: ({ signal }, lastAtMs) => ended.push([SIGNALS[signal].id, lastAtMs]),
    drop: why => dropped.push(why),
  });
  return { stages, written, dropped, ended };
}

test('two series of one entity without combine are not added up', () => {
  const { stages, written } = stagesWithLog();
  const rows = [bound('gpuTempC', 0), bound('gpuPresentFlag', 1, { values: { else: 1 } })];
  const [first, second] = [stages.add(rows), stages.add(rows)];
  stages.write(first, 7, 61, 1000);
  stages.write(second, 7, 61, 1000);
  assert.deepEqual(written, [
    ['gpuTempC', 61],
    ['gpuPresentFlag', 1],
    ['gpuTempC', 61],
    ['gpuPresentFlag', 1],
  ]);
});

test('with combine they are, and one that fell silent leaves', () => {
  const { stages, written } = stagesWithLog();
  const rows = [bound('xidRecentCount', 0, { combine: 'sum' })];
  const [first, second] = [stages.add(rows), stages.add(rows)];
  stages.write(first, 7, 1, 0);
  stages.write(second, 7, 2, 0);
  stages.write(second, 7, 2, 600_000);
  assert.deepEqual(
    written.map(([, value]) => value),
    [1, 3, 2],
  );
});

test('codes that no table lists are dropped by name', () => {
  const { stages, written, dropped } = stagesWithLog();
  stages.write(stages.add([bound('gpuPresentFlag', 0, { values: { '1': 1 } })]), 7, 9, 0);
  assert.deepEqual([written, dropped], [[], ['unknownCode']]);
});

test('a series that ends leaves its sum; the last one, and what it alone fed, become stale', () => {
  const { stages, written, ended } = stagesWithLog();
  const rows = [bound('gpuMemUsedBytes', 0, { combine: 'sum' }), bound('gpuTempC', 1)];
  const [first, second] = [stages.add(rows), stages.add(rows)];
  stages.write(first, 7, 60, 1000);
  stages.write(second, 7, 61, 1000);
  written.length = 0;
  stages.markStale(second, 7, 2000, 2);
  assert.deepEqual(written, [['gpuMemUsedBytes', 60]]);
  assert.deepEqual(ended, [['gpuTempC', 1000]]);
  stages.markStale(first, 7, 2000, 2);
  assert.deepEqual(ended.slice(1), [
    ['gpuMemUsedBytes', 1000],
    ['gpuTempC', 1000],
  ]);
});

test('a stage given back leaves its sums, and its place is used again', () => {
  const { stages, written } = stagesWithLog();
  const rows = [bound('xidRecentCount', 0, { combine: 'sum' })];
  const [first, second] = [stages.add(rows), stages.add(rows)];
  stages.write(first, 7, 1, 0);
  stages.write(second, 7, 2, 0);
  stages.release(second);
  stages.release(second);
  assert.equal(stages.size(), 1);
  assert.equal(stages.add(rows), second);
  stages.write(first, 7, 5, 1);
  assert.deepEqual(written.at(-1), ['xidRecentCount', 5]);
});

test('a new generation: stages move with their entities, sums begin anew', () => {
  const { stages, written } = stagesWithLog();
  const rows = [bound('xidRecentCount', 0, { combine: 'sum' })];
  const [first, second] = [stages.add(rows), stages.add(rows)];
  stages.write(first, 7, 1, 0);
  stages.write(second, 7, 2, 0);
  stages.beginGeneration();
  assert.equal(
    stages.move(first, () => 3),
    true,
  );
  assert.equal(
    stages.move(second, () => -1),
    false,
  );
  stages.release(second);
  stages.write(first, 3, 8, 1);
  assert.deepEqual(written.at(-1), ['xidRecentCount', 8]);
  assert.equal(stages.size(), 1);
});

test('buckets of a histogram make its 99th percentile; without values there is none', () => {
  const { stages, written, dropped } = stagesWithLog();
  const bucket = (upTo: number) =>
    stages.add([{ ...bound('xidRecentCount', 0, { combine: 'p99' }), upTo }]);
  const [low, high, all] = [bucket(10), bucket(20), bucket(Number.POSITIVE_INFINITY)];
  for (const cell of [low, high, all]) stages.write(cell, 7, 0, 1000);
  assert.deepEqual(written, []);
  stages.write(low, 7, 98, 2000);
  stages.write(high, 7, 100, 2000);
  stages.write(all, 7, 100, 2000);
  // The 99th of 100: half way from the 98th at 10 to the 100th at 20.
  assert.deepEqual(written, [['xidRecentCount', 15]]);
  stages.write(bucket(Number.NaN), 7, 1e6, 3000);
  assert.deepEqual(written, [['xidRecentCount', 15]]);
  assert.deepEqual(dropped, ['bucketWithoutBound']);
});
