/** Effective training time ratio of a job that writes checkpoints. */
import { z } from 'zod';
import {
  jobFailuresPerS,
  optimalIntervalS,
  trainingTime,
} from '../physics/reliability/checkpoints.ts';
import { hostsOf } from '../physics/reliability/interruptions.ts';
import { failuresPer1000NodeDays, fleetInput, fleetOf } from './fleet.ts';
import { publishedModel } from './model.ts';

export const ettrPaper = publishedModel(
  'ettr',
  z.object({
    ...fleetInput,
    failuresPer1000NodeDays,
    writeS: z.number().nonnegative(),
    restartMin: z.number().nonnegative(),
    intervalMin: z.union(
      [z.number().positive(), z.literal('optimal')],
      'a number of minutes above 0, or optimal',
    ),
  }),
  input => {
    const job = {
      failuresPerS: jobFailuresPerS(hostsOf(fleetOf(input)), input.failuresPer1000NodeDays),
      writeS: input.writeS,
      restartS: 60 * input.restartMin,
    };
    const { intervalMin } = input;
    const intervalS = intervalMin === 'optimal' ? optimalIntervalS(job) : 60 * intervalMin;
    const time = trainingTime(job, intervalS);
    return {
      ettrRatio: time.effectiveRatio,
      intervalMin: intervalS / 60,
      ettrMcRatio: time.simulatedRatio,
      ettrMcError: time.simulatedError,
      formulaRatio: time.formulaRatio,
      formulaValid: time.isFormulaValid,
      ...(time.isFormulaValid ? {} : { note: lossNote(time.lossRatio) }),
    };
  },
);

const lossNote = (lossRatio: number) =>
  `N r (u0 + dt/2) = ${lossRatio.toFixed(2)}, or that and N r w, is not small: by simulation`;
