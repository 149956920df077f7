/**
 * Randomness of the plant: a sequential generator for decisions (job arrivals) and a hash for
 * sensor noise, so that a reading depends on seed, sensor and instant, never on who asked before.
 */

/** 32-bit mix of three integers (murmur finaliser); uniform over all 2^32 values. */
export function hash32(seed: number, stream: number, step: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ Math.imul(step + 1, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 13), 0x297a2d39);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Uniform in [0, 1). */
export const unit = (seed: number, stream: number, step: number) =>
  hash32(seed, stream, step) / 0x1_0000_0000;

/** Bounded bell-like noise: unit deviation, never beyond 2.45 (a triangular distribution). */
export function noise(seed: number, stream: number, step: number): number {
  const h = hash32(seed, stream, step);
  return ((h & 0xffff) + (h >>> 16) - 0xffff) * (2.4495 / 0xffff);
}

/** Fixed deviation of one part from its nominal value, in [-1, 1]. */
export const spread = (seed: number, stream: number, part: number) =>
  2 * unit(seed, stream, part) - 1;

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Integer in [0, n). */
  below(n: number): number;
  /** Exponential with this mean. */
  exponential(mean: number): number;
}

/** Sequential generator: the hash of a counter. */
export function createRandom(seed: number): Random {
  let count = 0;
  const next = () => unit(seed, 0x51ed, count++);
  return {
    next,
    below: n => Math.floor(next() * n),
    exponential: mean => -mean * Math.log(1 - next()),
  };
}

/** Streams of the hash: one number per kind of sensor or spread, so that none repeats another. */
export const STREAM = {
  gpuResistance: 1,
  gpuPower: 2,
  gpuDemand: 4,
  inferenceLoad: 6,
  bmcGain: 8,
  bmcNoise: 9,
  inletOffset: 10,
  inletNoise: 11,
  psuShare: 12,
  outletGain: 13,
  outletNoise: 14,
  rackLeak: 15,
  crahPhase: 16,
  fanNoise: 17,
  dropout: 18,
  ecc: 19,
  uuid: 20,
  clockOffset: 21,
  bootTime: 22,
  mains: 24,
  hostOff: 25,
  xid: 26,
  gpuEcc: 27,
} as const;
