/** A temperature loop: does it settle? */
import { z } from 'zod';
import { continuousPoles, sampledPoles } from '../physics/control/loop.ts';
import { type PublishedAnswer, publishedModel } from './model.ts';

export const loopPaper = publishedModel(
  'loop',
  z
    .object({
      plantGainCPerGHz: z.number(),
      plantTauS: z.number().positive(),
      kpGHzPerC: z.number(),
      kiGHzPerCS: z.number(),
      periodS: z.number().positive().optional(),
      delaySamples: z.int().min(0).max(198).optional(),
    })
    .refine(({ periodS, delaySamples }) => periodS !== undefined || !delaySamples, {
      path: ['delaySamples'],
      message: 'needs periodS: a loop in continuous time has no samples',
    }),
  (input): PublishedAnswer => {
    const plant = { gain: input.plantGainCPerGHz, tauS: input.plantTauS };
    const gains = { kp: input.kpGHzPerC, kiPerS: input.kiGHzPerCS };
    const { periodS, delaySamples = 0 } = input;
    if (periodS === undefined) {
      const { isStable, dominant } = continuousPoles(plant, gains);
      return { stable: isStable, poleRe: dominant.re, poleIm: dominant.im };
    }
    const sampled = sampledPoles(plant, gains, { periodS, delaySamples });
    return {
      stable: sampled.isStable,
      spectralRadius: sampled.spectralRadius,
      poleRe: sampled.dominant.re,
      poleIm: sampled.dominant.im,
    };
  },
);
