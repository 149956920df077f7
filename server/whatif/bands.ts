/** How far the answer to a what-if may be believed, from the record of the models that made it. */
import type { Kind, WhatIfAnswer } from '../../twin/index.ts';
import type { PastTrust } from '../calibration/past.ts';

/** Kinds whose modelled power is scored; other layers borrow the record of a host. */
const POWER = { signal: 'powerW', horizonS: 0 } as const;

/**
 * Adds a 90 % band to what each layer of power and cooling will carry: the load before is measured,
 * so the band is of what the changes add. Errors of many hosts cancel in part; the record of the
 * layer's own kind knows that, and where there is none the record of a host is on the safe side.
 */
export function withBands(answer: WhatIfAnswer, trust: PastTrust | undefined): WhatIfAnswer {
  if (!trust) return answer;
  const { calibration } = trust;
  const layers = answer.layers.map(layer => {
    const band =
      calibration.band({ kind: layer.kind as Kind, ...POWER }) ??
      calibration.band({ kind: 'host', ...POWER });
    const addedW = Math.abs(layer.after.load - layer.before.load);
    const { load } = layer.after;
    // What is cut off carries nothing, which is certain.
    if (!band?.isRelative || layer.unit !== 'W' || load === 0) return layer;
    const of = { low: Math.max(0, load + band.low * addedW), high: load + band.high * addedW };
    const coverage = Number.isFinite(band.coverageRatio) ? band.coverageRatio : null;
    return { ...layer, after: { ...layer.after, band: { ...of, coverage } } };
  });
  return { ...answer, layers };
}
