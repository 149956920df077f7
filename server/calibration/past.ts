/** Calibration as it stood at a past instant: that of the snapshot before it, which nothing changes. */
import {
  Board,
  CALIBRATED_MODELS,
  Calibration,
  calibratedModel,
  Pending,
  restoreCalibration,
  type Twin,
} from '../../twin/index.ts';
import type { LearnedPart } from '../recovery/learned.ts';
import type { CalibrationService } from './calibration.ts';
import { CALIBRATION } from './stored.ts';

/** What routes ask of calibration. */
export type PastCalibration = Pick<
  CalibrationService,
  'calibration' | 'board' | 'pending' | 'band' | 'lastRound'
>;

export interface PastTrust {
  readonly calibration: PastCalibration;
}

/** Values fade while they are scored, and here none is. */
const NO_FADING = { halfLifeS: 86_400, blockS: 600 };

/**
 * @param learned of the snapshot that the model was restored from
 * @returns undefined where it holds none
 * @throws RangeError when it is damaged or of another version
 */
export function pastCalibration(
  { topology }: Twin,
  learned: readonly LearnedPart[],
): PastCalibration | undefined {
  const stored = learned.find(({ name }) => name === CALIBRATION);
  if (!stored) return undefined;
  const board = new Board(NO_FADING);
  const calibration = new Calibration(topology, board, CALIBRATED_MODELS);
  const { atMs } = restoreCalibration(calibration, stored.bytes);
  return {
    ...{ calibration, board, pending: new Pending(board), band: key => board.band(key) },
    lastRound: { atMs, tookMs: 0, longestStepMs: 0, rounds: 0, failures: 0 },
  };
}

/** Hosts without a meter are modelled with what others of their class have taught. */
export function useLearnedPower(twin: Twin, service: Pick<CalibrationService, 'calibration'>) {
  const model = calibratedModel('hostPower');
  twin.hostPowerOf = (entity, gpuPowerW, cpuUtilRatio) =>
    service.calibration.expect(model, entity, [gpuPowerW, cpuUtilRatio]);
}
