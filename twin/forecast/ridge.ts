/** Ridge regression by normal equations, for the few features of a forecasting model. */

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
 * Solves (gram + weight I) w = moment by Cholesky; gram is the lower triangle, row by row.
 * @param weight must be positive, which makes the matrix positive definite.
 */
export function solveRidge(gram: Float64Array, moment: Float64Array, weight: number): Float64Array {
  const count = moment.length;
  const root = gram.slice();
  for (let i = 0; i < count; i++) root[i * count + i] += weight;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = root[i * count + j];
      for (let k = 0; k < j; k++) sum -= root[i * count + k] * root[j * count + k];
      root[i * count + j] = i === j ? Math.sqrt(sum) : sum / root[j * count + j];
    }
  }
  return backSubstitute(root, forwardSubstitute(root, moment));
}

function forwardSubstitute(root: Float64Array, right: Float64Array): Float64Array {
  const count = right.length;
  const out = right.slice();
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < i; k++) out[i] -= root[i * count + k] * out[k];
    out[i] /= root[i * count + i];
  }
  return out;
}

function backSubstitute(root: Float64Array, right: Float64Array): Float64Array {
  const count = right.length;
  const out = right.slice();
  for (let i = count - 1; i >= 0; i--) {
    for (let k = i + 1; k < count; k++) out[i] -= root[k * count + i] * out[k];
    out[i] /= root[i * count + i];
  }
  return out;
}
