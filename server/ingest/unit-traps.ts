/**
 * Values that are impossible in the unit a mapping promises and plausible in another: percent for
 * a ratio, kelvin for Celsius, milliwatts for watts. Refused, counted, and listed with the guess.
 */
import { SIGNALS, type Unit } from '../../twin/index.ts';
import type { Profile } from './profile.ts';

export interface UnitTrap {
  /** The metric with its labels. */
  readonly series: string;
  /** Dense index of the entity. */
  readonly entity: number;
  readonly signal: string;
  /** The last suspect value, in what the mapping takes for the signal's unit. */
  value: number;
  readonly looksLike: string;
  count: number;
}

interface Guess {
  readonly looksLike: string;
  readonly convert: (value: number) => number;
  /** The guess must be at least this much of the highest possible value. */
  readonly leastRatio?: number;
}

const LISTED = 100;

/** Anything times a thousand is out of range somewhere: the guess has to be a usual value. */
const USUAL_RATIO = 0.01;
const thousandth: Guess = {
  looksLike: 'a thousandth of the unit',
  convert: v => v / 1000,
  leastRatio: USUAL_RATIO,
};
const GUESSES: Partial<Record<Unit, readonly Guess[]>> = {
  Ratio: [{ looksLike: 'percent', convert: v => v / 100 }],
  C: [
    { looksLike: 'kelvin', convert: v => v - 273.15 },
    { looksLike: 'degrees Fahrenheit', convert: v => ((v - 32) * 5) / 9 },
    thousandth,
  ],
};

type Describe = (series: number) => Pick<UnitTrap, 'series' | 'entity'>;

export class UnitTraps {
  private readonly traps = new Map<number, UnitTrap>();
  private readonly describe: Describe;

  constructor(describe: Describe) {
    this.describe = describe;
  }

  /** @returns whether an out-of-range value of a series looks like one of another unit */
  isTrap(series: number, value: number, profile: Profile): boolean {
    const { id, unit } = SIGNALS[profile.signal];
    const guess = (GUESSES[unit] ?? [thousandth]).find(({ convert, leastRatio }) => {
      const converted = convert(value);
      const isUsual = leastRatio === undefined || converted >= profile.max * leastRatio;
      return isUsual && converted >= profile.min && converted <= profile.max;
    });
    if (guess === undefined) return false;
    const known = this.traps.get(series);
    if (known) {
      known.value = value;
      known.count++;
    } else if (this.traps.size < LISTED) {
      const { looksLike } = guess;
      this.traps.set(series, { ...this.describe(series), signal: id, value, looksLike, count: 1 });
    }
    return true;
  }

  list(): readonly UnitTrap[] {
    return [...this.traps.values()];
  }

  /** Starts the list anew, as when ids or indices change. */
  clear(): void {
    this.traps.clear();
  }
}
