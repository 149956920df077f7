import assert from 'node:assert/strict';
import test from 'node:test';
import { addRow, solveRidge } from '../../twin/forecast/ridge.ts';
import { extent, filled, lastPresent, points, tail } from '../../twin/forecast/series.ts';
import { best } from '../../twin/forecast/smoothing.ts';
import { near } from '../support/near.ts';

const GAP = Number.NaN;
const series = Float64Array.of(GAP, 2, GAP, GAP, 8, 6, GAP);

test('gaps are closed by lines inside and held values outside', () => {
  assert.deepEqual([...filled(series)], [2, 2, 4, 6, 8, 6, 6]);
  assert.ok([...filled(Float64Array.of(GAP, GAP))].every(Number.isNaN));
});

test('last value, extent and points pass over gaps', () => {
  assert.equal(lastPresent(series), 6);
  assert.deepEqual(extent(series), [2, 8]);
  assert.deepEqual(points(series), { x: [-5, -2, -1], y: [2, 8, 6] });
  assert.ok(Number.isNaN(lastPresent(new Float64Array(0))));
});

test('a tail is as long as asked, or longer to hold the points needed', () => {
  assert.deepEqual([...tail(series, 3, 2)], [8, 6, GAP]);
  assert.deepEqual([...tail(series, 2, 3)], [2, GAP, GAP, 8, 6, GAP]);
  assert.equal(tail(series, 100, 1).length, series.length);
});

test('ridge without much weight finds the coefficients, with weight shrinks them', () => {
  const solve = (weight: number) => {
    const [gram, moment] = [new Float64Array(4), new Float64Array(2)];
    for (let i = 0; i < 50; i++) {
      const row = Float64Array.of(Math.sin(i), Math.cos(3 * i));
      addRow(gram, moment, row, 4 * row[0] - 7 * row[1]);
    }
    return solveRidge(gram, moment, weight);
  };
  const [a, b] = solve(1e-9);
  assert.ok(Math.abs(a - 4) < 1e-6 && Math.abs(b + 7) < 1e-6);
  const shrunk = solve(100);
  assert.ok(Math.abs(shrunk[0]) < 2 && Math.abs(shrunk[1]) < 3);
});

// Level 1 from the four first. 5: error 4, level 1 + .5 x 4, trend .5 x .2 x 4. 3: 3 + .9 x .4 is
// foreseen, error -.36. A gap: what was foreseen, 3.18 + .9 x .324.
test('smoothing with a damped trend, by hand', () => {
  const gains = { level: 0.5, trend: 0.2, damping: 0.9 };
  const after = (...values: number[]) =>
    best(Float64Array.of(0, 2, 1, 1, ...values), [gains]).state;
  for (const [state, level, trend, error] of [
    [after(5), 3, 0.4, 16],
    [after(5, 3), 3.18, 0.324, 16.1296],
    [after(5, 3, Number.NaN), 3.4716, 0.2916, 16.1296],
  ] as const) {
    near(state.level, level, 1e-12);
    near(state.trend, trend, 1e-12);
    near(state.error, error, 1e-12);
  }
  // of two sets the one with less error, of equal ones the first
  const slow = { ...gains, level: 0.1 };
  const jump = Float64Array.of(1, 1, 1, 1, 9, 9, 9);
  assert.equal(best(jump, [slow, gains]).gains, gains);
  assert.equal(best(new Float64Array(9), [slow, gains]).gains, slow);
});
