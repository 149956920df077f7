/** A first-order plant under proportional-integral control: poles, and whether it settles. */
import { type Complex, rootsOf } from './polynomial.ts';

/** `K / (tau s + 1)`, with K in output per input: K per GHz for temperature against clock. */
export interface Plant {
  readonly gain: number;
  readonly tauS: number;
}

/**
 * `u = -(kp e + ki integral of e)`, e = output - set point: a plant of positive gain is driven down
 * when it is too high. Gains below 0 are the wrong sign.
 */
export interface Gains {
  readonly kp: number;
  readonly kiPerS: number;
}

export interface Sampling {
  /** The input is held for so long, s. */
  readonly periodS: number;
  /** What is computed acts this many samples later; whole, 0 to 198. */
  readonly delaySamples: number;
  /** Whether the integral takes in an error before it first acts on it; not unless told. */
  readonly integratesFirst?: boolean;
}

interface LoopPoles {
  /** The pole that decides: the rightmost, or the one furthest out; the upper one of a pair. */
  readonly dominant: Complex;
  readonly poles: readonly Complex[];
  readonly isStable: boolean;
}

interface SampledPoles extends LoopPoles {
  /** Size of the furthest pole: disturbances shrink by it every period when below 1. */
  readonly spectralRadius: number;
}

/** On the edge is not stable; roots are known no better than this. */
const EDGE = 1e-9;

/**
 * Poles of the loop in continuous time: `tau s^2 + (1 + K kp) s + K ki = 0`, rad/s. Without an
 * integral the equation loses its root at 0.
 */
export function continuousPoles(plant: Plant, gains: Gains): LoopPoles {
  checkLoop(plant, gains);
  const { gain, tauS } = plant;
  const { kp, kiPerS } = gains;
  const hasIntegral = kiPerS !== 0;
  const poles = rootsOf(hasIntegral ? [tauS, 1 + gain * kp, gain * kiPerS] : [tauS, 1 + gain * kp]);
  const dominant = upperMost(poles, pole => pole.re);
  return { dominant, poles, isStable: dominant.re < -EDGE / tauS };
}

/**
 * Poles of the sampled loop. The plant with its input held is `x' = a x + K (1 - a) u`,
 * `a = exp(-T / tau)`; the controller `u = -(kp x + I)`, `I' = I + ki T x`, acting d samples later;
 * so `(z - a)(z - 1) z^d + K (1 - a)(kp (z - 1) + ki T) = 0`; with `integratesFirst` ki T z in the
 * place of ki T, which is stable to a lower gain.
 */
export function sampledPoles(plant: Plant, gains: Gains, sampling: Sampling): SampledPoles {
  checkLoop(plant, gains);
  const { periodS, delaySamples } = sampling;
  if (!(periodS > 0) || !Number.isFinite(periodS)) {
    throw new RangeError(`periodS ${periodS} must be above 0`);
  }
  if (!Number.isInteger(delaySamples) || delaySamples < 0 || delaySamples > 198) {
    throw new RangeError(`delaySamples ${delaySamples} must be whole, 0 to 198`);
  }
  const poles = rootsOf(sampledPolynomial(plant, gains, sampling));
  const dominant = upperMost(poles, sizeOf);
  const spectralRadius = sizeOf(dominant);
  return { dominant, poles, spectralRadius, isStable: spectralRadius < 1 - EDGE };
}

function sampledPolynomial(
  { gain, tauS }: Plant,
  { kp, kiPerS }: Gains,
  { periodS, delaySamples, integratesFirst }: Sampling,
): number[] {
  const a = Math.exp(-periodS / tauS);
  const b = -gain * Math.expm1(-periodS / tauS);
  const hasIntegral = kiPerS !== 0;
  const open = hasIntegral ? [1, -1 - a, a] : [1, -a];
  const [now, later] = integratesFirst ? [kiPerS * periodS, 0] : [0, kiPerS * periodS];
  const back = hasIntegral ? [b * (kp + now), b * (later - kp)] : [b * kp];
  const whole = [...open, ...new Array<number>(delaySamples).fill(0)];
  back.forEach((each, i) => {
    whole[whole.length - back.length + i] += each;
  });
  return whole;
}

function checkLoop({ gain, tauS }: Plant, { kp, kiPerS }: Gains) {
  if (!(tauS > 0)) throw new RangeError(`tauS ${tauS} must be above 0`);
  if (![gain, tauS, kp, kiPerS].every(Number.isFinite)) {
    throw new RangeError('plant and gains must be finite');
  }
}

const sizeOf = ({ re, im }: Complex) => Math.hypot(re, im);

/** Below this part of its size an imaginary part is what the search for roots left over. */
const ROUNDING = 1e-12;

/** The pole with the most of something; of a pair that ties the upper one. */
const upperMost = (poles: readonly Complex[], measure: (pole: Complex) => number) => {
  const top = poles.reduce((best, pole) => (measure(pole) > measure(best) ? pole : best));
  const im = Math.abs(top.im);
  return { re: top.re, im: im > ROUNDING * sizeOf(top) ? im : 0 };
};

/**
 * Gains by lambda tuning: `kp = tau / (K (lambda + theta))`, `ki = kp / tau`, so that the integral
 * cancels the plant's pole and the loop settles with the time constant lambda.
 * @param lambdaS wanted time constant, s; at least the dead time
 * @param deadTimeS theta, s: half a period for the hold and one for each sample of delay
 */
export function lambdaTuning(plant: Plant, lambdaS: number, deadTimeS: number): Gains {
  if (!(lambdaS > 0) || !(deadTimeS >= 0) || !(plant.gain > 0)) {
    throw new RangeError('lambdaS and gain must be above 0, deadTimeS not below');
  }
  const kp = plant.tauS / (plant.gain * (lambdaS + deadTimeS));
  return { kp, kiPerS: kp / plant.tauS };
}

/**
 * The largest plant gain for which the sampled loop is stable, by halving; 0 if none is.
 * @param gainMax where to stop looking
 */
export function gainMargin(tauS: number, gains: Gains, sampling: Sampling, gainMax = 1e4): number {
  const isStable = (gain: number) => sampledPoles({ gain, tauS }, gains, sampling).isStable;
  let [low, high] = [0, 1e-6];
  while (high < gainMax && isStable(high)) [low, high] = [high, high * 2];
  if (high >= gainMax && isStable(gainMax)) return gainMax;
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2;
    if (isStable(middle)) low = middle;
    else high = middle;
  }
  return low;
}
