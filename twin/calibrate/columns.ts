/**
 * What is known of the parameters of one calibrated model, for many entities: structure of arrays, so
 * that a hundred thousand of them are a few flat columns and an update allocates nothing.
 *
 * The covariance of an entity's parameters is kept as `U D Uᵀ` (Bierman): `U` has ones on its diagonal
 * and `D` is positive, so that no rounding can make it other than symmetric and positive. Factors are
 * stored in 32 bits and worked on in 64.
 */
import type { ModelPriors } from './priors.ts';

export const PARAMETERS_MAX = 4;

export interface CalibrationColumns {
  readonly count: number;
  /** Parameters of one entity, `n`. */
  readonly width: number;
  /** Row of the prior table of each entity; -1: its class gives no prior, and it is left alone. */
  readonly prior: Int16Array;
  /** `n` an entity, in the units of the table. */
  readonly parameters: Float64Array;
  /** `n (n + 1) / 2` an entity: column by column, the entries above the diagonal, then that of D. */
  readonly factors: Float32Array;
  /** Standard deviation of what the model leaves unexplained, in the unit of the target. */
  readonly noiseSd: Float32Array;
  /** Last target that was believed, and the running mean of them; NaN before the first. */
  readonly lastTarget: Float32Array;
  readonly meanTarget: Float32Array;
  /** What the model said when the target last moved; NaN before the first. */
  readonly stillFrom: Float32Array;
  /** Samples since then that repeated it to the last digit; 255 and more are 255. */
  readonly still: Uint8Array;
  /** The lagged input, where the model has one. */
  readonly lagged: Float32Array;
  /** Event time of the last sample looked at, Unix seconds; 0: none. */
  readonly sampledAtS: Uint32Array;
  /** When the parameters last changed, and when they were last put back to the prior; 0: never. */
  readonly changedAtS: Uint32Array;
  readonly resetAtS: Uint32Array;
  /** Samples learned from since the last reset, and limited ones among them. */
  readonly updates: Uint32Array;
  readonly clipped: Uint32Array;
  /** Samples of a faulty sensor, and resets after the first prior; both since the start. */
  readonly faults: Uint32Array;
  readonly resets: Uint16Array;
  /** Limited samples in a row, with the sign of their innovation. */
  readonly run: Int8Array;
}

/** Columns that are kept over a restart, in their order in the bytes. */
export const STORED_COLUMNS = [
  ...(['parameters', 'factors', 'noiseSd', 'lastTarget', 'meanTarget', 'stillFrom'] as const),
  ...(['lagged', 'sampledAtS', 'changedAtS', 'resetAtS', 'updates', 'clipped', 'faults'] as const),
  ...(['resets', 'run', 'still'] as const),
];

export const factorWidth = (width: number) => (width * (width + 1)) / 2;

/** Where entry (row, column) of `U` stands among an entity's factors; the diagonal is D's. */
export const factorAt = (row: number, column: number) => (column * (column + 1)) / 2 + row;

/** @param prior row of the prior table of each entity, or -1 */
export function calibrationColumns(priors: ModelPriors, prior: Int16Array): CalibrationColumns {
  const { width } = priors;
  const count = prior.length;
  const columns: CalibrationColumns = {
    ...{ count, width, prior },
    parameters: new Float64Array(count * width),
    factors: new Float32Array(count * factorWidth(width)),
    noiseSd: new Float32Array(count),
    lastTarget: new Float32Array(count).fill(Number.NaN),
    meanTarget: new Float32Array(count).fill(Number.NaN),
    stillFrom: new Float32Array(count).fill(Number.NaN),
    still: new Uint8Array(count),
    lagged: new Float32Array(count).fill(Number.NaN),
    sampledAtS: new Uint32Array(count),
    changedAtS: new Uint32Array(count),
    resetAtS: new Uint32Array(count),
    updates: new Uint32Array(count),
    clipped: new Uint32Array(count),
    faults: new Uint32Array(count),
    resets: new Uint16Array(count),
    run: new Int8Array(count),
  };
  for (let i = 0; i < count; i++) startFromPrior(columns, priors, i);
  return columns;
}

/** Puts an entity's parameters and their covariance to the prior of its class. */
export function startFromPrior(c: CalibrationColumns, priors: ModelPriors, i: number) {
  const { width } = c;
  const row = c.prior[i];
  if (row < 0) return;
  c.factors.fill(0, i * factorWidth(width), (i + 1) * factorWidth(width));
  for (let j = 0; j < width; j++) {
    const sd = priors.sd[row * width + j];
    c.parameters[i * width + j] = priors.mean[row * width + j];
    c.factors[i * factorWidth(width) + factorAt(j, j)] = sd * sd;
  }
  c.noiseSd[i] = priors.noiseSd[row];
  c.stillFrom[i] = Number.NaN;
  c.still[i] = 0;
  c.updates[i] = 0;
  c.clipped[i] = 0;
  c.run[i] = 0;
}
