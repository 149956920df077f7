/** What the configurations of BMC sources have in common. */
import { z } from 'zod';
import { kindField } from '../../config-fields.ts';

/** One way at most to give the password. */
export const oneSecret = (config: Record<string, unknown>) =>
  ['password', 'passwordEnv', 'passwordFile'].filter(key => config[key] !== undefined).length <= 1;

export const ONE_SECRET_MESSAGE = 'give only one of password, passwordEnv, passwordFile';

export const bmcFields = {
  id: z.string().min(1).describe('Unique name of the source.'),
  host: z
    .string()
    .min(1)
    .describe('Entity that the BMC belongs to: a host, or the rack or CDU whose controller it is.'),
  entityKind: kindField.default('host').describe('Kind of that entity.'),
  username: z.string().optional().describe('User name.'),
  password: z
    .string()
    .optional()
    .describe('The password itself; better in the environment or a file.'),
  passwordEnv: z.string().optional().describe('Environment variable with the password.'),
  passwordFile: z.string().optional().describe('File with the password, read at each login.'),
  intervalS: z
    .number()
    .min(1)
    .max(3600)
    .default(1)
    .describe('Seconds between polls; 1 Hz is the most without a boost.'),
  pollBudgetS: z
    .number()
    .min(1)
    .max(600)
    .default(15)
    .describe('Seconds that one poll may take; what is left over comes first in the next.'),
  firstNumber: z
    .partialRecord(kindField, z.number().int().min(0))
    .default({})
    .describe('Number of the first part of a kind where names alone would mislead: `{ gpu: 1 }`.'),
  logBacklog: z
    .int()
    .min(0)
    .max(10_000)
    .default(100)
    .describe('Log entries taken at the first reading of a log; older ones are counted, not sent.'),
} as const;
