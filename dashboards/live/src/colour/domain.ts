/** From a value to a place on a ramp: domains, limit marks, round ends and ticks. */
import type { Unit } from '../../../../twin/index.ts';
import { RAMP_STEPS, type RampName } from './ramp.ts';

export interface Domain {
  readonly low: number;
  readonly high: number;
  readonly ramp: RampName;
  /** The low end is the bad one (headroom, margin): the ramp runs the other way. */
  readonly isFlipped: boolean;
  /** Where the limit lies, in the same unit as `low` and `high`. */
  readonly limit?: number;
}

/** The span of what is shown; empty input spans 0 to 1. */
export function spanOf(values: Iterable<number>): readonly [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

/** Ends on a step of 1, 2 or 5 times a power of ten, so that the legend has round numbers. */
export function roundSpan(low: number, high: number): readonly [low: number, high: number] {
  // A span that is only rounding noise of its values is one value.
  const noise = Math.max(Math.abs(low), Math.abs(high)) * 1e-6;
  const span = high - low > Math.max(noise, 1e-9) ? high - low : Math.abs(high) || 1;
  const step = tickStep(Math.max(span, 1e-9), 5);
  const from = Math.floor(low / step + 1e-9) * step;
  const to = Math.ceil(high / step - 1e-9) * step;
  return [from, to > from ? to : from + step];
}

function tickStep(span: number, count: number): number {
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find(one => one * power >= raw * 0.999) ?? 10;
  return factor * power;
}

/** Round values within the span, ends included when they are round themselves. */
export function ticks(low: number, high: number, count = 5): number[] {
  const step = tickStep(high - low, count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

interface DomainInput {
  readonly unit: Unit;
  readonly span: readonly [low: number, high: number];
  readonly limit?: number;
  readonly compare?: 'max' | 'min';
}

/** The domain of a signal from what is on the floor now and the limit, if there is one. */
export function domainOf({ unit, span, limit, compare = 'max' }: DomainInput): Domain {
  const isLimited = limit !== undefined && Number.isFinite(limit);
  const isFlipped = isLimited && compare === 'min';
  const shape = { ramp: isLimited ? 'load' : 'plain', isFlipped } as const;
  const mark = isLimited ? { limit } : {};
  if (unit === 'Flag') return { low: 0, high: 1, ...shape, ...mark };
  if (unit === 'Ratio' && span[0] >= 0 && span[1] <= 1.02 && (limit ?? 0) <= 1) {
    return { low: 0, high: 1, ...shape, ...mark };
  }
  const isTemperature = unit === 'C' || unit === 'K';
  const floor = isTemperature ? span[0] : Math.min(0, span[0]);
  const ends = isLimited ? [Math.min(floor, limit), Math.max(span[1], limit)] : [floor, span[1]];
  const [low, high] = roundSpan(ends[0], ends[1]);
  return { low, high, ...shape, ...mark };
}

/** Place 0-1 of a value on the ramp, clipped; the limit is always at the warm end or before it. */
export function placeOf(domain: Domain, value: number): number {
  const { low, high, limit, isFlipped } = domain;
  const end = limit !== undefined && !isFlipped && limit > low ? limit : high;
  const start = limit !== undefined && isFlipped && limit < high ? limit : low;
  const place = isFlipped ? (high - value) / (high - start) : (value - low) / (end - low);
  return Math.min(1, Math.max(0, place));
}

export const stepOf = (domain: Domain, value: number) =>
  Math.round(placeOf(domain, value) * (RAMP_STEPS - 1));

/** Beyond the limit in the direction that matters. */
export function isBreached(value: number, limit: number, compare: 'max' | 'min'): boolean {
  return compare === 'max' ? value > limit : value < limit;
}
