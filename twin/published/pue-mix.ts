/** PUE of a site of parts with different ones, from energies. */
import { z } from 'zod';
import { pueOfParts } from '../physics/energy/pue.ts';
import { publishedModel } from './model.ts';

const part = z.object({ itShareRatio: z.number().min(0).max(1), pue: z.number().min(1) });

export const pueMixPaper = publishedModel(
  'pue_mix',
  z.object({ parts: z.array(part).min(1) }),
  ({ parts }) => ({ pue: pueOfParts(parts) }),
);
