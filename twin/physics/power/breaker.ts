/** Breakers: what may flow for hours, and how long an overload is borne. */
import { CONSTANTS } from '../../tables/constants.ts';
import { BREAKER } from '../../tables/physics/power.ts';
import { notNegative, positive } from '../number-check.ts';

const CONTINUOUS_RATIO = CONSTANTS.breakerContinuousRatio.value;
const TRIP_HEAT_S = BREAKER.tripHeatS.value;

interface BreakerRating {
  /** Power at the rated current, W. */
  readonly tripW: number;
  /** What may be drawn for hours: 80 % of it. */
  readonly continuousW: number;
}

/**
 * @param ratedV between the wires of one phase, or between phases for three
 * @param phases 1 or 3
 */
export function breakerRating(ratedA: number, ratedV: number, phases: 1 | 3): BreakerRating {
  positive('ratedA', ratedA);
  positive('ratedV', ratedV);
  const tripW = (phases === 3 ? Math.sqrt(3) : 1) * ratedA * ratedV;
  return { tripW, continuousW: CONTINUOUS_RATIO * tripW };
}

/**
 * Heat of a breaker after `dtS` more: `∫(i² - 1) dt`, s, never below zero. No checks, no
 * allocation. It trips at `breakerTripHeatS`.
 * @param loadRatio current over the rated one (power, at the same voltage)
 */
export const breakerHeatS = (heatS: number, loadRatio: number, dtS: number) =>
  Math.max(0, heatS + (loadRatio * loadRatio - 1) * dtS);

export const breakerTripHeatS = TRIP_HEAT_S;

/** Time until it trips at a steady load, s; infinite at or below the rating. */
export function timeToTripS(heatS: number, loadRatio: number): number {
  notNegative('heatS', heatS);
  notNegative('loadRatio', loadRatio);
  if (heatS >= TRIP_HEAT_S) return 0;
  return loadRatio <= 1
    ? Number.POSITIVE_INFINITY
    : (TRIP_HEAT_S - heatS) / (loadRatio * loadRatio - 1);
}
