/** How calibrated models learn: what a sample may do, and when one is not believed. */
import type { Figures } from '../catalogue.ts';
import { chosen } from '../classes/figure.ts';

export const CALIBRATION = {
  clipDeviations: chosen(3, 'Orrery: an innovation beyond is limited; of good noise one in 370 is'),
  resetRun: chosen(20, 'Orrery: so many limited on one side in a row are another machine'),
  /** Samples over which the noise of a model runs: of good ones, of limited ones, and the prior. */
  noiseSamples: chosen(50, 'Orrery: fifty samples tell a deviation to a tenth'),
  clippedNoiseSamples: chosen(200, 'Orrery: what was limited says a quarter as much of it'),
  priorNoiseSamples: chosen(10, 'Orrery: samples that the prior of the noise is worth'),
  stillDeviations: chosen(
    3,
    'Orrery: spreads that a prediction must have moved before a target that stays is suspect',
  ),
  stillSamples: chosen(8, 'Orrery: so many equal readings that disagree all along are suspect'),
  gapMaxS: chosen(600, 'Orrery: no sample makes up for more time in which what was learned fades'),
  settledUpdates: chosen(60, 'Orrery: samples after which a machine’s own parameters count'),
  priorMachines: chosen(5, 'Orrery: machines that the prior of a class is worth'),
  counterGapMaxS: chosen(300, 'Orrery: an energy counter away for longer says nothing of now'),
} as const satisfies Figures;
