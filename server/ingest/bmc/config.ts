/** What the configurations of BMC sources have in common. */
import { z } from 'zod';
import { kindField } from '../../config-fields.ts';

/** One way at most to give the password. */
export const oneSecret = (config: Record<string, unknown>) =>
  ['password', 'passwordEnv', 'passwordFile'].filter(key => config[key] !== undefined).length <= 1;

export const ONE_SECRET_MESSAGE = 'give only one of password, passwordEnv, passwordFile';

export const bmcFields = {
  /** Unique name of the source. */
  id: z.string().min(1),
  /** Entity that the BMC belongs to: a host, or the rack or CDU whose controller it is. */
  host: z.string().min(1),
  /** Kind of that entity. */
  entityKind: kindField.default('host'),
  username: z.string().optional(),
  password: z.string().optional(),
  passwordEnv: z.string().optional(),
  passwordFile: z.string().optional(),
  /** Seconds between polls; 1 Hz is the most without a boost. */
  intervalS: z.number().min(1).max(3600).default(1),
  /** Seconds that one poll may take; what is left over comes first in the next. */
  pollBudgetS: z.number().min(1).max(600).default(15),
  /** Number of the first part of a kind where names alone would mislead: `{ gpu: 1 }`. */
  firstNumber: z.partialRecord(kindField, z.number().int().min(0)).default({}),
  /** Log entries taken at the first reading of a log; older ones are counted, not sent. */
  logBacklog: z.number().int().min(0).max(10_000).default(100),
} as const;
