/** Figures of the course of a what-if: steps, what is shown, how uncertain its physics is. */
import type { Figures } from '../catalogue.ts';
import { chosen } from '../classes/figure.ts';

export const COURSE = {
  horizonMinS: chosen(60, 'Orrery: below it poles of GPUs are all that moves'),
  horizonMaxS: chosen(3600, 'Orrery: beyond it people and plant controls act'),
  defaultHorizonS: chosen(900, 'Orrery: for changes that have no steady answer'),
  stepS: chosen(5, 'Orrery: a third of what a GPU takes from throttling to shutdown'),
  /** Sites of more GPUs than this are stepped coarsely, their bands more so. */
  fineGpus: chosen(200_000, 'Orrery: keeps a whole reference site within seconds'),
  coarseStepS: chosen(15, 'Orrery: half the time constant of a heatsink'),
  coarseBandStepS: chosen(30, 'Orrery: the time constant of a heatsink'),
  settleS: chosen(600, 'Orrery: air, solids and coils come to rest in it'),
  settleStepS: chosen(60, 'Orrery: each part is solved exactly, so that long steps do'),
  points: chosen(15, 'Orrery: one a minute over a quarter of an hour'),
  pointS: chosen(60, 'Orrery: as monitoring shows it'),
  racks: chosen(40, 'Orrery: those that suffer most'),
  /** A rack whose figures move by less than these goes on as it is. */
  movedK: chosen(1, 'Orrery: what sensors tell apart'),
  movedPowerRatio: chosen(0.02, 'Orrery: noise of power readings'),
  /** A GPU that draws less than this part of the way from idle to its maximum has no work. */
  workRatio: chosen(0.1, 'Orrery: idle GPUs differ by less'),
  /** A cap is worked out for the temperature it leads to; beyond this it is enforced step by step. */
  capSlackRatio: chosen(0.01, 'Orrery: leakage of a kelvin'),
  /** Where the record of the models is too short to say. */
  gpuTempK: chosen(4, 'Orrery: a tenth of the rise of a GPU at full load'),
  inletTempK: chosen(1, 'Orrery: sensors differ by about as much'),
  powerRatio: chosen(0.05, 'Orrery: of the power, as work goes on within a quarter of an hour'),
  /** A GPU this near the temperature at which it slows down is held there. */
  heldWithinK: chosen(0.5, 'Orrery: its model holds it there to rounding'),
  /** Of no course of a failure there is a record: heat that air, metal and water hold. */
  storesFactor: chosen(2, 'Orrery: two models of one hall that share no figure differ by as much'),
  phasesMax: chosen(32, 'Orrery: changes of supply in one course'),
  /** What comes due within it is done at once: a hundred batteries do not end at one instant. */
  togetherS: chosen(5, 'Orrery: a step'),
} as const satisfies Figures;
