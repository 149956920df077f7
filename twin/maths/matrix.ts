/**
 * Systems with any square matrix, of tens of unknowns: rows of racks. Matrices are arrays of rows.
 * Where `A` is symmetric, `symmetric.ts` needs half the work and has an answer when it is singular.
 */

export type Matrix = readonly (readonly number[])[];

/**
 * Solves `a * x = b` for several right-hand sides (columns of `b`) by elimination with the largest
 * pivot of each column.
 * @throws RangeError if `a` is singular to working precision
 */
export function solve(a: Matrix, b: Matrix): number[][] {
  const n = a.length;
  const rows = a.map((row, i) => [...row, ...b[i]]);
  const largest = Math.max(...rows.flatMap(row => row.slice(0, n).map(Math.abs)));
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column + 1; i < n; i++) {
      if (Math.abs(rows[i][column]) > Math.abs(rows[pivot][column])) pivot = i;
    }
    if (!(Math.abs(rows[pivot][column]) > largest * 1e-13)) {
      throw new RangeError('The matrix has no inverse');
    }
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    for (let i = 0; i < n; i++) {
      if (i !== column) subtract(rows[i], rows[column], column);
    }
  }
  return rows.map((row, i) => row.slice(n).map(value => value / row[i]));
}

function subtract(row: number[], pivotRow: readonly number[], column: number) {
  const factor = row[column] / pivotRow[column];
  if (factor === 0) return;
  for (let j = column; j < row.length; j++) row[j] -= factor * pivotRow[j];
}

export const identity = (n: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => (i === j ? 1 : 0)));

export const timesVector = (a: Matrix, x: readonly number[]): number[] =>
  a.map(row => row.reduce((sum, value, j) => sum + value * x[j], 0));
