/** Whether racks are predicted, how that goes, and why not where they are not. */
import { z } from 'zod';
import { KIND_INDEX, type Prediction, type PredictionRecord } from '../../twin/index.ts';
import { isoTime } from '../api/route.ts';
import type { LiveTwin } from '../live-twin.ts';
import { GPUS_MAX, HORIZONS } from './horizons.ts';
import type { PredictionService } from './prediction.ts';

const count = z.int();

export const neverScoredSchema = z
  .object({
    unmeasured: count.describe('Nothing was measured within a minute of their time.'),
    noRoom: count.describe('More waited than there is room for.'),
    gone: count.describe('Their entity has gone.'),
  })
  .describe('Predicted values since the start that were not scored, and why.');

export const predictionStatusSchema = z.object({
  state: z.enum(['on', 'starting', 'off']),
  why: z.string().optional().describe('Why nothing is predicted.'),
  gpus: count,
  gpusMax: count.describe('Sites of more GPUs are not predicted rack by rack.'),
  horizonsS: z.array(z.number()),
  learningSince: z.iso.datetime().optional(),
  madeAt: z.iso.datetime().optional().describe('Of the newest prediction.'),
  lastFrameMs: z.number().describe('Work on the last readings, all steps together.'),
  longestStepMs: z.number().describe('In which nothing else could be done.'),
  skippedFrames: count.describe('Readings left out because the ones before were still at work.'),
  waitingValues: count.describe('Predicted values whose time has not come.'),
  neverScored: neverScoredSchema,
});

export function predictionStatus(live: LiveTwin, prediction: PredictionService) {
  const { kindStart } = live.twin.topology;
  const gpus = kindStart[KIND_INDEX.gpu + 1] - kindStart[KIND_INDEX.gpu];
  const made = HORIZONS.flatMap(({ aheadS }) => prediction.last(aheadS)?.madeAtMs ?? []);
  const madeAt = isoTime(made.length > 0 ? Math.max(...made) : undefined);
  const since = isoTime(prediction.learningSinceMs);
  const { tookMs, longestStepMs, skipped } = prediction.steps();
  const why = prediction.isTooLarge ? tooLarge(gpus) : undefined;
  return {
    state: why ? ('off' as const) : madeAt ? ('on' as const) : ('starting' as const),
    ...{ ...(why ? { why } : {}), gpus, gpusMax: GPUS_MAX },
    horizonsS: HORIZONS.map(({ aheadS }) => aheadS),
    ...(since && !why ? { learningSince: since } : {}),
    ...(madeAt ? { madeAt } : {}),
    ...{ lastFrameMs: tookMs, longestStepMs, skippedFrames: skipped },
    ...{ waitingValues: prediction.pending.count, neverScored: prediction.pending.lost },
  };
}

export const tooLarge = (gpus: number) =>
  `${gpus} GPUs are more than the ${GPUS_MAX} that are predicted one by one`;

/** A prediction this old is of another time: the service does not keep up. */
const BEHIND_MS = 600_000;

/** Why there is no prediction to tell anything from; empty where there is. */
export function unready(last: Prediction | undefined, nowMs: number): string {
  if (!last) return 'no prediction was made yet; it takes a minute from the start';
  const minutes = Math.round((nowMs - last.madeAtMs) / 60_000);
  if (nowMs - last.madeAtMs <= BEHIND_MS) return '';
  return `the newest prediction was made ${minutes} minutes ago: the service has too much to do`;
}

/** Why a prediction is not told; undefined where it is. @param unit of the errors, `%` or `K` */
export function untold(record: PredictionRecord, nowKnown: boolean, unit: '%' | 'K') {
  if (!nowKnown) return 'nothing was read of it in the last three minutes';
  if (!record.isBad) return undefined;
  const text = (error: number) =>
    unit === '%' ? `${(100 * error).toFixed(1)} %` : `${error.toFixed(1)} K`;
  return (
    `of late predictions of this kind were off by ${text(record.error)} on the mean, ` +
    `the last value by ${text(record.persistence)}`
  );
}
