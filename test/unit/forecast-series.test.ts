import assert from 'node:assert/strict';
import test from 'node:test';
import { addRow, solveRidge } from '../../twin/forecast/ridge.ts';
import { extent, filled, lastPresent, points, tail } from '../../twin/forecast/series.ts';

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
