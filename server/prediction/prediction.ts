/**
 * Racks a quarter of an hour ahead, from telemetry and the job schedule. Every prediction is put on
 * the fidelity board once its time has come, beside the last value and the mean.
 */
import type { Logger } from 'pino';
import {
  KIND_INDEX,
  type Pending,
  type Prediction,
  Predictor,
  type Problem,
  type ScheduledJob,
  type Topology,
} from '../../twin/index.ts';
import type { LiveTwin } from '../live-twin.ts';
import { createFrames, type Frames } from './frames.ts';
import { type PresentJobs, presentJobs } from './present-jobs.ts';
import { type JobSchedule, resolveSchedule, scheduleFile, type Told } from './schedule.ts';
import { createScorer, type Scorer } from './score.ts';

export const AHEAD_S = 900;
/** Learning is done in one go: beyond it the service would be held up. */
export const GPUS_MAX = 4096;
const FRAME_S = 30;
/** A prediction for every so many frames. */
const FRAMES_A_PREDICTION = 2;

export interface PredictionService {
  /** Undefined before the first, and on sites that are too large. */
  readonly last: Prediction | undefined;
  readonly learningSinceMs: number;
  readonly isTooLarge: boolean;
  readonly told: Told | undefined;
  /** Jobs that were told and whose hosts or GPUs stand here. */
  readonly jobs: readonly ScheduledJob[];
  /** Takes over a schedule in the place of the one before. @returns what it names that is not here */
  tell(schedule: JobSchedule): readonly Problem[];
  /** One frame now. Called by the timer, and by tests. */
  frame(): void;
  stop(): void;
}

export interface PredictionOptions {
  readonly live: LiveTwin;
  readonly pending: Pending;
  readonly log: Logger;
  readonly dataDir: string | undefined;
}

interface Learning {
  readonly predictor: Predictor;
  readonly frames: Frames;
  readonly present: PresentJobs;
  readonly scorer: Scorer;
  readonly sinceMs: number;
  frameCount: number;
}

function beginLearning({ twin, clock }: LiveTwin, pending: Pending): Learning | undefined {
  const { kindStart } = twin.topology;
  if (kindStart[KIND_INDEX.gpu + 1] - kindStart[KIND_INDEX.gpu] > GPUS_MAX) return undefined;
  const predictor = new Predictor(twin.topology);
  const { site } = predictor;
  return {
    ...{ predictor, frames: createFrames(site), present: presentJobs(site) },
    ...{ scorer: createScorer(pending), sinceMs: clock.now(), frameCount: 0 },
  };
}

/** The same things in the same order: what was learned of one holds for the other. */
const isAlike = (a: Topology, b: Topology) =>
  a.count === b.count && a.ids.every((id, entity) => id === b.ids[entity]);

export function startPrediction(options: PredictionOptions): PredictionService {
  const { live, pending, log, dataDir } = options;
  const file = dataDir === undefined ? undefined : scheduleFile(dataDir, log);
  let told = file?.read();
  let jobs: ScheduledJob[] = [];
  let learning = beginLearning(live, pending);
  let last: Prediction | undefined;
  bookTold();

  /** Jobs of the schedule as entities of the generation that stands. */
  function bookTold() {
    if (!told || !learning) return;
    const resolved = resolveSchedule(told.schedule, live.twin.topology);
    const left = resolved.problems.length;
    if (left > 0) log.warn({ left }, 'the job schedule names hosts or GPUs that are not here');
    jobs = resolved.jobs;
    learning.predictor.book(jobs);
  }

  function tell(schedule: JobSchedule): readonly Problem[] {
    const resolved = resolveSchedule(schedule, live.twin.topology);
    if (resolved.problems.length > 0) return resolved.problems;
    const atMs = live.clock.now();
    const kept = new Set(resolved.jobs.map(job => job.id));
    // what is no longer told ends now, or never begins
    const gone = jobs
      .filter(job => !kept.has(job.id))
      .map(job => ({ ...job, endMs: Math.max(job.startMs, Math.min(atMs, job.endMs ?? atMs)) }));
    told = { atMs, schedule };
    jobs = resolved.jobs;
    learning?.predictor.book([...gone, ...learning.present.end(atMs), ...jobs]);
    file?.write(told);
    return [];
  }

  function frame() {
    if (!learning) return;
    const { state } = live.twin;
    const { predictor, frames, present } = learning;
    const { frame: taken, gpuMeanW } = frames.take(state, live.clock.now());
    if (!told) predictor.book(present.follow(gpuMeanW, taken.atMs));
    if (!predictor.take(taken)) return;
    if (++learning.frameCount % FRAMES_A_PREDICTION !== 0) return;
    last = predictor.predict(1000 * AHEAD_S);
    learning.scorer.expect(state, last, AHEAD_S);
  }

  live.onGeneration((topology, before) => {
    if (isAlike(topology, before.topology)) return;
    last = undefined;
    learning = beginLearning(live, pending);
    bookTold();
  });
  const timer = setInterval(
    () => {
      try {
        frame();
      } catch (error) {
        log.error({ err: error }, 'a prediction failed');
      }
    },
    (1000 * FRAME_S) / live.clock.speed,
  ).unref();

  return {
    get last() {
      return last;
    },
    get learningSinceMs() {
      return learning?.sinceMs ?? Number.NaN;
    },
    get isTooLarge() {
      return learning === undefined;
    },
    get told() {
      return told;
    },
    get jobs() {
      return jobs;
    },
    ...{ tell, frame },
    stop: () => clearInterval(timer),
  };
}
