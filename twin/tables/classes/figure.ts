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
