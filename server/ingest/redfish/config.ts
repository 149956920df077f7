/** Configuration of a Redfish source: one BMC. */
import { z } from 'zod';
import { bmcFields, ONE_SECRET_MESSAGE, oneSecret } from '../bmc/config.ts';

export const redfishSourceConfig = z
  .strictObject({
    ...bmcFields,
    kind: z.literal('redfish'),
    url: z
      .url({ protocol: /^https?$/ })
      .describe('Scheme, host and port of the BMC: `https://10.0.0.7`.'),
    auth: z
      .enum(['session', 'basic'])
      .default('session')
      .describe('`session` falls back to `basic` when the BMC offers no sessions.'),
    tls: z
      .strictObject({
        rejectUnauthorized: z
          .boolean()
          .default(true)
          .describe(
            'BMCs mostly carry certificates that they signed themselves: `false` accepts those.',
          ),
        caFile: z.string().optional().describe('PEM file of the authority that signed theirs.'),
      })
      .prefault({}),
    healthIntervalS: z
      .number()
      .min(1)
      .max(3600)
      .default(15)
      .describe(
        'Seconds between readings of state and health: power state, leaks, link state, logs.',
      ),
    inventoryIntervalS: z
      .number()
      .min(10)
      .max(86_400)
      .default(600)
      .describe('Seconds between readings of inventory: firmware, BIOS attributes, models.'),
    discoverIntervalS: z
      .number()
      .min(10)
      .max(604_800)
      .default(3600)
      .describe('Seconds between walks for resources that came or went.'),
    requestTimeoutS: z
      .number()
      .min(0.05)
      .max(300)
      .default(10)
      .describe('An answer must have come by then.'),
    maxResponseBytes: z
      .number()
      .int()
      .min(1024)
      .max(256 * 1024 * 1024)
      .default(16 * 1024 * 1024)
      .describe('Largest answer taken; a log of a thousand entries is about 2 MiB.'),
    maxResources: z
      .number()
      .int()
      .min(10)
      .max(100_000)
      .default(5_000)
      .describe('Resources followed at most; a GB300 tray has about 1,200.'),
    events: z
      .boolean()
      .default(true)
      .describe('Whether to subscribe to events where the BMC offers it.'),
  })
  .refine(oneSecret, { error: ONE_SECRET_MESSAGE, path: ['password'] });

export type RedfishSourceConfig = z.output<typeof redfishSourceConfig>;
/** As written in a file, before defaults. */
export type RedfishSourceInput = z.input<typeof redfishSourceConfig>;
