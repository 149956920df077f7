/** What all series of one mapping row share, so that a series carries an index instead of it. */
import { type ShedClass, SIGNALS } from '../../twin/index.ts';
import type { Binding } from './binding.ts';

const GAUGE = 0;
export const RATE = 1;
export const INCREASE_1H = 2;
export const TEXT = 3;
const MODES = { gauge: GAUGE, rate: RATE, increase1h: INCREASE_1H } as const;

export const NO_COMBINE = 0;
export const SUM = 1;
export const MEAN = 2;
export const MAX = 3;
export const MIN = 4;
const COMBINES = { sum: SUM, mean: MEAN, max: MAX, min: MIN } as const;

/** Higher is given up earlier; what bears a limit never. */
const SHED_CLASSES: Readonly<Record<ShedClass, number>> = {
  limit: 0,
  operational: 1,
  informational: 2,
};

export interface Profile {
  readonly signal: number;
  readonly mode: number;
  readonly combine: number;
  /** True when a sample is the value, once scaled: the short way through the gate. */
  readonly plain: boolean;
  readonly shedClass: number;
  readonly scale: number;
  readonly offset: number;
  readonly min: number;
  readonly max: number;
  /** How far beyond its ends a value is taken for the end. */
  readonly slack: number;
  readonly staleAfterMs: number;
  readonly rank: number;
}

/**
 * A share of time worked out from a counter passes its ends by the jitter of the scrapes: a core that
 * idles reads 1.01 s a second now and then.
 */
const JITTER_RATIO = 0.1;

/** After a silence this long a counter starts anew: its mean rise since then says little of now. */
export const MAX_GAP_MS = 3_600_000;

const UNBOUND: Binding = {
  entity: -1,
  cell: -1,
  signal: -1,
  scale: 1,
  offset: 0,
  mode: 'gauge',
  shed: 'limit',
  min: 0,
  max: 0,
  staleAfterS: 0,
};

/** What the 16-bit column of series can tell apart. */
const MAX_PROFILES = 0xffff;

/** Profiles of series that go nowhere: no entity was found, or no row has a use for them. */
export const UNMATCHED = 0;
export const IGNORED = 1;

export class Profiles {
  readonly list: Profile[] = [newProfile(UNBOUND), newProfile(UNBOUND)];
  private readonly bySignal = new Map<number, number[]>();

  /** @throws RangeError when the binding is out of its own terms: no such signal, NaN conversion */
  index(binding: Binding): number {
    const candidates = this.bySignal.get(binding.signal) ?? [];
    for (const index of candidates) if (isOf(this.list[index], binding)) return index;
    const { signal, scale, offset, min, max } = binding;
    const isWhole = ![scale, offset, min, max].some(Number.isNaN) && SIGNALS[signal] !== undefined;
    if (!isWhole || this.list.length > MAX_PROFILES) {
      const why = isWhole ? 'is one conversion too many' : 'is not whole';
      throw new RangeError(`binding ${why}: ${JSON.stringify(binding)}`);
    }
    const index = this.list.push(newProfile(binding)) - 1;
    candidates.push(index);
    this.bySignal.set(signal, candidates);
    return index;
  }
}

const modeOf = ({ text, mode }: Binding) => (text === undefined ? MODES[mode] : TEXT);

const combineOf = ({ text, combine }: Binding) =>
  text !== undefined || combine === undefined ? NO_COMBINE : COMBINES[combine];

/** Whether a series that is bound so has this profile. */
const isOf = (profile: Profile, binding: Binding) =>
  profile.scale === binding.scale &&
  profile.offset === binding.offset &&
  profile.rank === (binding.rank ?? 0) &&
  profile.mode === modeOf(binding) &&
  profile.combine === combineOf(binding) &&
  profile.shedClass === SHED_CLASSES[binding.shed] &&
  profile.min === binding.min &&
  profile.max === binding.max &&
  profile.staleAfterMs === binding.staleAfterS * 1000;

function newProfile(binding: Binding): Profile {
  const mode = modeOf(binding);
  const combine = combineOf(binding);
  const isShare = mode === RATE && SIGNALS[binding.signal]?.unit === 'Ratio';
  return {
    signal: binding.signal,
    mode,
    combine,
    plain: mode === GAUGE && combine === NO_COMBINE,
    shedClass: SHED_CLASSES[binding.shed],
    scale: binding.scale,
    offset: binding.offset,
    min: binding.min,
    max: binding.max,
    slack: isShare ? JITTER_RATIO : 0,
    staleAfterMs: binding.staleAfterS * 1000,
    rank: binding.rank ?? 0,
  };
}
