/** Section `forecast` of the configuration. */
import { z } from 'zod';
import { kindField, signalField } from '../config-fields.ts';

export const forecastConfig = z.strictObject({
  everyS: z.number().min(10).default(300).describe('Seconds between two rounds of forecasts.'),
  horizonS: z
    .number()
    .min(600)
    .default(6 * 3600)
    .describe('How far ahead they go, seconds.'),
  kinds: z
    .array(kindField)
    .default(['site', 'hall', 'row', 'rack'])
    .describe('Kinds of what is forecast.'),
  signals: z
    .array(signalField)
    .default(['powerW', 'heatW', 'gpusAllocatedCount'])
    .describe('Signals that are forecast.'),
});

export type ForecastConfig = z.output<typeof forecastConfig>;
