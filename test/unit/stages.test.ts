import assert from 'node:assert/strict';
import test from 'node:test';
import type { BoundRow } from '../../server/identity/join.ts';
import type { MappingRow } from '../../server/ingest/mapping.ts';
import { createStages } from '../../server/ingest/stages.ts';
import { SIGNALS, signalIndex } from '../../twin/index.ts';

function bound(signal: string, rowIndex: number, extra: Partial<MappingRow> = {}): BoundRow {
  const row: MappingRow = { metrics: ['m'], signal, entity: 'gpu', ...extra };
  return { row, rowIndex, mapping: 'm', signal: signalIndex(signal), entity: 7, side: 'value' };
}

function stagesWithLog() {
  const written: [string, number][] = [];
  const dropped: string[] = [];
  const stages = createStages({
    write: (signal, _entity, value) => written.push([SIGNALS[signal].id, value]),
    drop: why => dropped.push(why),
  });
  return { stages, written, dropped };
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
