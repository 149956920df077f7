/** How far a value can be trusted, as stored in a byte; a higher code is the better evidence. */
export const QUALITIES = ['missing', 'stale', 'modelled', 'derived', 'measured'] as const;
export type Quality = (typeof QUALITIES)[number];

export const MISSING = 0;
export const STALE = 1;
export const MODELLED = 2;
export const DERIVED = 3;
export const MEASURED = 4;

/** A value that stays away for this many times its `staleAfterS` is missing, not only stale. */
export const MISSING_AFTER_STALE = 10;
