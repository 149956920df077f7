/**
 * Keeps the twin calibrated against telemetry, and its fidelity board up to date: a round over all
 * entities every few seconds of the service's clock, in steps between which other work goes on.
 */
import type { Logger } from 'pino';
import {
  Board,
  type BoardKey,
  CALIBRATED_MODELS,
  Calibration,
  type ErrorBand,
  encodeCalibration,
  Pending,
  signalIndex,
  type Topology,
} from '../../twin/index.ts';
import type { LiveTwin } from '../live-twin.ts';
import type { Learned } from '../recovery/learned.ts';
import { tellSite } from '../site-signal.ts';
import { createStepper, type Parts } from '../stepper.ts';
import type { CalibrationConfig } from './config.ts';
import { CALIBRATION, restoreStored } from './stored.ts';

const DRIFT = signalIndex('modelDriftCount');

export interface CalibrationService {
  /** Of the generation that stands; do not keep it over rounds. */
  readonly calibration: Calibration;
  readonly board: Board;
  /** Predictions whose time has not come yet; what is put here is scored when it does. */
  readonly pending: Pending;
  readonly lastRound: CalibrationRound;
  /** One round now. Called by the timer, and by tests. */
  round(): Promise<void>;
  /** Errors of predictions of this kind so far; undefined while too few were scored. */
  band(key: BoardKey): ErrorBand | undefined;
  stop(): Promise<void>;
}

interface CalibrationRound {
  readonly atMs: number;
  /** Time in which nothing else could be done, all steps together. */
  readonly tookMs: number;
  readonly longestStepMs: number;
  readonly rounds: number;
  readonly failures: number;
}

interface CalibrationOptions {
  readonly live: LiveTwin;
  readonly config: CalibrationConfig;
  readonly log: Logger;
  /** Absent when nothing is to outlive the process. */
  readonly learned?: Learned | undefined;
}

const NO_ROUND: CalibrationRound = {
  ...{ atMs: Number.NaN, tookMs: 0, longestStepMs: 0, rounds: 0, failures: 0 },
};

/** Starts from what is stored, and goes on until it is stopped. */
export function startCalibration(options: CalibrationOptions): CalibrationService {
  const { live, config, log, learned } = options;
  const models = CALIBRATED_MODELS.filter(row => config.models.includes(row.id));
  const board = new Board({
    halfLifeS: 3600 * config.halfLifeHours,
    blockS: 60 * config.blockMinutes,
  });
  const pending = new Pending(board);
  let calibration = new Calibration(live.twin.topology, board, models);
  if (learned) restoreStored(calibration, learned, log);
  let lastRound = NO_ROUND;
  let running: Promise<void> | undefined;
  let isStopped = false;

  function followGeneration() {
    calibration = ofGeneration(live.twin.topology, calibration, pending);
  }

  function* work(): Parts<number> {
    followGeneration();
    const nowMs = live.clock.now();
    pending.mature(live.twin.state, nowMs);
    for (const _ of calibration.round(live.twin.state, nowMs)) {
      yield;
      // A generation that came in the middle starts its own round, with what was learned so far.
      if (live.twin.topology !== calibration.topology) break;
    }
    followGeneration();
    tellSite(live, DRIFT, board.driftingCount(), nowMs);
    return nowMs;
  }

  const stepper = createStepper(work, {
    done(atMs, tookMs) {
      const { longestStepMs } = stepper.stats();
      lastRound = { ...lastRound, atMs, tookMs, longestStepMs, rounds: lastRound.rounds + 1 };
    },
  });

  learned?.keep(CALIBRATION, () =>
    stepper.between(() => encodeCalibration(calibration, live.clock.now())),
  );

  function round(): Promise<void> {
    running ??= stepper
      .runInParts()
      .catch(error => {
        lastRound = { ...lastRound, failures: lastRound.failures + 1 };
        log.error({ err: error }, 'a round of calibration failed');
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  const waitMs = (1000 * config.everyS) / live.clock.speed;
  const again = () => {
    void round().then(() => {
      if (!isStopped) timer = setTimeout(again, waitMs).unref();
    });
  };
  let timer = setTimeout(again, waitMs).unref();
  if (models.length === 0) clearTimeout(timer);

  return {
    get calibration() {
      return calibration;
    },
    ...{ board, pending, round },
    get lastRound() {
      return lastRound;
    },
    band: key => board.band(key),
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** What was learned, for the entities of another generation. */
function ofGeneration(topology: Topology, before: Calibration, pending: Pending): Calibration {
  if (topology === before.topology) return before;
  const next = new Calibration(topology, before.board, before.models);
  next.takeOver(before);
  pending.follow(before.topology, topology);
  return next;
}
