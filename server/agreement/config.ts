/** Section `agreement` of the configuration. */
import { z } from 'zod';

export const agreementConfig = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether sensors are compared with one another.'),
  everyS: z
    .number()
    .min(5)
    .max(300)
    .default(30)
    .describe('Seconds between two looks at the readings; means are taken over five minutes.'),
  minConfidence: z
    .number()
    .min(0.5)
    .max(1)
    .default(0.9)
    .describe('Findings that are less certain are in the API, and are no alerts.'),
});

export type AgreementConfig = z.output<typeof agreementConfig>;
