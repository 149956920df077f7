/** Efficiency of a CRAC by its supply temperature. */
import { z } from 'zod';
import { cracCop } from '../physics/energy/chiller.ts';
import { publishedModel } from './model.ts';

export const cracCopPaper = publishedModel(
  'crac_cop',
  z.object({ supplyC: z.number().min(0).max(50) }),
  ({ supplyC }) => {
    const cop = cracCop(supplyC);
    return { cop, kwPerItKw: 1 / cop };
  },
);
