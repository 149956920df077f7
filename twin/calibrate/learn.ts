/**
 * Recursive least squares for one entity: one sample in, parameters, covariance and noise updated in
 * place, nothing allocated.
 *
 * - Covariance as `U D Uᵀ`, updated by Bierman's recursion ("Factorization methods for discrete
 *   sequential estimation", 1977): symmetric and positive whatever the rounding.
 * - Forgetting by direction (Kulhavy 1987): what is known fades only along the regressor of the
 *   sample, at the speed at which the sample brings something new. A load that does not move wipes
 *   out nothing, and the covariance never passes that of the prior.
 * - An innovation beyond three standard deviations counts as three (Huber). Twenty such in a row on
 *   one side are not outliers: another machine, or another meter, stands there. Back to the prior.
 * - Physical bounds by projection along the covariance, so that the other parameters follow.
 */

import { CALIBRATION } from '../tables/physics/calibration.ts';
import {
  type CalibrationColumns,
  factorAt,
  factorWidth,
  PARAMETERS_MAX,
  startFromPrior,
} from './columns.ts';
import { CLIPPED, RESET, UPDATED } from './outcome.ts';
import type { ModelPriors } from './priors.ts';

/** One sample, and room to work in; made once and used for all. */
export interface Lesson {
  /** Regressors, and what they should add up to. */
  readonly x: Float64Array;
  y: number;
  /** 0-1: what one sample leaves of the weight of those before it. */
  keepRatio: number;
  atS: number;
  readonly room: {
    readonly f: Float64Array;
    readonly v: Float64Array;
    readonly b: Float64Array;
  };
}

export const newLesson = (width: number): Lesson => ({
  x: new Float64Array(width),
  y: Number.NaN,
  keepRatio: 1,
  atS: 0,
  room: {
    f: new Float64Array(PARAMETERS_MAX),
    v: new Float64Array(PARAMETERS_MAX),
    b: new Float64Array(PARAMETERS_MAX),
  },
});

const CLIP_SDS = CALIBRATION.clipDeviations.value;
const RESET_RUN = CALIBRATION.resetRun.value;
/** Weight of a sample in the running noise: of a good one, and of a limited one. */
const NOISE_WEIGHT = 1 / CALIBRATION.noiseSamples.value;
const CLIPPED_NOISE_WEIGHT = 1 / CALIBRATION.clippedNoiseSamples.value;
const PRIOR_NOISE_SAMPLES = CALIBRATION.priorNoiseSamples.value;
/** Directional weight below which the covariance is left as it is: neither loss nor gain. */
const TINY = 1e-9;

/** What the parameters say: `parameters * x`. */
export function predict(c: CalibrationColumns, i: number, x: Float64Array): number {
  const at = i * c.width;
  let sum = 0;
  for (let j = 0; j < c.width; j++) sum += c.parameters[at + j] * x[j];
  return sum;
}

/**
 * Variance of what the parameters say, from their covariance alone: `xᵀ P x`. Leaves `f = Uᵀ x` and
 * `v = D f` in the lesson's room.
 */
export function spread(c: CalibrationColumns, i: number, { x, room }: Lesson): number {
  const { width, factors } = c;
  const at = i * factorWidth(width);
  let sum = 0;
  for (let j = 0; j < width; j++) {
    let f = x[j];
    for (let k = 0; k < j; k++) f += factors[at + factorAt(k, j)] * x[k];
    const v = factors[at + factorAt(j, j)] * f;
    room.f[j] = f;
    room.v[j] = v;
    sum += f * v;
  }
  return sum;
}

/** @returns UPDATED, CLIPPED or RESET */
export function learn(
  c: CalibrationColumns,
  priors: ModelPriors,
  i: number,
  lesson: Lesson,
): number {
  const known = spread(c, i, lesson);
  const noise = c.noiseSd[i] * c.noiseSd[i];
  const innovation = lesson.y - predict(c, i, lesson.x);
  const limit = CLIP_SDS * Math.sqrt(noise + known);
  const isClipped = Math.abs(innovation) > limit;
  const used = isClipped ? Math.sign(innovation) * limit : innovation;
  countRun(c, i, isClipped ? Math.sign(innovation) : 0);
  if (Math.abs(c.run[i]) >= RESET_RUN) {
    startFromPrior(c, priors, i);
    c.resets[i] = Math.min(65_535, c.resets[i] + 1);
    c.resetAtS[i] = lesson.atS;
    c.changedAtS[i] = lesson.atS;
    return RESET;
  }
  // Before the covariance changes: the gain is that of the covariance as it was.
  update(c, priors, i, { lesson, known, noise });
  const gain = used / (noise + known);
  const at = i * c.width;
  for (let j = 0; j < c.width; j++) c.parameters[at + j] += lesson.room.b[j] * gain;
  project(c, priors, i);
  learnNoise(c, priors, i, { square: (used * used * noise) / (noise + known), isClipped });
  c.changedAtS[i] = lesson.atS;
  c.updates[i]++;
  if (isClipped) c.clipped[i]++;
  return isClipped ? CLIPPED : UPDATED;
}

