/**
 * Systems `A x = b` of a few unknowns with symmetric, positive semi-definite `A`: normal equations
 * of least squares. `A = L D Lᵀ` without roots (Golub and Van Loan, 4.1), flat, row by row; only the
 * lower triangle is read.
 *
 * Singular matrices are an expected outcome. An unknown that those before it determine already, or
 * that nothing tells of (a row of zeros), is not told: its `D` is 0, its answer 0, and the others
 * are solved without it. `factorise` says how many are told.
 */

/** A pivot this small beside its own diagonal is what rounding leaves of nought. */
const SINGULAR_RATIO = 1e-14;

/**
 * Puts `L` below the diagonal of the matrix and `D` on it.
 * @returns how many unknowns are told; all of them: `n`. A pivot that is no number tells of none
 */
export function factorise(matrix: Float64Array, n: number): number {
  let told = 0;
  for (let j = 0; j < n; j++) {
    const diagonal = matrix[j * n + j];
    let pivot = diagonal;
    for (let k = 0; k < j; k++) pivot -= matrix[j * n + k] ** 2 * matrix[k * n + k];
    const isTold = pivot > SINGULAR_RATIO * diagonal;
    matrix[j * n + j] = isTold ? pivot : 0;
    if (isTold) told++;
    for (let i = j + 1; i < n; i++) {
      let sum = matrix[i * n + j];
      for (let k = 0; k < j; k++) {
        sum -= matrix[i * n + k] * matrix[j * n + k] * matrix[k * n + k];
      }
      matrix[i * n + j] = isTold ? sum / pivot : 0;
    }
  }
  return told;
}

/** Turns `right` into the answer. @param factors from `factorise` */
export function solveFactored(factors: Float64Array, right: Float64Array) {
  const n = right.length;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) right[i] -= factors[i * n + k] * right[k];
  }
  for (let i = n - 1; i >= 0; i--) {
    const pivot = factors[i * n + i];
    right[i] = pivot > 0 ? right[i] / pivot : 0;
    if (pivot > 0) for (let k = i + 1; k < n; k++) right[i] -= factors[k * n + i] * right[k];
  }
}

/** Both at once, in place: `matrix` becomes its factors, `right` the answer. @returns as above */
export function solveSymmetric(matrix: Float64Array, right: Float64Array): number {
  const told = factorise(matrix, right.length);
  solveFactored(matrix, right);
  return told;
}
