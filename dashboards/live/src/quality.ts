/** What a value rests on, by the code in frames; the words are those of the REST interface. */
import { MODELLED, QUALITIES, type Quality } from '../../../twin/index.ts';

export const QUALITY_MEANING: Readonly<Record<Quality, string>> = {
  missing: 'no source gives it, or it vanished',
  stale: 'older than this signal may be: the last value seen',
  modelled: 'filled in by a model, not observed',
  derived: 'computed from measured values',
  measured: 'read from a sensor or counter',
};

export const qualityOf = (code: number): Quality => QUALITIES[code] ?? 'missing';

/** Values that describe the present. */
export const isCurrent = (code: number) => code >= MODELLED;