function countRun(c: CalibrationColumns, i: number, side: number) {
  const run = c.run[i];
  c.run[i] = side === 0 ? 0 : Math.sign(run) === side ? run + side : side;
}

interface Known {
  readonly lesson: Lesson;
  readonly known: number;
  readonly noise: number;
}

/**
 * New factors, and `P x` of the old ones in `room.b`. With `s = xᵀPx / noise` the weight of the
 * sample is `w = keep - (1 - keep) / s`: below zero where so little is unknown that forgetting wins.
 */
function update(c: CalibrationColumns, priors: ModelPriors, i: number, of: Known) {
  const { lesson, known, noise } = of;
  const { keepRatio } = lesson;
  const s = known / noise;
  const weight = s > 0 ? keepRatio - (1 - keepRatio) / s : 0;
  if (Math.abs(weight) < TINY) {
    sweep(c, i, lesson, 0);
    return;
  }
  const start = noise / weight;
  if (weight < 0) {
    sweep(c, i, lesson, 0);
    if (!isBelowPrior(c, priors, i, { lesson, growth: -1 / (start + known) })) return;
  }
  sweep(c, i, lesson, start);
}

/**
 * Bierman's recursion over `room.f` and `room.v`, which gives `P x` in `room.b`.
 * @param start noise over weight; 0: leaves the factors as they are
 */
function sweep({ width, factors }: CalibrationColumns, i: number, { room }: Lesson, start: number) {
  const { f, v, b } = room;
  const at = i * factorWidth(width);
  let sum = start;
  for (let j = 0; j < width; j++) {
    const before = sum;
    if (start !== 0) {
      sum += f[j] * v[j];
      factors[at + factorAt(j, j)] *= before / sum;
    }
    b[j] = v[j];
    for (let k = 0; k < j; k++) {
      const place = at + factorAt(k, j);
      const u = factors[place];
      if (start !== 0) factors[place] = u - (b[k] * f[j]) / before;
      b[k] += u * v[j];
    }
  }
}

interface Growth {
  readonly lesson: Lesson;
  readonly growth: number;
}

/** Whether no parameter would be less known than in the prior, with `growth (Px)(Px)ᵀ` added. */
function isBelowPrior(c: CalibrationColumns, priors: ModelPriors, i: number, of: Growth): boolean {
  const { b } = of.lesson.room;
  const at = c.prior[i] * c.width;
  for (let j = 0; j < c.width; j++) {
    const after = covariance(c, i, j, j) + of.growth * b[j] * b[j];
    if (after > priors.sd[at + j] * priors.sd[at + j]) return false;
  }
  return true;
}

/** Into the bounds; a parameter that is moved takes the others along as the covariance has it. */
function project(c: CalibrationColumns, priors: ModelPriors, i: number) {
  const { width, parameters } = c;
  const at = i * width;
  const bound = c.prior[i] * width;
  for (let j = 0; j < width; j++) {
    const value = parameters[at + j];
    const inside = Math.min(priors.high[bound + j], Math.max(priors.low[bound + j], value));
    if (inside !== value) shift(c, i, j, inside - value);
  }
  for (let j = 0; j < width; j++) {
    const inside = Math.max(priors.low[bound + j], parameters[at + j]);
    parameters[at + j] = Math.min(priors.high[bound + j], inside);
  }
}

/** Moves parameter `j` by `step`, and each other one by its regression on it. */
function shift(c: CalibrationColumns, i: number, j: number, step: number) {
  const { width, parameters } = c;
  const own = covariance(c, i, j, j);
  for (let k = 0; k < width; k++) {
    const part = k === j || own <= 0 ? Number(k === j) : covariance(c, i, j, k) / own;
    parameters[i * width + k] += part * step;
  }
}

/** Entry (a, b) of `U D Uᵀ`. */
export function covariance(c: CalibrationColumns, i: number, a: number, b: number): number {
  const { width, factors } = c;
  const at = i * factorWidth(width);
  let sum = 0;
  for (let k = Math.max(a, b); k < width; k++) {
    const ua = k === a ? 1 : factors[at + factorAt(a, k)];
    const ub = k === b ? 1 : factors[at + factorAt(b, k)];
    sum += ua * ub * factors[at + factorAt(k, k)];
  }
  return sum;
}

/** Standard deviation of a parameter, in its unit. */
export const sdOf = (c: CalibrationColumns, i: number, parameter: number) =>
  Math.sqrt(covariance(c, i, parameter, parameter));

interface NoiseSample {
  readonly square: number;
  readonly isClipped: boolean;
}

function learnNoise(
  c: CalibrationColumns,
  priors: ModelPriors,
  i: number,
  { square, isClipped }: NoiseSample,
) {
  // What the class says of the noise is worth a few samples.
  const first = Math.max(NOISE_WEIGHT, 1 / (c.updates[i] + PRIOR_NOISE_SAMPLES));
  const weight = isClipped ? CLIPPED_NOISE_WEIGHT : first;
  const before = c.noiseSd[i] * c.noiseSd[i];
  const floor = priors.noiseFloor[c.prior[i]];
  c.noiseSd[i] = Math.max(floor, Math.sqrt(before + weight * (square - before)));
}
