/** The section `history` of the configuration: how much is kept, and what the worker may use. */
import { z } from 'zod';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

const keep = (defaultS: number, what: string) =>
  z.number().min(HOUR_S).default(defaultS).describe(`Seconds that ${what} are kept.`);

export const historyConfig = z.strictObject({
  keepRawS: keep(DAY_S, 'samples as they came'),
  keepMinutesS: keep(30 * DAY_S, 'roll-ups of 1 minute'),
  keepQuartersS: keep(365 * DAY_S, 'roll-ups of 15 minutes'),
  keepHoursS: keep(5 * 365 * DAY_S, 'roll-ups of 1 hour'),
  maxBytes: z
    .int()
    .min(1024 * 1024)
    .default(200 * 2 ** 30)
    .describe('Disk for all of them; the oldest of the finest goes first.'),
  flushRows: z
    .int()
    .min(1000)
    .max(32_000_000)
    .default(4_000_000)
    .describe('Samples gathered in memory, 20 bytes each, before they become a file.'),
  flushS: z
    .number()
    .min(1)
    .max(HOUR_S)
    .default(300)
    .describe('Seconds after which they do, however few.'),
});

export type HistoryConfig = z.output<typeof historyConfig>;
