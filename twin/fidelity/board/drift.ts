/**
 * Has the error of a layer left its usual level? A two-sided cumulative sum (Page 1954) over means of
 * blocks of time, against a level and a spread learned from the blocks before. Blocks, since errors
 * of one minute are like those of the minute before and would count as independent evidence.
 */

/** Blocks that make the usual level; nothing is said before. */
const LEARN_BLOCKS = 12;
/** Weight of a block in the usual level afterwards: it follows over two days of 10 min. */
const FOLLOW_WEIGHT = 1 / 288;
/** Spreads that a block may be off without counting. */
const SLACK = 1;
/** Spreads that make an alarm: three spreads off for five blocks, two for ten. */
const ALARM = 10;
/** One wild block alone is no drift. */
const BLOCK_MAX = 5;
/** After a day away the new level is the usual one. */
const ACCEPT_BLOCKS = 144;

/** Plain numbers, so that it is stored as it is. */
export interface Drift {
  blocks: number;
  mean: number;
  /** Sum of squares around the mean while learning, variance afterwards. */
  square: number;
  up: number;
  down: number;
  sinceMs: number;
  driftingBlocks: number;
}

export const newDrift = (): Drift => ({
  ...{ blocks: 0, mean: 0, square: 0, up: 0, down: 0 },
  ...{ sinceMs: Number.NaN, driftingBlocks: 0 },
});

export const isDrifting = (drift: Drift) => !Number.isNaN(drift.sinceMs);

/** @param spreadMin spread below which a change of the error is of no interest to anyone */
export function addBlock(drift: Drift, value: number, spreadMin: number, atMs: number) {
  if (!Number.isFinite(value)) return;
  drift.blocks++;
  if (drift.blocks <= LEARN_BLOCKS) {
    learnLevel(drift, value);
    return;
  }
  const spread = Math.max(spreadMin, Math.sqrt(Math.max(0, drift.square)));
  const off = Math.max(-BLOCK_MAX, Math.min(BLOCK_MAX, (value - drift.mean) / spread));
  drift.up = Math.min(2 * ALARM, Math.max(0, drift.up + off - SLACK));
  drift.down = Math.min(2 * ALARM, Math.max(0, drift.down - off - SLACK));
  if (isDrifting(drift)) stayOrEnd(drift);
  else if (Math.max(drift.up, drift.down) >= ALARM) drift.sinceMs = atMs;
  else follow(drift, value, spread);
}

/** Welford's running mean and variance. */
function learnLevel(drift: Drift, value: number) {
  const step = value - drift.mean;
  drift.mean += step / drift.blocks;
  drift.square += step * (value - drift.mean);
  if (drift.blocks === LEARN_BLOCKS) drift.square /= LEARN_BLOCKS - 1;
}

function stayOrEnd(drift: Drift) {
  drift.driftingBlocks++;
  if (drift.driftingBlocks >= ACCEPT_BLOCKS) Object.assign(drift, newDrift());
  else if (drift.up + drift.down === 0) {
    drift.sinceMs = Number.NaN;
    drift.driftingBlocks = 0;
  }
}

/** A block beyond three spreads says nothing about the usual ones. */
function follow(drift: Drift, value: number, spread: number) {
  const step = value - drift.mean;
  const limited = Math.max(-3 * spread, Math.min(3 * spread, step));
  drift.mean += FOLLOW_WEIGHT * limited;
  drift.square += FOLLOW_WEIGHT * (limited * limited - drift.square);
}
