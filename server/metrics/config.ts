/** Section `metrics` of the configuration. */
import { z } from 'zod';
import { kindField, signalField, USUAL_KINDS } from '../config-fields.ts';

export const metricsConfig = z.strictObject({
  kinds: z.array(kindField).default(USUAL_KINDS).describe('Kinds whose signals are exported.'),
  signals: z.array(signalField).optional().describe('Signals to export; all unless given.'),
  maxSeries: z.int().min(1).default(50_000).describe('Beyond it series are left out, and counted.'),
});
