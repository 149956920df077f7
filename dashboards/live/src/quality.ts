/** What a value rests on, by the code in frames; the words are those of the REST interface. */
export const QUALITIES = ['missing', 'stale', 'modelled', 'derived', 'measured'] as const;
export type Quality = (typeof QUALITIES)[number];

export const QUALITY_CODE: Readonly<Record<Quality, number>> = {
  missing: 0,
  stale: 1,
  modelled: 2,
  derived: 3,
  measured: 4,
};

export const QUALITY_MEANING: Readonly<Record<Quality, string>> = {
  missing: 'no source gives it, or it vanished',
  stale: 'older than this signal may be: the last value seen',
  modelled: 'filled in by a model, not observed',
  derived: 'computed from measured values',
  measured: 'read from a sensor or counter',
};

export const qualityOf = (code: number): Quality => QUALITIES[code] ?? 'missing';

/** Values that describe the present. */
export const isCurrent = (code: number) => code >= QUALITY_CODE.modelled;
