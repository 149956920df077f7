/** Efficiency and loss of a power supply by its 80 PLUS rating. */
import { z } from 'zod';
import { psuCurve, psuEfficiency, psuLossRatio } from '../physics/power/psu.ts';
import { PSU_RATINGS, type PsuRating } from '../tables/physics/power.ts';
import { publishedModel } from './model.ts';

const ratings = Object.keys(PSU_RATINGS) as [PsuRating, ...PsuRating[]];

/** As sheets print it: `Titanium`, `80 PLUS Platinum`, `80+ Gold`. */
export const psuRating = z
  .string()
  .transform(rating =>
    rating
      .toLowerCase()
      .replace(/^\s*80\W*(plus)?\W*/, '')
      .trim(),
  )
  .pipe(z.enum(ratings));

const input = z.object({
  rating: psuRating,
  ratedW: z.number().positive(),
  loadRatio: z.number().min(0).max(1),
});

export const psuCurvePaper = publishedModel('psu_curve', input, asked => {
  const curve = psuCurve(PSU_RATINGS[asked.rating]);
  return {
    efficiencyRatio: psuEfficiency(curve, asked.loadRatio),
    lossW: asked.ratedW * psuLossRatio(curve, asked.loadRatio),
  };
});
