/**
 * The 90 % band that a prediction carries: how far below and above it nine of ten values were, one
 * pair of widths per circumstance. Each reveal widens or narrows them by how many values the bands
 * as stated had missed, so that in the long run they miss as many as they should, whatever the
 * errors look like (adaptive conformal inference, Gibbs and Candes, 2021).
 */
import { REPLAY } from '../../tables/trace-replay.ts';
import { CONTEXTS } from './mixture.ts';

const MISS = REPLAY.bandMiss.value / 2;
const STEP = REPLAY.bandStep.value;

/** Widths as parts of the prediction's unit; index `CONTEXTS` is all circumstances. */
export interface Band {
  readonly below: Float64Array;
  readonly above: Float64Array;
  /** Values so far, and how often the widths moved. */
  readonly seen: Float64Array;
  readonly moved: Float64Array;
  /** Values of the window that is being learnt, and the missed ones of them. */
  readonly count: Float64Array;
  readonly missedBelow: Float64Array;
  readonly missedAbove: Float64Array;
  /** Largest errors of the window, for the first widths. */
  mostBelow: number;
  mostAbove: number;
}

const ALL = CONTEXTS;
const row = () => new Float64Array(CONTEXTS + 1);

export const makeBand = (): Band => ({
  ...{ below: row().fill(FIRST_WIDTH), above: row().fill(FIRST_WIDTH), seen: row() },
  ...{ moved: row(), count: row(), missedBelow: row(), missedAbove: row() },
  ...{ mostBelow: 0, mostAbove: 0 },
});

/** Before any error is known. */
const FIRST_WIDTH = 0.1;

/** A circumstance speaks for itself after so many values; before that all of them do. */
const ENOUGH = 30;
const slotOf = (band: Band, context: number) => (band.seen[context] >= ENOUGH ? context : ALL);

/** Lower and upper end, given the prediction and what an error of one counts. */
export const lowerEnd = (band: Band, context: number, value: number, unit: number) =>
  value - unit * band.below[slotOf(band, context)];
export const upperEnd = (band: Band, context: number, value: number, unit: number) =>
  value + unit * band.above[slotOf(band, context)];

/** @param miss value minus prediction, over unit */
export function noteMiss(band: Band, context: number, miss: number) {
  const slot = slotOf(band, context);
  band.count[context]++;
  if (-miss > band.below[slot]) band.missedBelow[context]++;
  if (miss > band.above[slot]) band.missedAbove[context]++;
  if (-miss > band.mostBelow) band.mostBelow = -miss;
  if (miss > band.mostAbove) band.mostAbove = miss;
}

/** Moves the widths after a window. */
export function settleBand(band: Band) {
  const { seen, count, missedBelow, missedAbove } = band;
  const isFirst = seen[ALL] === 0;
  for (let context = 0; context < CONTEXTS; context++) {
    if (count[context] === 0) continue;
    count[ALL] += count[context];
    missedBelow[ALL] += missedBelow[context];
    missedAbove[ALL] += missedAbove[context];
    settleSlot(band, context);
  }
  if (count[ALL] === 0) return;
  settleSlot(band, ALL);
  if (isFirst) {
    band.below[ALL] = Math.max(FIRST_LEAST, band.mostBelow);
    band.above[ALL] = Math.max(FIRST_LEAST, band.mostAbove);
  }
  band.mostBelow = 0;
  band.mostAbove = 0;
}

/** The first window may have been lucky. */
const FIRST_LEAST = 0.01;
const LEAST = 1e-5;
/** Far enough for any miss, and finite whatever comes. */
const MOST = 1e3;

function settleSlot(band: Band, slot: number) {
  const { seen, moved, count, missedBelow, missedAbove } = band;
  const own = slot === ALL || seen[slot] >= ENOUGH;
  seen[slot] += count[slot];
  if (own) {
    // Neighbouring samples miss together: n of them move the width as their square root.
    const step = (STEP * Math.max(1, 4 / Math.sqrt(++moved[slot]))) / Math.sqrt(count[slot]);
    band.below[slot] = widened(band.below[slot], step * (missedBelow[slot] - MISS * count[slot]));
    band.above[slot] = widened(band.above[slot], step * (missedAbove[slot] - MISS * count[slot]));
  } else if (seen[slot] >= ENOUGH) {
    band.below[slot] = band.below[ALL];
    band.above[slot] = band.above[ALL];
  }
  count[slot] = 0;
  missedBelow[slot] = 0;
  missedAbove[slot] = 0;
}

const widened = (width: number, by: number) =>
  Math.min(MOST, Math.max(LEAST, width * Math.exp(Math.min(by, 2))));
