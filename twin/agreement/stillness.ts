/**
 * How unlikely it is that a sensor that works shows one value for so long. Of its like, how many have
 * been as still meanwhile? They have the same resolution, and their loads and their air move as its
 * own. Where there are too few of them, its own noise and resolution have to tell.
 */
import { AGREEMENT } from '../tables/agreement.ts';
import { LEARNING } from '../tables/agreement-learning.ts';
import type { Blocks } from './blocks.ts';
import type { PointColumn } from './plan.ts';

const LEAST_ODDS = LEARNING.leastStillOdds.value;
/** Chance of a repeat of sensors that move. */
export const REPEATS_OF_MOVING = LEARNING.repeatsOfMoving.value;
const MAX_SAMPLED = LEARNING.mostSampled.value;
/** Deviation of the noise over the step, over the chance of a change from reading to reading. */
const NOISE_OF_CHANGES = Math.sqrt(Math.PI) / 2;

/** What is usual for a column: chance of a repeat, and the resolution; 0: not known. */
export interface Habit {
  readonly repeat: number;
  readonly quantum: number;
}

/** Nats against a working sensor at point `p` of `column`. */
export function stillNats(blocks: Blocks, p: number, column: PointColumn, habit: Habit): number {
  const odds = oddsByLike(blocks, p, column) ?? oddsByNoise(blocks.run[p], habit);
  return -Math.log(Math.max(LEAST_ODDS, odds));
}

/** Part of the sensors of the column at about the same level that have not moved for as long. */
function oddsByLike(blocks: Blocks, p: number, column: PointColumn) {
  const { like, still } = countStill(blocks, p, column, blocks.run[p]);
  return like < AGREEMENT.minLike.value ? undefined : (1 + still) / (like + 1);
}

/** Whether sensors like `p`, at its level and at this hour, show another value at every reading. */
export function doLikeMove(blocks: Blocks, p: number, column: PointColumn): boolean {
  const { like, still } = countStill(blocks, p, column, 1);
  return like >= AGREEMENT.minLike.value && still <= REPEATS_OF_MOVING * like;
}

/** Of the column, a sample: others at about the level of `p`, and those that repeat that often. */
function countStill(
  { run, last, mean }: Blocks,
  p: number,
  { firstPoint, count }: PointColumn,
  repeats: number,
) {
  const most = AGREEMENT.sameLevelRatio.value * Math.abs(last[p]);
  const stride = Math.ceil(count / MAX_SAMPLED);
  let like = 0;
  let still = 0;
  for (let q = firstPoint; q < firstPoint + count; q += stride) {
    if (q === p || Number.isNaN(mean[q]) || !(Math.abs(last[q] - last[p]) <= most)) continue;
    like++;
    if (run[q] >= repeats) still++;
  }
  return { like, still };
}

/** A value lies anywhere within its step: its noise leaves the rest of the step to stay in. */
function oddsByNoise(repeats: number, { repeat }: Habit): number {
  const width = 2 * Math.sqrt(2 * Math.log(Math.max(2, repeats)));
  return 1 - width * (1 - repeat) * NOISE_OF_CHANGES;
}
