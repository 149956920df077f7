/** Configuration of an ipmitool source: one BMC read over IPMI 2.0 (RMCP+). */
import { z } from 'zod';
import { bmcFields, ONE_SECRET_MESSAGE, oneSecret } from '../bmc/config.ts';

export const ipmitoolSourceConfig = z
  .strictObject({
    ...bmcFields,
    kind: z.literal('ipmitool'),
    address: z
      .string()
      .regex(/^[^\s-][^\s]*$/, 'a host name or address')
      .describe('Host name or address of the BMC.'),
    port: z.number().int().min(1).max(65_535).default(623).describe('UDP port of the BMC.'),
    cipherSuite: z
      .number()
      .int()
      .min(1)
      .max(17)
      .default(3)
      .describe('Cipher suite: 17 is the strongest, 3 is what old BMCs have.'),
    privilege: z
      .enum(['USER', 'OPERATOR', 'ADMINISTRATOR'])
      .optional()
      .describe('Privilege of the session; reading needs `USER`, a SEL on some BMCs `OPERATOR`.'),
    command: z.string().min(1).default('ipmitool').describe('Program to run.'),
    intervalS: bmcFields.intervalS
      .default(10)
      .describe(
        'Every command makes a session and reads the sensors one by one: seconds on real BMCs.',
      ),
    pollBudgetS: bmcFields.pollBudgetS.default(60),
    commandTimeoutS: z
      .number()
      .min(0.1)
      .max(300)
      .default(30)
      .describe('A command must have ended by then.'),
    healthIntervalS: z
      .number()
      .min(1)
      .max(3600)
      .default(30)
      .describe('Seconds between readings of power state, discrete sensors and the event log.'),
    inventoryIntervalS: z
      .number()
      .min(10)
      .max(86_400)
      .default(3600)
      .describe('Seconds between readings of versions.'),
  })
  .refine(oneSecret, { error: ONE_SECRET_MESSAGE, path: ['password'] });

export type IpmitoolSourceConfig = z.output<typeof ipmitoolSourceConfig>;
/** As written in a file, before defaults. */
export type IpmitoolSourceInput = z.input<typeof ipmitoolSourceConfig>;
