/** Ridge regression by normal equations, for the few features of a forecasting model. */
import { solveSymmetric } from '../maths/symmetric.ts';

/** Adds one observation to the sums: gram += row rowT (lower triangle), moment += row * target. */
export function addRow(
  gram: Float64Array,
  moment: Float64Array,
  row: Float64Array,
  target: number,
): void {
  const count = row.length;
  for (let i = 0; i < count; i++) {
    moment[i] += row[i] * target;
    for (let j = 0; j <= i; j++) gram[i * count + j] += row[i] * row[j];
  }
}

/**
 * Solves (gram + weight I) w = moment; gram is the lower triangle, row by row.
 * @param weight must be positive, which makes the matrix positive definite.
 */
export function solveRidge(gram: Float64Array, moment: Float64Array, weight: number): Float64Array {
  const count = moment.length;
  const matrix = gram.slice();
  for (let i = 0; i < count; i++) matrix[i * count + i] += weight;
  const weights = moment.slice();
  solveSymmetric(matrix, weights);
  return weights;
}
