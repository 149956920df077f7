/** Section `forecast` of the configuration. */
import { z } from 'zod';
import { kindField, signalField } from '../config-fields.ts';

export const forecastConfig = z.strictObject({
  everyS: z.number().min(10).default(300),
  horizonS: z
    .number()
    .min(600)
    .default(6 * 3600),
  kinds: z.array(kindField).default(['site', 'hall', 'row', 'rack']),
  signals: z.array(signalField).default(['powerW', 'heatW', 'gpusAllocatedCount']),
});

export type ForecastConfig = z.output<typeof forecastConfig>;
