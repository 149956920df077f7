/**
 * A level that is not known well, foretold block after block: how likely was what came, and what is
 * believed of the level after it (normal, of known noise). A block in fifty may be anything.
 */

/** What is believed of the level. */
export interface Foretold {
  mean: number;
  variance: number;
}

/** Part of the blocks that are spoilt by a start or an end of work, and their density: over +-1.5. */
const STRAY_PART = 0.02;
const STRAY_DENSITY = 1 / 3;
/** A block further off, in standard deviations, teaches nothing. */
const MOST_LEARNT = 4;

/** @param noise standard deviation of one block @returns log of the density, nats */
export function foretell(level: Foretold, value: number, noise: number): number {
  const variance = level.variance + noise * noise;
  const off = value - level.mean;
  const z2 = (off * off) / variance;
  const density = Math.exp(-z2 / 2) / Math.sqrt(2 * Math.PI * variance);
  if (z2 < MOST_LEARNT * MOST_LEARNT) {
    level.mean += (off * level.variance) / variance;
    level.variance *= (noise * noise) / variance;
  }
  return Math.log((1 - STRAY_PART) * density + STRAY_PART * STRAY_DENSITY);
}
