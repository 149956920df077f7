/** How the journal is configured; without a data directory there is none. */
import { z } from 'zod';

export const journalConfig = z.strictObject({
  segmentMiB: z
    .number()
    .min(1)
    .max(1024)
    .default(64)
    .describe('Size at which a file of the journal is closed and the next one begun.'),
  segmentMinutes: z
    .number()
    .min(1)
    .max(1440)
    .default(60)
    .describe('Age at which a file of the journal is closed and the next one begun.'),
  maxPendingMiB: z
    .number()
    .min(4)
    .max(4096)
    .default(128)
    .describe('Memory for what waits for a slow or full disk; from half of it senders get 503.'),
});
