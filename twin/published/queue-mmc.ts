/** Published values of the Erlang C formula. */
import { z } from 'zod';
import { erlang } from '../physics/host/queue.ts';
import { publishedModel } from './model.ts';

const input = z.object({
  servers: z.int().min(1).max(10_000_000),
  offeredErlangs: z.number().min(0),
});

export const queueMmcPaper = publishedModel('queue_mmc', input, asked => {
  const { waitProbability, isStable } = erlang(asked.servers, asked.offeredErlangs);
  const note = `${asked.offeredErlangs} erlangs keep ${asked.servers} servers from ever catching up`;
  return { waitProbability, stable: isStable, ...(isStable ? {} : { note }) };
});
