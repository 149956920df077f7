/** The section of the configuration for queries. */
import { z } from 'zod';

export const promqlConfig = z.strictObject({
  timeoutS: z.number().min(0.1).max(600).default(30).describe('A query that takes longer fails.'),
  maxPoints: z.int().min(1).max(100_000).default(11_000).describe('Steps of a range query.'),
  maxSeries: z.int().min(1).default(100_000).describe('Series that one query may read.'),
  maxSamples: z
    .int()
    .min(1000)
    .default(20_000_000)
    .describe('Samples that one query may hold in memory, 9 to 16 bytes each.'),
  maxConcurrent: z.int().min(1).max(100).default(4).describe('At once; further ones wait.'),
});

export type PromqlConfig = z.output<typeof promqlConfig>;
