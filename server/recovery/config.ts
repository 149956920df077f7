/** How the data directory is configured. */
import { z } from 'zod';
import { historyConfig } from '../history/store/config.ts';
import { journalConfig } from '../journal/config.ts';

export const storageConfig = z.strictObject({
  dir: z
    .string()
    .optional()
    .describe('Data directory; without it nothing outlives the process. --data-dir goes first.'),
  snapshotMinutes: z
    .number()
    .min(1)
    .max(1440)
    .default(15)
    .describe('Between two snapshots: what a restart, or a look back, has to read of the journal.'),
  keepHours: z
    .number()
    .min(1)
    .max(24 * 90)
    .default(24)
    .describe('How far back any instant can be restored, from snapshots and the journal.'),
  journal: journalConfig.prefault({}),
  history: historyConfig.prefault({}),
});

export type StorageConfig = z.output<typeof storageConfig>;
