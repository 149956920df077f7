/** Symmetric systems: answers, and what becomes of singular ones. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { factorise, solveFactored, solveSymmetric } from '../../twin/maths/symmetric.ts';
import { near } from '../support/near.ts';

test('a system of two, by hand; the upper triangle is not read', () => {
  // 4x + 2y = 10, 2x + 3y = 11: x = 1, y = 3
  const matrix = Float64Array.of(4, Number.NaN, 2, 3);
  const right = Float64Array.of(10, 11);
  assert.equal(solveSymmetric(matrix, right), 2);
  near(right[0], 1);
  near(right[1], 3);
  // D = (4, 2), L = 1/2
  assert.deepEqual([matrix[0], matrix[2], matrix[3]], [4, 0.5, 2]);
  const again = Float64Array.of(4, 2);
  solveFactored(matrix, again);
  near(again[0], 1);
  near(again[1], 0);
});

test('an unknown that nothing tells of is 0, and the others are as if it were not there', () => {
  const repeated = Float64Array.of(2, 2, 0, 2, 2, 0, 0, 0, 5);
  const right = Float64Array.of(6, 6, 10);
  assert.equal(solveSymmetric(repeated, right), 2);
  assert.deepEqual([...right], [3, 0, 2]);
  const empty = Float64Array.of(0, 0, 0, 4);
  const half = Float64Array.of(7, 8);
  assert.equal(solveSymmetric(empty, half), 1);
  assert.deepEqual([...half], [0, 2]);
  // in units that differ a million times over, nothing is lost
  const uneven = Float64Array.of(1e-12, 0, 0, 1e12);
  const of = Float64Array.of(3e-12, 5e12);
  assert.equal(solveSymmetric(uneven, of), 2);
  near(of[0], 3);
  near(of[1], 5);
  assert.equal(factorise(Float64Array.of(Number.NaN, 0, 0, 1), 2), 1);
  assert.equal(factorise(new Float64Array(0), 0), 0);
});

test('normal equations of any rows give residuals at right angles to all of them', () => {
  const number = fc.double({ min: -10, max: 10, noNaN: true });
  const rows = fc
    .integer({ min: 1, max: 5 })
    .chain(width => fc.array(fc.array(number, { minLength: width + 1, maxLength: width + 1 })));
  fc.assert(
    fc.property(rows, all => {
      const width = (all[0]?.length ?? 2) - 1;
      const matrix = new Float64Array(width * width);
      const right = new Float64Array(width);
      // a little on the diagonal keeps what is left of rounding small
      for (let i = 0; i < width; i++) matrix[i * width + i] = 1e-3;
      for (const row of all) {
        for (let i = 0; i < width; i++) {
          right[i] += row[i] * row[width];
          for (let j = 0; j <= i; j++) matrix[i * width + j] += row[i] * row[j];
        }
      }
      const answer = right.slice();
      assert.equal(solveSymmetric(matrix.slice(), answer), width);
      for (let i = 0; i < width; i++) {
        let sum = -right[i];
        for (let j = 0; j < width; j++) {
          sum += matrix[Math.max(i, j) * width + Math.min(i, j)] * answer[j];
        }
        near(sum, 0, 1e-6 * (1 + Math.max(...right.map(Math.abs))));
      }
    }),
  );
});
