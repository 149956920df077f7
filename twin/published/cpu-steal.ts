/** Published figures of CPU steal under oversubscription. */
import { z } from 'zod';
import { stealRatio } from '../physics/host/cpu.ts';
import { publishedModel } from './model.ts';

const input = z.object({
  oversubscription: z.number().positive(),
  utilRatio: z.number().min(0).max(1),
});

export const cpuStealPaper = publishedModel('cpu_steal', input, asked => ({
  stealRatio: stealRatio(asked.oversubscription, asked.utilRatio),
}));
