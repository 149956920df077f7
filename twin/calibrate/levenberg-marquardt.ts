/**
 * Least squares of a few parameters by Levenberg and Marquardt's method, inside bounds: for offline
 * fits where a parameter stands in an exponent. Derivatives by differences, dense normal equations.
 */
import { factorise, solveFactored, solveSymmetric } from '../maths/symmetric.ts';

interface FitProblem {
  /** Writes the residuals (model less measured) for these parameters; all must be finite. */
  residuals(parameters: Float64Array, out: Float64Array): void;
  readonly count: number;
  readonly start: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly stepsMax?: number;
}

export interface Fit {
  readonly parameters: readonly number[];
  /** Of each parameter, as if the residuals were independent; infinite where nothing tells it. */
  readonly sd: readonly number[];
  readonly rmse: number;
  readonly steps: number;
  /** The last step no longer mattered; otherwise `stepsMax` was reached. */
  readonly isConverged: boolean;
}

const STEPS_MAX = 100;
/** Relative gain of a step below which the fit is as good as it gets. */
const GAIN_MIN = 1e-10;
const DAMPING_START = 1e-3;
const DAMPING_MAX = 1e12;
/** Difference for derivatives, in parts of the span between the bounds. */
const NUDGE = 1e-6;
/** Beside a diagonal of 1. */
const UNTOLD = 1e-13;

/** @throws RangeError when the bounds are not in order or residuals at the start are not finite */
export function fitLeastSquares(problem: FitProblem): Fit {
  const { start, low, high, count, stepsMax = STEPS_MAX } = problem;
  if (start.some((_, j) => !(low[j] < high[j]))) throw new RangeError('bounds must be in order');
  const width = start.length;
  let parameters = clamp(Float64Array.from(start), low, high);
  let residuals = new Float64Array(count);
  problem.residuals(parameters, residuals);
  let sum = squares(residuals);
  if (!Number.isFinite(sum)) throw new RangeError('residuals at the start are not finite');
  let damping = DAMPING_START;
  let isConverged = false;
  let steps = 0;
  let normal = normalEquations(problem, parameters, residuals);
  while (steps < stepsMax && !isConverged && damping < DAMPING_MAX) {
    steps++;
    const step = solveDamped(freed(normal, parameters, problem), width, damping);
    const tried = clamp(
      parameters.map((value, j) => value - step[j]),
      low,
      high,
    );
    const triedResiduals = new Float64Array(count);
    problem.residuals(tried, triedResiduals);
    const triedSum = squares(triedResiduals);
    if (!(triedSum < sum)) {
      damping *= 4;
      // Where no step helps however small, this is the bottom.
      isConverged = damping >= DAMPING_MAX || triedSum === sum;
      continue;
    }
    isConverged = sum - triedSum <= GAIN_MIN * sum;
    parameters = tried;
    residuals = triedResiduals;
    sum = triedSum;
    damping = Math.max(1e-12, damping / 3);
    normal = normalEquations(problem, parameters, residuals);
  }
  const variance = count > width ? sum / (count - width) : Number.POSITIVE_INFINITY;
  return {
    parameters: [...parameters],
    sd: deviations(normal, width, variance),
    rmse: Math.sqrt(sum / count),
    ...{ steps, isConverged },
  };
}

const squares = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0);

function clamp(values: Float64Array, low: readonly number[], high: readonly number[]) {
  return values.map((value, j) => Math.min(high[j], Math.max(low[j], value)));
}

interface Normal {
  /** `JᵀJ`, row by row, and `Jᵀr`. */
  readonly matrix: Float64Array;
  readonly right: Float64Array;
}

/** Differences point into the bounds, so that the model is never asked outside them. */
function normalEquations(problem: FitProblem, at: Float64Array, residuals: Float64Array): Normal {
  const { low, high, count } = problem;
  const width = at.length;
  const columns = Array.from(at, (value, j) => {
    const span = high[j] - low[j];
    const nudge = value + NUDGE * span <= high[j] ? NUDGE * span : -NUDGE * span;
    const moved = at.slice();
    moved[j] += nudge;
    const out = new Float64Array(count);
    problem.residuals(moved, out);
    return out.map((residual, k) => (residual - residuals[k]) / nudge);
  });
  const matrix = new Float64Array(width * width);
  const right = new Float64Array(width);
  for (let a = 0; a < width; a++) {
    right[a] = dot(columns[a], residuals);
    for (let b = 0; b <= a; b++) {
      matrix[a * width + b] = dot(columns[a], columns[b]);
      matrix[b * width + a] = matrix[a * width + b];
    }
  }
  return { matrix, right };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/**
 * Takes out parameters that stand at a bound and are pushed against it: the best step of the others
 * must not count on them.
 */
function freed({ matrix, right }: Normal, at: Float64Array, { low, high }: FitProblem): Normal {
  const width = at.length;
  const isHeld = Array.from(at, (value, j) =>
    right[j] > 0 ? value <= low[j] : right[j] < 0 && value >= high[j],
  );
  return {
    matrix: matrix.map((value, n) =>
      isHeld[Math.floor(n / width)] || isHeld[n % width] ? 0 : value,
    ),
    right: right.map((value, j) => (isHeld[j] ? 0 : value)),
  };
}

/** Solves `(JᵀJ + damping * diag(JᵀJ)) step = Jᵀr`; a column that does nothing gets no step. */
function solveDamped({ matrix, right }: Normal, width: number, damping: number): Float64Array {
  const damped = matrix.slice();
  for (let j = 0; j < width; j++) {
    const diagonal = damped[j * width + j];
    damped[j * width + j] = diagonal > 0 ? diagonal * (1 + damping) : 1;
  }
  const step = right.slice();
  solveSymmetric(damped, step);
  return step;
}

/** Square roots of the diagonal of `variance * (JᵀJ)⁻¹`, one column of the inverse at a time. */
function deviations({ matrix }: Normal, width: number, variance: number): number[] {
  // Each parameter in units that make its diagonal 1. What is added leaves the others as they are
  // and shows as a huge entry where the matrix is singular, in every parameter that it is about.
  const scale = Float64Array.from({ length: width }, (_, j) => Math.sqrt(matrix[j * width + j]));
  const factors = matrix.map((value, at) => {
    const [a, b] = [Math.floor(at / width), at % width];
    return (value === 0 ? 0 : value / (scale[a] * scale[b])) + (a === b ? UNTOLD : 0);
  });
  factorise(factors, width);
  return Array.from({ length: width }, (_, j) => {
    const unit = new Float64Array(width);
    unit[j] = 1;
    solveFactored(factors, unit);
    const isTold = unit[j] > 0 && unit[j] < 1e12;
    return isTold ? Math.sqrt(variance * unit[j]) / scale[j] : Number.POSITIVE_INFINITY;
  });
}
