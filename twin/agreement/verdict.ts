/** What kind of fault makes a sensor show `shown` where it should show `should`. */
import { AGREEMENT, UNIT_SLIPS } from '../tables/agreement.ts';
import { LEARNING } from '../tables/agreement-learning.ts';
import { SIGNALS } from '../tables/signals.ts';
import type { SensorFault } from './finding.ts';

export interface Verdict {
  readonly fault: SensorFault;
  readonly factor?: number;
  readonly offsetK?: number;
  readonly unit?: string;
}

const UNIT_TOLERANCE_K = LEARNING.unitToleranceK.value;

export function verdictOf(signal: number, shown: number, should: number): Verdict {
  const { unit } = SIGNALS[signal];
  const factor = should === 0 ? Number.MAX_VALUE : shown / should;
  const slip = UNIT_SLIPS.find(each =>
    unit === 'C' ? fitsTemperature(each, shown, should) : each.of === 'W' && fits(each, factor),
  );
  if (slip) return { fault: 'unit', unit: slip.id, ...(unit === 'C' ? {} : { factor }) };
  if (unit === 'C') return { fault: 'offset', offsetK: shown - should, factor };
  if (factor < AGREEMENT.deadRatio.value) return { fault: 'dead', factor };
  return { fault: 'scale', factor };
}

/** No scale is off by hundreds: there the nearest unit is meant, however well the load is known. */
const fits = ({ factor }: { factor: number }, ratio: number) => {
  const isFar = Math.abs(Math.log10(factor)) >= 2;
  const tolerance = isFar ? Math.log(10) / 2 : AGREEMENT.unitToleranceRatio.value;
  return Math.abs(Math.log(ratio / factor)) < tolerance;
};

const fitsTemperature = (
  { of, factor, offset }: (typeof UNIT_SLIPS)[number],
  shown: number,
  should: number,
) =>
  of === 'C' &&
  Math.abs(shown - (should * factor + offset)) < UNIT_TOLERANCE_K * Math.max(1, factor / 2);

const DRIFT_BLOCKS = LEARNING.driftBlocks.value;
const DRIFT_PART = LEARNING.driftPart.value;

/**
 * Whether the deviations of a sensor, a block each and oldest first, grow all the time: the later
 * half is beyond the earlier one by a good part of the whole.
 */
export function isDrift(deviations: readonly number[]): boolean {
  if (deviations.length < DRIFT_BLOCKS) return false;
  const third = Math.floor(deviations.length / 3);
  const mean = (part: readonly number[]) => part.reduce((a, b) => a + b, 0) / part.length;
  const early = mean(deviations.slice(0, third));
  const midway = mean(deviations.slice(third, -third));
  const late = mean(deviations.slice(-third));
  const grown = (late - early) * Math.sign(late);
  return (
    grown > DRIFT_PART * Math.abs(late) && (late - midway) * (midway - early) > 0.05 * grown * grown
  );
}

/** How far a GPU reads too hot in one block, and the rise over its inlet that was to be expected. */
interface Heat {
  readonly offK: number;
  readonly riseK: number;
}

/**
 * Whether a GPU that reads too hot is so: bad cooling is a part of the rise and goes with the load, an
 * error of the sensor stays. Where the load stayed, what fails more often is meant.
 */
export function isOfCooling(heats: readonly Heat[]): boolean {
  const known = heats.filter(({ riseK }) => riseK > 0);
  const sum = (of: (heat: Heat) => number) => known.reduce((total, heat) => total + of(heat), 0);
  const meanK = sum(({ offK }) => offK) / Math.max(1, known.length);
  const part =
    sum(({ offK, riseK }) => offK * riseK) /
    Math.max(
      1,
      sum(({ riseK }) => riseK ** 2),
    );
  const constant = sum(({ offK }) => (offK - meanK) ** 2);
  const proportional = sum(({ offK, riseK }) => (offK - part * riseK) ** 2);
  const { hotNats, hotErrorK } = AGREEMENT;
  return (constant - proportional) / (2 * hotErrorK.value ** 2) + hotNats.value > 0;
}
