/** What became of one entity's sample in one round of calibration. */
export const OUTCOMES = [
  /** Learned from. */
  'updated',
  /** Learned from, with its innovation limited. */
  'clipped',
  /** The innovations stayed on one side: back to the prior. */
  'reset',
  /** No newer sample than in the round before. */
  'unchanged',
  /** The target or an input is not current. */
  'missing',
  /** Target and inputs are of different times. */
  'skewed',
  /** Not finite, negative, or what no working thing of this class reads. */
  'outOfRange',
  /** The sensor repeats itself to the last digit while what it measures has moved. */
  'frozen',
  /** The load is changing faster than a steady model can follow. */
  'unsteady',
  /** The class gives no prior. */
  'noPrior',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

export const UPDATED = 0;
export const CLIPPED = 1;
export const RESET = 2;
export const UNCHANGED = 3;
export const MISSING_INPUT = 4;
export const SKEWED = 5;
export const OUT_OF_RANGE = 6;
export const FROZEN = 7;
export const UNSTEADY = 8;
export const NO_PRIOR = 9;
