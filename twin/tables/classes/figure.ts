/**
 * Figures of the catalogue with their sources, whose mark follows from the function's name; and the
 * short form of a class that has nothing but figures.
 */
import type { Figure, Figures, HardwareClass } from '../catalogue.ts';
import type { Kind } from '../kinds.ts';

/** Seen in a public text. */
export const seen = (value: number, source: string): Figure => ({ value, mark: 'S', source });

/** From memory: to be verified before anything is bought or tripped by it. */
export const recalled = (value: number, source: string): Figure => ({ value, mark: 'M', source });

/** Computed from other figures. */
export const computed = (value: number, source: string): Figure => ({ value, mark: 'C', source });

/** A choice of Orrery where the field has no single figure. */
export const chosen = (value: number, source: string): Figure => ({ value, mark: 'D', source });

export const plainClass = (
  kind: Kind,
  id: string,
  title: string,
  figures: Figures,
): HardwareClass => ({ id, kind, title, figures });
