import assert from 'node:assert/strict';
import test from 'node:test';
import { timeToLimit } from '../../twin/forecast/time-to-limit.ts';

const STEP_S = 60;
/** A line from `now` by `perStep`, with a band that opens by `open` a step. */
function line(now: number, perStep: number, open: number, steps = 20) {
  const at = (slope: number) =>
    Float64Array.from({ length: steps }, (_, h) => now + slope * (h + 1));
  return {
    ...{ now, stepS: STEP_S },
    ...{ yhat: at(perStep), lower: at(perStep - open), upper: at(perStep + open) },
  };
}

test('a rising line meets its limit between two steps', () => {
  const found = timeToLimit({ ...line(100, 10, 5), limit: 155, compare: 'max' })!;
  assert.ok(Math.abs(found.atS! - 5.5 * STEP_S) < 1e-9);
  assert.ok(Math.abs(found.earliestS - (55 / 15) * STEP_S) < 1e-9);
  assert.ok(Math.abs(found.latestS! - 11 * STEP_S) < 1e-9);
});

test('a falling line meets a lower limit the same way', () => {
  const found = timeToLimit({ ...line(100, -10, 5), limit: 45, compare: 'min' })!;
  assert.ok(Math.abs(found.atS! - 5.5 * STEP_S) < 1e-9);
  assert.ok(found.earliestS < found.atS! && found.atS! < found.latestS!);
});

test('null when not even the edge of the band gets there', () => {
  assert.equal(timeToLimit({ ...line(100, 1, 1), limit: 1000, compare: 'max' }), null);
  assert.equal(timeToLimit({ ...line(100, -10, 5), limit: 200, compare: 'max' }), null);
});

test('the edge of the band alone gives an earliest time and nothing else', () => {
  const found = timeToLimit({ ...line(100, 0, 5), limit: 150, compare: 'max' })!;
  assert.deepEqual(found, { atS: null, earliestS: 10 * STEP_S, latestS: null });
});

test('what is at or past the limit is there now', () => {
  const past = timeToLimit({ ...line(200, -10, 5), limit: 150, compare: 'max' })!;
  assert.deepEqual(past, { atS: 0, earliestS: 0, latestS: 0 });
});

test('a path without values reaches nothing', () => {
  const nothing = new Float64Array(5).fill(Number.NaN);
  const question = { now: Number.NaN, yhat: nothing, lower: nothing, upper: nothing, stepS: 60 };
  assert.equal(timeToLimit({ ...question, limit: 5, compare: 'max' }), null);
});
