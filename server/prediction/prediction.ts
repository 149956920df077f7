/**
 * Racks and GPUs some minutes ahead, from telemetry and the job schedule. Every prediction is put on
 * the fidelity board once its time has come, beside the last value and the mean.
 */
import type { Logger } from 'pino';
import {
  atOnce,
  encodePrediction,
  KIND_INDEX,
  type Pending,
  type Prediction,
  Predictor,
  type Problem,
  restorePrediction,
  type ScheduledJob,
  type Topology,
} from '../../twin/index.ts';
import type { LiveTwin } from '../live-twin.ts';
import type { Learned } from '../recovery/learned.ts';
import { createStepper, type Parts, type StepStats } from '../stepper.ts';
import { createFrames, type Frames } from './frames.ts';
import { FRAME_S, GPUS_MAX, HORIZONS } from './horizons.ts';
import { type PresentJobs, presentJobs } from './present-jobs.ts';
import type { JobSchedule, Told } from './schedule.ts';
import { createScorer, type Scorer } from './score.ts';
import { toldJobs } from './told-jobs.ts';

export interface PredictionService {
  /** By horizon; undefined before the first, and on sites that are too large. */
  last(aheadS: number): Prediction | undefined;
  readonly learningSinceMs: number;
  readonly isTooLarge: boolean;
  readonly told: Told | undefined;
  /** Jobs that were told and whose hosts or GPUs stand here. */
  readonly jobs: readonly ScheduledJob[];
  /** What becomes of predictions that wait to be scored. */
  readonly pending: Pick<Pending, 'count' | 'lost'>;
  /** Takes over a schedule in the place of the one before. @returns what it names that is not here */
  tell(schedule: JobSchedule): readonly Problem[];
  /** One frame now, at once. For tests. */
  frame(): void;
  steps(): StepStats;
  stop(): void;
}

interface PredictionOptions {
  readonly live: LiveTwin;
  readonly pending: Pending;
  readonly log: Logger;
  /** Absent when nothing is to outlive the process. */
  readonly learned: Learned | undefined;
  /** The same for the schedule that was told. */
  readonly dataDir: string | undefined;
}

/** Name of the part of a snapshot. */
const PREDICTION = 'prediction';

interface Learning {
  readonly predictor: Predictor;
  readonly frames: Frames;
  readonly present: PresentJobs;
  readonly scorer: Scorer;
  sinceMs: number;
  /** By horizon, s. */
  readonly last: Map<number, Prediction>;
}

function beginLearning({ twin, clock }: LiveTwin, pending: Pending): Learning | undefined {
  const { kindStart } = twin.topology;
  if (kindStart[KIND_INDEX.gpu + 1] - kindStart[KIND_INDEX.gpu] > GPUS_MAX) return undefined;
  const predictor = new Predictor(twin.topology, { isShown: true });
  const { site } = predictor;
  return {
    ...{ predictor, frames: createFrames(site), present: presentJobs(site) },
    ...{ scorer: createScorer(pending, site), sinceMs: clock.now(), last: new Map() },
  };
}

/** The same things in the same order: what was learned of one holds for the other. */
const isAlike = (a: Topology, b: Topology) =>
  a.count === b.count && a.ids.every((id, entity) => id === b.ids[entity]);

export function startPrediction(options: PredictionOptions): PredictionService {
  const { live, pending, log, learned } = options;
  const schedule = toldJobs(options.dataDir, log);
  let learning = beginLearning(live, pending);
  if (learning && learned) goOn(learning, learned, log);
  learning?.predictor.book(schedule.follow(live.twin.topology));

  function tell(next: JobSchedule): readonly Problem[] {
    const atMs = live.clock.now();
    const { problems, jobs } = schedule.tell(next, live.twin.topology, atMs);
    if (problems.length > 0) return problems;
    // a frame that is half taken in is of the jobs of before
    stepper.settle();
    learning?.predictor.book([...learning.present.end(atMs), ...jobs]);
    return [];
  }

  function* work(): Parts<void> {
    const own = learning;
    if (!own) return;
    const { state } = live.twin;
    const { predictor, frames, present, scorer } = own;
    pending.mature(state, live.clock.now());
    const { frame, gpuMeanW } = frames.take(state, live.clock.now());
    scorer.follow(state);
    if (!schedule.told) predictor.book(present.follow(gpuMeanW, frame.atMs));
    yield;
    if (!(yield* predictor.takeInParts(frame))) return;
    for (const { aheadS, everyS } of HORIZONS) {
      const before = own.last.get(aheadS)?.madeAtMs ?? Number.NEGATIVE_INFINITY;
      // half a frame early counts as in time
      if (frame.atMs - before < 1000 * (everyS - FRAME_S / 2)) continue;
      const made = yield* predictor.predictInParts(1000 * aheadS);
      own.last.set(aheadS, made);
      scorer.expect(made, aheadS);
      yield;
    }
  }

  const stepper = createStepper(work);
  learned?.keep(PREDICTION, () => stepper.between(() => encoded(learning, live.clock.now())));
  live.onGeneration((topology, before) => {
    if (isAlike(topology, before.topology)) return;
    // what is half taken in would be neither before nor after the frame
    stepper.settle();
    learning = ofGeneration(live, learning, pending);
    learning?.predictor.book(schedule.follow(topology));
  });
  const timer = setInterval(
    () => {
      stepper.runInParts().catch(error => log.error({ err: error }, 'a prediction failed'));
    },
    (1000 * FRAME_S) / live.clock.speed,
  ).unref();

  return {
    last: aheadS => learning?.last.get(aheadS),
    get learningSinceMs() {
      return learning?.sinceMs ?? Number.NaN;
    },
    get isTooLarge() {
      return learning === undefined;
    },
    get told() {
      return schedule.told;
    },
    get jobs() {
      return schedule.jobs;
    },
    ...{ tell, pending, frame: stepper.run, steps: stepper.stats },
    stop() {
      clearInterval(timer);
      // the last snapshot comes after this
      stepper.settle();
    },
  };
}

/** What was learned, for the entities of another generation. */
function ofGeneration(live: LiveTwin, before: Learning | undefined, pending: Pending) {
  const next = beginLearning(live, pending);
  if (!next || !before) return next;
  restorePrediction(next.predictor, atOnce(encoded(before, live.clock.now())));
  next.sinceMs = before.sinceMs;
  return next;
}

/** Goes on from what is stored, if it can be read. */
function goOn(learning: Learning, learned: Learned, log: Logger) {
  const stored = learned.take(PREDICTION);
  if (!stored || stored.length === 0) return;
  try {
    const { atMs, sinceMs, restored, left } = restorePrediction(learning.predictor, stored);
    learning.sinceMs = sinceMs;
    const at = new Date(atMs).toISOString();
    log.info({ at, restored, left }, 'prediction goes on from what it had learned');
  } catch (error) {
    log.error({ err: error }, 'what is stored cannot be used: prediction learns anew');
  }
}

/** Nothing where the site is too large. */
function* encoded(learning: Learning | undefined, atMs: number): Parts<Uint8Array<ArrayBuffer>> {
  if (!learning) return new Uint8Array(0);
  return yield* encodePrediction(learning.predictor, { atMs, sinceMs: learning.sinceMs });
}
