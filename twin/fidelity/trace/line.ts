/**
 * Least-squares lines through power and the columns of utilisation, with forgetting by time. The
 * normal equations are kept, so that one sweep over a revealed window serves lines of several
 * memories, and refitting costs the same whatever the past.
 */
import { solveSymmetric } from '../../maths/symmetric.ts';

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
  const { slopes } = line;
  const matrix = new Float64Array(n * n);
  let at = n + 2;
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      matrix[j * n + i] = sums[at++] - total * mean(i + 1) * mean(j + 1);
    }
    slopes[i] = sums[at++] - total * mean(i + 1) * mean(n + 1);
  }
  for (let i = 0; i < n; i++) {
    const diagonal = Math.max(0, matrix[i * n + i]);
    // The thousand-millionth part keeps columns that repeat one another solvable.
    const extra = ridge + 1e-9 * diagonal;
    matrix[i * n + i] = diagonal + extra;
    slopes[i] += extra * prior[i];
  }
  solveSymmetric(matrix, slopes);
  for (let j = 0; j < n; j++) if (!Number.isFinite(slopes[j])) slopes[j] = 0;
  if (n === 1 && line.slopes[0] < 0) line.slopes[0] = 0;
  line.base = mean(n + 1);
  for (let j = 0; j < n; j++) line.base -= line.slopes[j] * mean(j + 1);
}
