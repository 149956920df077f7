/**
 * What the calibrated machines of a class have in common: the best guess for one of them that no
 * meter reads. Mean and spread over the machines, drawn towards the prior while they are few.
 */
import { CALIBRATION } from '../tables/physics/calibration.ts';
import type { CalibrationColumns } from './columns.ts';
import type { ModelPriors } from './priors.ts';

export const SETTLED_UPDATES = CALIBRATION.settledUpdates.value;
const PRIOR_WEIGHT = CALIBRATION.priorMachines.value;

export interface PooledParameters {
  /** Settled machines of each row of the prior table. */
  readonly machines: Uint32Array;
  /** `n` a row, as the prior table has them. */
  readonly mean: Float64Array;
  /** Between machines, with the prior's own spread in it while they are few. */
  readonly sd: Float64Array;
}

export function poolParameters(c: CalibrationColumns, priors: ModelPriors): PooledParameters {
  const { width } = c;
  const machines = new Uint32Array(priors.count);
  const sum = new Float64Array(priors.count * width);
  const square = new Float64Array(priors.count * width);
  for (let i = 0; i < c.count; i++) {
    const row = c.prior[i];
    if (row < 0 || c.updates[i] < SETTLED_UPDATES) continue;
    machines[row]++;
    for (let j = 0; j < width; j++) {
      // From the prior's mean, so that the squares stay small.
      const off = c.parameters[i * width + j] - priors.mean[row * width + j];
      sum[row * width + j] += off;
      square[row * width + j] += off * off;
    }
  }
  const mean = Float64Array.from(sum, (total, at) => {
    const weight = machines[Math.floor(at / width)] + PRIOR_WEIGHT;
    return Math.max(priors.low[at], Math.min(priors.high[at], priors.mean[at] + total / weight));
  });
  const sd = Float64Array.from(square, (total, at) => {
    const weight = machines[Math.floor(at / width)] + PRIOR_WEIGHT;
    const shift = mean[at] - priors.mean[at];
    const around = total + PRIOR_WEIGHT * priors.sd[at] ** 2;
    return Math.sqrt(Math.max(0, around / weight - shift * shift));
  });
  return { machines, mean, sd };
}
