/** The fewest hosts by totals of resources. */
import { z } from 'zod';
import { fewestHosts } from '../place/bin-bound.ts';
import { publishedModel } from './model.ts';

const amounts = z
  .record(z.string(), z.number().nonnegative())
  .refine(by => Object.keys(by).length > 0, 'empty; name at least one resource');

export const binBoundPaper = publishedModel(
  'bin_bound',
  z.object({
    needs: amounts,
    capacity: amounts,
    itemsPerHostWhole: z.union([z.boolean(), z.number().positive(), amounts]).optional(),
  }),
  ({ needs, capacity, itemsPerHostWhole }) => ({
    hosts: fewestHosts(needs, capacity, itemsPerHostWhole),
    ...(itemsPerHostWhole ? { fluidHosts: fluidHosts(needs, capacity) } : {}),
  }),
);

/** The bound if everything could be cut at will, over the resources that hosts have. */
function fluidHosts(needs: Record<string, number>, capacity: Record<string, number>): number {
  const bounded = Object.entries(needs).filter(([resource]) => Object.hasOwn(capacity, resource));
  return bounded.length === 0 ? 0 : fewestHosts(Object.fromEntries(bounded), capacity);
}
