/** Configuration of an ipmitool source: one BMC read over IPMI 2.0 (RMCP+). */
import { z } from 'zod';
import { bmcFields, ONE_SECRET_MESSAGE, oneSecret } from '../bmc/config.ts';

export const ipmitoolSourceConfig = z
  .strictObject({
    ...bmcFields,
    kind: z.literal('ipmitool'),
    /** Host name or address of the BMC. */
    address: z.string().regex(/^[^\s-][^\s]*$/, 'a host name or address'),
    port: z.number().int().min(1).max(65_535).default(623),
    /** Cipher suite: 17 is the strongest, 3 is what old BMCs have. */
    cipherSuite: z.number().int().min(1).max(17).default(3),
    /** Privilege of the session; reading needs `USER`, a SEL on some BMCs `OPERATOR`. */
    privilege: z.enum(['USER', 'OPERATOR', 'ADMINISTRATOR']).optional(),
    /** Program to run. */
    command: z.string().min(1).default('ipmitool'),
    /** Every command makes a session and reads the sensors one by one: seconds on real BMCs. */
    intervalS: bmcFields.intervalS.default(10),
    pollBudgetS: bmcFields.pollBudgetS.default(60),
    commandTimeoutS: z.number().min(0.1).max(300).default(30),
    /** Seconds between readings of power state, discrete sensors and the event log. */
    healthIntervalS: z.number().min(1).max(3600).default(30),
    inventoryIntervalS: z.number().min(10).max(86_400).default(3600),
  })
  .refine(oneSecret, { error: ONE_SECRET_MESSAGE, path: ['password'] });

export type IpmitoolSourceConfig = z.output<typeof ipmitoolSourceConfig>;
/** As written in a file, before defaults. */
export type IpmitoolSourceInput = z.input<typeof ipmitoolSourceConfig>;
