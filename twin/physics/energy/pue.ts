/** Ratios of a site, from its energies: a mean of ratios is not the ratio of the means. */
import { notNegative, positive } from '../number-check.ts';

/** Energy over one span, J or kWh, all alike. */
export interface SiteEnergy {
  readonly it: number;
  readonly ups: number;
  readonly pdu: number;
  readonly fans: number;
  readonly pumps: number;
  readonly chillers: number;
  readonly lights: number;
}

/** Everything that comes in over what IT takes: at least 1. */
export function pue(energy: SiteEnergy): number {
  for (const [name, value] of Object.entries(energy)) notNegative(name, value);
  positive('it', energy.it);
  const { it, ups, pdu, fans, pumps, chillers, lights } = energy;
  return (it + ups + pdu + fans + pumps + chillers + lights) / it;
}

/** A part of a site with a PUE of its own: its share of the IT energy, not of racks or floor. */
interface PuePart {
  readonly itShareRatio: number;
  readonly pue: number;
}

/** How far shares may be from adding up to 1: rounded percentages. */
const SHARE_TOLERANCE = 0.01;

/**
 * PUE of parts together: shares of IT energy times their PUE.
 * @throws RangeError if the shares do not add up to 1 (within 0.01, then scaled) or a PUE is
 *   below 1
 */
export function pueOfParts(parts: readonly PuePart[]): number {
  let shares = 0;
  let sum = 0;
  parts.forEach((part, i) => {
    notNegative(`parts[${i}].itShareRatio`, part.itShareRatio);
    if (!(part.pue >= 1)) throw new RangeError(`parts[${i}].pue must be 1 or more: ${part.pue}`);
    shares += part.itShareRatio;
    sum += part.itShareRatio * part.pue;
  });
  if (Math.abs(shares - 1) > SHARE_TOLERANCE) {
    throw new RangeError(`The parts' itShareRatio must add up to 1, not ${shares}`);
  }
  return sum / shares;
}

/**
 * Share of IT energy that one of two parts must have for both to reach a PUE; NaN is never given.
 * @returns undefined where no share between 0 and 1 does
 */
export function shareForPue(target: number, low: number, high: number): number | undefined {
  const share = low === high ? (target === low ? 0 : -1) : (high - target) / (high - low);
  return share >= 0 && share <= 1 ? share : undefined;
}

/** Racks of one kind: what counts in a mix is their power. */
export interface RackGroup {
  readonly rackCount: number;
  readonly rackW: number;
  readonly pue: number;
}

/** PUE of a mix given in racks. */
export function pueOfRacks(groups: readonly RackGroup[]): number {
  const powers = groups.map(group => {
    return notNegative('rackCount', group.rackCount) * notNegative('rackW', group.rackW);
  });
  const totalW = positive(
    'total rack power',
    powers.reduce((sum, power) => sum + power, 0),
  );
  return pueOfParts(
    groups.map((group, i) => ({ itShareRatio: powers[i] / totalW, pue: group.pue })),
  );
}
