/**
 * One entity, one sample: judged, predicted, scored, and only then learned from.
 */

import type { CalibratedModel, RegressInput } from '../tables/physics/calibrated-row.ts';
import { CALIBRATION } from '../tables/physics/calibration.ts';
import type { CalibrationColumns } from './columns.ts';
import { type Lesson, learn, predict, spread } from './learn.ts';
import {
  FROZEN,
  MISSING_INPUT,
  NO_PRIOR,
  OUT_OF_RANGE,
  SKEWED,
  UNCHANGED,
  UNSTEADY,
} from './outcome.ts';
import { FIGURES_MAX, type ModelPriors } from './priors.ts';

/** Room and state of a pass over the entities of one model. */
export interface Sight {
  readonly model: CalibratedModel;
  readonly columns: CalibrationColumns;
  readonly priors: ModelPriors;
  /** Target and inputs of the entity being looked at, and their event times. */
  readonly of: RegressInput;
  readonly timesMs: Float64Array;
  readonly lesson: Lesson;
  /** What is added to the model's sum: the part of the target that is measured elsewhere. */
  base: number;
  /** The prediction made before the sample was looked at; NaN where none was made. */
  predicted: number;
}

const STILL_SDS = CALIBRATION.stillDeviations.value;
const STILL_SAMPLES = CALIBRATION.stillSamples.value;
const GAP_MAX_S = CALIBRATION.gapMaxS.value;

/**
 * Judges and predicts. Afterwards `of.inputs[0]` is the target, `predicted` what was expected.
 * @returns -1 when the sample can be scored and learned from; else why not
 */
export function foresee(sight: Sight, i: number): number {
  const { columns: c, priors, of, timesMs, model, lesson } = sight;
  sight.predicted = Number.NaN;
  const row = c.prior[i];
  if (row < 0) return NO_PRIOR;
  const target = of.inputs[0];
  if (Number.isNaN(timesMs[0]) || isLacking(sight)) return MISSING_INPUT;
  const atS = Math.floor(timesMs[0] / 1000);
  if (atS <= c.sampledAtS[i]) return UNCHANGED;
  const isGood = target >= priors.targetLow[row] && target <= priors.targetHigh[row];
  if (isGood && isSkewed(sight)) return SKEWED;
  const passedS = c.sampledAtS[i] === 0 ? GAP_MAX_S : Math.min(GAP_MAX_S, atS - c.sampledAtS[i]);
  c.sampledAtS[i] = atS;
  of.figuresAt = row * FIGURES_MAX;
  const isSteady = lagInput(sight, i, passedS);
  sight.base = model.regress(of, lesson.x);
  const y = target - sight.base;
  if (!isGood || !isWhole(y, lesson.x)) {
    c.faults[i]++;
    return OUT_OF_RANGE;
  }
  lesson.y = y;
  lesson.atS = atS;
  lesson.keepRatio = Math.exp(-passedS / model.memoryS);
  const expected = predict(c, i, lesson.x) + sight.base;
  if (isFrozen(sight, i, expected)) {
    c.faults[i]++;
    return FROZEN;
  }
  if (!isSteady) return UNSTEADY;
  sight.predicted = expected;
  return -1;
}

/** Learns from what was foreseen. @returns UPDATED, CLIPPED or RESET */
export function learnFrom(sight: Sight, i: number): number {
  const { columns: c, priors, lesson, of } = sight;
  const outcome = learn(c, priors, i, lesson);
  const target = of.inputs[0];
  c.lastTarget[i] = target;
  // A plain mean at first, which then forgets as fast as the parameters do.
  const weight = Math.max(1 / (c.updates[i] + 1), 1 - lesson.keepRatio);
  const before = c.meanTarget[i];
  c.meanTarget[i] = Number.isNaN(before) ? target : before + weight * (target - before);
  return outcome;
}

function isLacking({ model, of, timesMs }: Sight): boolean {
  for (let k = 0; k < model.inputs.length; k++) {
    const isStale = timesMs[k + 1] === Number.NEGATIVE_INFINITY;
    if (isStale) return true;
    if (Number.isNaN(of.inputs[k + 1]) && !model.inputs[k].isOptional) return true;
  }
  return false;
}

/** An input whose time is not known is taken as it is. */
function isSkewed({ model, timesMs }: Sight): boolean {
  for (let k = 1; k < timesMs.length; k++) {
    if (Math.abs(timesMs[k] - timesMs[0]) > 1000 * model.maxSkewS) return true;
  }
  return false;
}

function isWhole(y: number, x: Float64Array): boolean {
  let sum = y;
  for (let j = 0; j < x.length; j++) sum += x[j];
  return Number.isFinite(sum);
}

/** Puts the lagged value in the place of the input. @returns whether the two are close */
function lagInput({ model, columns: c, of }: Sight, i: number, passedS: number): boolean {
  const { lag } = model;
  if (!lag) return true;
  const now = of.inputs[lag.input + 1];
  const before = Number.isNaN(c.lagged[i]) ? now : c.lagged[i];
  const lagged = now + (before - now) * Math.exp(-passedS / lag.tauS);
  c.lagged[i] = lagged;
  of.inputs[lag.input + 1] = lagged;
  return Math.abs(now - before) <= lag.steadyRatio * Math.max(Math.abs(now), Math.abs(before));
}

/**
 * A reading that repeats itself to the last digit says nothing while nothing moves. Once the model
 * has moved away by more than it can be wrong, or has long said otherwise, the sensor stands still
 * and not the thing.
 */
function isFrozen({ columns: c, lesson, of, priors }: Sight, i: number, expected: number): boolean {
  const target = Math.fround(of.inputs[0]);
  if (Number.isNaN(c.stillFrom[i]) || target !== c.lastTarget[i]) {
    c.stillFrom[i] = expected;
    c.still[i] = 0;
    return false;
  }
  c.still[i] = Math.min(255, c.still[i] + 1);
  const noise = c.noiseSd[i] * c.noiseSd[i];
  // A sensor that rounds stands still within its step, which is about 3 of the least noise.
  const step = STILL_SDS * priors.noiseFloor[c.prior[i]];
  const limit = step + STILL_SDS * Math.sqrt(noise + spread(c, i, lesson));
  if (Math.abs(expected - c.stillFrom[i]) > limit) return true;
  return c.still[i] >= STILL_SAMPLES && Math.abs(expected - target) > limit;
}
