/** How the twin's calibration against telemetry is configured. */
import { z } from 'zod';
import { CALIBRATED_MODELS } from '../../twin/index.ts';

const model = z.string().refine(id => CALIBRATED_MODELS.some(row => row.id === id), {
  error: issue =>
    `'${issue.input}' is not a model; there are ${CALIBRATED_MODELS.map(row => row.id).join(', ')}`,
});

export const calibrationConfig = z.strictObject({
  everyS: z
    .number()
    .min(5)
    .max(3600)
    .default(30)
    .describe('Seconds between two rounds over all entities, each scored first and learned after.'),
  models: z
    .array(model)
    .default(CALIBRATED_MODELS.map(row => row.id))
    .describe('Models to calibrate; an empty list turns calibration off.'),
  halfLifeHours: z
    .number()
    .min(1)
    .max(24 * 90)
    .default(24)
    .describe('Age at which a scored value counts half on the fidelity board.'),
  blockMinutes: z
    .number()
    .min(1)
    .max(240)
    .default(10)
    .describe('Errors are looked at for drift as means over this long.'),
});

export type CalibrationConfig = z.output<typeof calibrationConfig>;
