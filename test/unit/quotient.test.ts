import assert from 'node:assert/strict';
import test from 'node:test';
import type { MappingRow } from '../../server/ingest/mapping.ts';
import { createQuotients } from '../../server/ingest/quotient.ts';
import { rowValue } from '../../server/ingest/row-value.ts';

const row = (extra: Partial<MappingRow> = {}): MappingRow => ({
  ...{ metrics: ['a'], signal: 'memUsedRatio', entity: 'host', over: { metrics: ['b'] }, ...extra },
});
const value = (of: MappingRow, groupKey?: string, entity = 1) => ({
  ...{ row: of, rowIndex: 0, entity, side: 'value' as const, groupKey },
});
const over = (of: MappingRow, groupKey?: string, entity = 1) => ({
  ...{ row: of, rowIndex: 0, entity, side: 'over' as const, groupKey },
});

test('both sides of one instant make a value, in either order, scaled and offset', () => {
  const quotients = createQuotients();
  const used = row({ scale: -1, offset: 1 });
  assert.equal(quotients.put(value(used), 25, 1000), undefined);
  assert.equal(quotients.put(over(used), 100, 1000), 0.75);
  assert.equal(quotients.put(over(used), 100, 16_000), undefined);
  assert.equal(quotients.put(value(used), 40, 16_000), 0.6);
});

test('entities and rows do not mix', () => {
  const quotients = createQuotients();
  const plain = row();
  quotients.put(value(plain, undefined, 1), 1, 0);
  assert.equal(quotients.put(over(plain, undefined, 2), 2, 0), undefined);
  assert.equal(quotients.put({ ...over(plain), rowIndex: 1 }, 2, 0), undefined);
  assert.equal(quotients.put(over(plain), 4, 0), 0.25);
});

test('a zero denominator has no value, unless the row says what idle means', () => {
  const quotients = createQuotients();
  const strict = row();
  quotients.put(value(strict), 0, 0);
  assert.equal(quotients.put(over(strict), 0, 0), undefined);
  assert.equal(quotients.emptyDenominators, 1);
  const loss = row({ over: { metrics: ['b'], idle: 0 } });
  quotients.put({ ...value(loss), rowIndex: 1 }, 0, 0);
  assert.equal(quotients.put({ ...over(loss), rowIndex: 1 }, 0, 0), 0);
});

test('pairs by label combine their quotients; one that vanished drops out', () => {
  const quotients = createQuotients();
  const fullest = row({
    ...{ over: { metrics: ['b'], by: ['mountpoint'] }, combine: 'min', scale: -1, offset: 1 },
  });
  quotients.put(value(fullest, '/'), 60, 0);
  quotients.put(over(fullest, '/'), 100, 0);
  quotients.put(value(fullest, '/full'), 1, 0);
  assert.equal(quotients.put(over(fullest, '/full'), 100, 0), 0.99);
  quotients.put(value(fullest, '/'), 50, 600_000);
  assert.equal(quotients.put(over(fullest, '/'), 100, 600_000), 0.5);
});

test('what is forgotten is gone', () => {
  const quotients = createQuotients();
  quotients.put(value(row()), 1, 0);
  quotients.forgetBefore(1);
  assert.equal(quotients.size, 0);
  assert.equal(quotients.put(over(row()), 2, 0), undefined);
});

test('row values: fixed zeros, tables of codes, unlisted codes', () => {
  assert.equal(rowValue(row(), undefined, 7), 7);
  assert.equal(rowValue(row(), 0, 7), 0);
  assert.equal(rowValue(row({ values: { '1': 0, else: 1 } }), undefined, 4), 1);
  assert.equal(rowValue(row({ values: { '1': 0 } }), undefined, 4), undefined);
  assert.equal(rowValue(row({ values: { '1': 0 } }), undefined, Number.NaN), undefined);
});
