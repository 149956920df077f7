/**
 * What each rack looks like: from its reading and limit to a step of the ramp and a state. Pure:
 * the painter only draws what is decided here.
 */
import { MISSING, MODELLED } from '../../../../twin/index.ts';
import { type Domain, domainOf, isBreached, spanOf, stepOf } from '../colour/domain.ts';
import { unitOf } from '../format.ts';
import type { Column } from '../live/columns.ts';
import { isCurrent } from '../quality.ts';

export const CELL_MISSING = 0;
export const CELL_STALE = 1;
export const CELL_CURRENT = 2;

export interface Cells {
  readonly signal: string;
  /** Numbers are parts of each rack's limit, not values. */
  readonly isRelative: boolean;
  readonly domain: Domain;
  /** In the signal's unit. */
  readonly values: Float32Array;
  /** At the time of the frame, seconds. */
  readonly agesS: Float32Array;
  readonly limits: Float32Array;
  readonly compare: 'max' | 'min';
  /** Whose limit it is, when not the rack's own. */
  readonly limitOf?: string;
  /** Shown number of each rack; NaN when missing. */
  readonly numbers: Float32Array;
  readonly steps: Uint8Array;
  readonly states: Uint8Array;
  readonly breaches: Uint8Array;
  readonly modelled: Uint8Array;
  readonly counts: CellCounts;
}

interface CellCounts {
  readonly current: number;
  readonly stale: number;
  readonly missing: number;
  readonly modelled: number;
  readonly breached: number;
}

export interface CellInput {
  readonly signal: string;
  readonly isRelative: boolean;
  readonly column: Column | undefined;
  /** Limit of each rack in the signal's unit; NaN for none. */
  readonly limits: Float32Array;
  readonly compare: 'max' | 'min';
  readonly count: number;
  readonly limitOf?: string;
  /** Domain so far: it widens with the values and does not jump back. */
  readonly before?: Domain;
}

export function computeCells(input: CellInput): Cells {
  const { count, column, limits, isRelative, compare } = input;
  const numbers = new Float32Array(count).fill(Number.NaN);
  const values = column ? column.values.slice() : numbers.slice();
  const agesS = column ? column.agesS.slice() : numbers.slice();
  const states = new Uint8Array(count);
  const breaches = new Uint8Array(count);
  const modelled = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    const value = values[at];
    const quality = column ? column.qualities[at] : 0;
    numbers[at] = isRelative ? value / limits[at] : value;
    if (Number.isNaN(numbers[at]) || quality === MISSING) continue;
    states[at] = isCurrent(quality) ? CELL_CURRENT : CELL_STALE;
    modelled[at] = quality === MODELLED ? 1 : 0;
    breaches[at] = isBreached(value, limits[at], compare) ? 1 : 0;
  }
  const domain = widened(input, numbers);
  const steps = Uint8Array.from(numbers, value =>
    Number.isNaN(value) ? 0 : stepOf(domain, value),
  );
  const counts = countCells(states, breaches, modelled);
  const judged = { steps, states, breaches, modelled, counts };
  const of = input.limitOf ? { limitOf: input.limitOf } : {};
  return {
    signal: input.signal,
    isRelative,
    domain,
    values,
    agesS,
    limits,
    compare,
    numbers,
    ...judged,
    ...of,
  };
}

function widened(input: CellInput, numbers: Float32Array): Domain {
  const present = numbers.filter(value => Number.isFinite(value));
  const span = spanOf(present);
  const { before, isRelative, compare } = input;
  const limit = isRelative ? 1 : lowestLimit(input.limits, compare);
  const hasSameLimit = before && before.limit === limit;
  if (before && hasSameLimit && span[0] >= before.low && span[1] <= before.high) return before;
  const unit = isRelative ? 'Ratio' : unitOf(input.signal);
  const wide = hasSameLimit
    ? ([Math.min(span[0], before.low), Math.max(span[1], before.high)] as const)
    : span;
  return domainOf({ unit, span: wide, compare, ...(limit === undefined ? {} : { limit }) });
}

/** The limit that bites first, when racks differ. */
function lowestLimit(limits: Float32Array, compare: 'max' | 'min'): number | undefined {
  const known = limits.filter(limit => Number.isFinite(limit));
  if (known.length === 0) return undefined;
  const [low, high] = spanOf(known);
  return compare === 'max' ? low : high;
}

function countCells(states: Uint8Array, breaches: Uint8Array, modelled: Uint8Array): CellCounts {
  const counts = { current: 0, stale: 0, missing: 0, modelled: 0, breached: 0 };
  for (let at = 0; at < states.length; at++) {
    if (states[at] === CELL_CURRENT) counts.current++;
    else if (states[at] === CELL_STALE) counts.stale++;
    else counts.missing++;
    counts.modelled += modelled[at];
    counts.breached += breaches[at];
  }
  return counts;
}

/** How many racks lie in each of `bins` equal parts of the domain, for the legend. */
export function histogram(cells: Cells, bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  const { low, high } = cells.domain;
  for (const value of cells.numbers) {
    if (Number.isNaN(value)) continue;
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    counts[Math.min(bins - 1, Math.max(0, bin))]++;
  }
  return counts;
}
