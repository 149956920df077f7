/** Interruptions of a long job by cause. */
import { z } from 'zod';
import {
  type InterruptionFigures,
  interruptionFigures,
  simulateCounts,
} from '../physics/reliability/interruptions.ts';
import { fleetInput, fleetOf } from './fleet.ts';
import { publishedModel } from './model.ts';

export const interruptionsPaper = publishedModel(
  'interruptions',
  z.object({
    ...fleetInput,
    days: z.number().positive(),
    byCause: z.record(z.string(), z.number().nonnegative()),
  }),
  input => {
    const { days, byCause } = input;
    const figures = interruptionFigures({ ...fleetOf(input), days, byCause });
    const simulated = simulateCounts(figures.count);
    return {
      mttiH: figures.mttiH,
      failuresPer1000NodeDays: figures.failuresPer1000HostDays,
      gpuShareRatio: figures.gpuShareRatio,
      mcMean: simulated.mean,
      mcSd: simulated.sd,
      note: shareNote(byCause, figures),
    };
  },
);

/** Printed shares do not always follow from the counts printed beside them: these do. */
function shareNote(byCause: Readonly<Record<string, number>>, figures: InterruptionFigures) {
  const { count, gpuShareRatio } = figures;
  const [cause, times] = Object.entries(byCause).reduce((a, b) => (b[1] > a[1] ? b : a));
  const percent = (ratio: number) => `${(100 * ratio).toFixed(1)} %`;
  return (
    `shares by count: ${cause} ${times} of ${count} is ${percent(times / count)}, ` +
    `causes of the GPU together ${percent(gpuShareRatio)}`
  );
}
