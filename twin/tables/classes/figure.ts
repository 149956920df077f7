/** Figures of the catalogue with their sources; the mark follows from the function's name. */
import type { Figure } from '../catalogue.ts';

/** Seen in a public text. */
export const seen = (value: number, source: string): Figure => ({ value, mark: 'S', source });

/** From memory: to be verified before anything is bought or tripped by it. */
export const recalled = (value: number, source: string): Figure => ({ value, mark: 'M', source });

/** Computed from other figures. */
export const computed = (value: number, source: string): Figure => ({ value, mark: 'C', source });

/** A choice of Orrery where the field has no single figure. */
export const chosen = (value: number, source: string): Figure => ({ value, mark: 'D', source });

const SQRT3 = Math.sqrt(3);
const CONTINUOUS_RATIO = 0.8;

/** Power that a single-phase circuit may carry for hours: 80 % of its breaker. */
export const singlePhaseW = (ratedA: number, ratedV: number): Figure =>
  computed(
    Math.round(ratedA * ratedV * CONTINUOUS_RATIO),
    `80 % of ${ratedA} A at ${ratedV} V: breakers carry 80 % continuously`,
  );

/** The same for three phases; `ratedV` is between phases. */
export const threePhaseW = (ratedA: number, ratedV: number): Figure =>
  computed(
    Math.round(SQRT3 * ratedA * ratedV * CONTINUOUS_RATIO),
    `80 % of three phases of ${ratedA} A at ${ratedV} V: breakers carry 80 % continuously`,
  );
