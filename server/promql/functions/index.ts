/** Every function there is, by name. */
import { HISTOGRAMS } from './histogram.ts';
import { LABEL_FUNCTIONS } from './label-functions.ts';
import { DATES, MATHS } from './maths.ts';
import { OVER_TIME } from './over-time.ts';
import { RATES } from './rates.ts';
import type { FunctionRow } from './row.ts';
import { SPECIAL } from './special.ts';

const ALL = [
  ...RATES,
  ...OVER_TIME,
  ...MATHS,
  ...DATES,
  ...SPECIAL,
  ...LABEL_FUNCTIONS,
  ...HISTOGRAMS,
];

export const FUNCTIONS: ReadonlyMap<string, FunctionRow> = new Map(ALL.map(row => [row.name, row]));

/** What they give changes from step to step, whatever they are given. */
export const STEP_DEPENDENT: ReadonlySet<string> = new Set([
  ...DATES.map(({ name }) => name),
  ...['time', 'timestamp', 'predict_linear'],
]);
