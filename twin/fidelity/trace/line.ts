/**
 * Least-squares lines through power and the columns of utilisation, with forgetting by time. The
 * normal equations are kept, so that one sweep over a revealed window serves lines of several
 * memories, and refitting costs the same whatever the past.
 */

/** Sums of `[1, utils..., value]` with itself, upper triangle by rows; size (n+2)(n+3)/2. */
export type Sums = Float64Array;

export const makeSums = (columns: number): Sums =>
  new Float64Array(((columns + 2) * (columns + 3)) / 2);

/** Adds one sample `[1, utils..., value]`; with 0 for 1 the line goes through the origin. */
export function addToSums(sums: Sums, row: Float64Array, weight: number) {
  let at = 0;
  for (let i = 0; i < row.length; i++) {
    const weighted = weight * row[i];
    for (let j = i; j < row.length; j++) sums[at++] += weighted * row[j];
  }
}

/** `past = keep x past + window`. */
export function foldSums(past: Sums, keep: number, window: Sums) {
  for (let i = 0; i < past.length; i++) past[i] = keep * past[i] + window[i];
}

export interface Line {
  /** Value at zero utilisation. */
  base: number;
  readonly slopes: Float64Array;
}

export const makeLine = (columns: number): Line => ({
  base: Number.NaN,
  slopes: new Float64Array(columns),
});

/** Value of a line at the utilisation ratios `utils[at...]`. */
export function readLine(line: Line, utils: Float64Array, at: number): number {
  let value = line.base;
  for (let j = 0; j < line.slopes.length; j++) value += line.slopes[j] * utils[at + j];
  return value;
}

/**
 * Ridge regression towards a prior's slopes: with little excitation the slopes stay there. A single
 * slope is kept non-negative: a host does not use less power for more work.
 * @param ridge what the prior is worth, as a weighted sum of squared utilisation, ratio squared
 */
export function solveLine(line: Line, sums: Sums, prior: Float64Array, ridge: number) {
  const n = line.slopes.length;
  const total = sums[0];
  const mean = (j: number) => (total > 0 ? sums[j] / total : 0);
  const width = n + 1;
  const matrix = new Float64Array(n * width);
  let at = n + 2;
  for (let i = 0; i < n; i++) {
    for (let j = i; j <= n; j++) {
      const centred = sums[at++] - total * mean(i + 1) * mean(j + 1);
      matrix[i * width + j] = centred;
      if (j < n) matrix[j * width + i] = centred;
    }
  }
  for (let i = 0; i < n; i++) {
    const diagonal = Math.max(0, matrix[i * width + i]);
    // The thousand-millionth part keeps columns that repeat one another solvable.
    const extra = ridge + 1e-9 * diagonal;
    matrix[i * width + i] = diagonal + extra;
    matrix[i * width + n] += extra * prior[i];
  }
  solveInPlace(matrix, n, line.slopes);
  if (n === 1 && line.slopes[0] < 0) line.slopes[0] = 0;
  line.base = mean(n + 1);
  for (let j = 0; j < n; j++) line.base -= line.slopes[j] * mean(j + 1);
}

/** Gauss elimination of a positive definite matrix `[A | b]` by rows; a zero pivot gives 0. */
function solveInPlace(matrix: Float64Array, n: number, into: Float64Array) {
  const width = n + 1;
  for (let i = 0; i < n; i++) {
    const pivot = matrix[i * width + i];
    for (let k = i + 1; k < n; k++) {
      const factor = pivot > 0 ? matrix[k * width + i] / pivot : 0;
      for (let j = i; j < width; j++) matrix[k * width + j] -= factor * matrix[i * width + j];
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    let rest = matrix[i * width + n];
    for (let j = i + 1; j < n; j++) rest -= matrix[i * width + j] * into[j];
    const pivot = matrix[i * width + i];
    const value = pivot > 0 ? rest / pivot : 0;
    into[i] = Number.isFinite(value) ? value : 0;
  }
}
