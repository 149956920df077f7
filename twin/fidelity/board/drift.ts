/**
 * Has the error of a layer left its usual level? A two-sided cumulative sum (Page 1954) over means of
 * blocks of time, against a level and a spread learned from the blocks before. Errors of one block
 * are like those of the one before: a sum of them spreads by `(1 + r) / (1 - r)` more than one of
 * independent errors, with `r` the correlation of neighbours, and the spread is widened by that.
 */

import { BOARD } from '../../tables/fidelity-board.ts';

const LEARN_BLOCKS = BOARD.driftLearnBlocks.value;
const FOLLOW_WEIGHT = 1 / BOARD.driftFollowBlocks.value;
const SLACK = BOARD.driftSlackSpreads.value;
const ALARM = BOARD.driftAlarmSpreads.value;
const BLOCK_MAX = BOARD.driftBlockMostSpreads.value;
const CORRELATION_MAX = BOARD.driftCorrelationMost.value;
const ACCEPT_BLOCKS = BOARD.driftAcceptBlocks.value;
const FAR = BOARD.driftFarSpreads.value;

/** Plain numbers, so that it is stored as it is. */
export interface Drift {
  blocks: number;
  mean: number;
  /** Around the mean: sums while learning, then the variance and the covariance of neighbours. */
  square: number;
  product: number;
  last: number;
  up: number;
  down: number;
  sinceMs: number;
  driftingBlocks: number;
}

export const newDrift = (): Drift => ({
  ...{ blocks: 0, mean: 0, square: 0, product: 0, last: 0, up: 0, down: 0 },
  ...{ sinceMs: Number.NaN, driftingBlocks: 0 },
});

export const DRIFT_FIELDS = Object.keys(newDrift()) as readonly (keyof Drift)[];

export const isDrifting = (drift: Drift) => !Number.isNaN(drift.sinceMs);

/** @param spreadMin spread below which a change of the error is of no interest to anyone */
export function addBlock(drift: Drift, value: number, spreadMin: number, atMs: number) {
  if (!Number.isFinite(value)) return;
  drift.blocks++;
  if (drift.blocks <= LEARN_BLOCKS) {
    learnLevel(drift, value);
    drift.last = value;
    return;
  }
  const spread = Math.max(spreadMin, widened(drift));
  const off = Math.max(-BLOCK_MAX, Math.min(BLOCK_MAX, (value - drift.mean) / spread));
  drift.up = Math.min(2 * ALARM, Math.max(0, drift.up + off - SLACK));
  drift.down = Math.min(2 * ALARM, Math.max(0, drift.down - off - SLACK));
  if (isDrifting(drift)) stayOrEnd(drift);
  else if (Math.max(drift.up, drift.down) >= ALARM) drift.sinceMs = atMs;
  else follow(drift, value, spreadMin);
  drift.last = value;
}

function widened({ square, product }: Drift): number {
  const r = square > 0 ? Math.max(0, Math.min(CORRELATION_MAX, product / square)) : 0;
  return Math.sqrt((Math.max(0, square) * (1 + r)) / (1 - r));
}

/** Welford's running mean and variance. */
function learnLevel(drift: Drift, value: number) {
  const { mean, last } = drift;
  const step = value - mean;
  if (drift.blocks > 1) drift.product += (last - mean) * step;
  drift.mean += step / drift.blocks;
  drift.square += step * (value - drift.mean);
  if (drift.blocks < LEARN_BLOCKS) return;
  drift.square /= LEARN_BLOCKS - 1;
  drift.product /= LEARN_BLOCKS - 1;
}

function stayOrEnd(drift: Drift) {
  drift.driftingBlocks++;
  if (drift.driftingBlocks >= ACCEPT_BLOCKS) Object.assign(drift, newDrift());
  else if (drift.up + drift.down === 0) {
    drift.sinceMs = Number.NaN;
    drift.driftingBlocks = 0;
  }
}

/** A block far beyond the spread says nothing about the usual ones. */
function follow(drift: Drift, value: number, spreadMin: number) {
  const far = FAR * Math.max(spreadMin, Math.sqrt(Math.max(0, drift.square)));
  const limited = (off: number) => Math.max(-far, Math.min(far, off));
  const step = limited(value - drift.mean);
  drift.product += FOLLOW_WEIGHT * (step * limited(drift.last - drift.mean) - drift.product);
  drift.mean += FOLLOW_WEIGHT * step;
  drift.square += FOLLOW_WEIGHT * (step * step - drift.square);
}
