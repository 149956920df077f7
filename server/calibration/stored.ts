/** Calibration and the fidelity board in snapshots. */
import type { Logger } from 'pino';
import { type Calibration, restoreCalibration } from '../../twin/index.ts';
import type { Learned } from '../recovery/learned.ts';

/** Name of the part of a snapshot. */
export const CALIBRATION = 'calibration';

/** Goes on from what is stored, if it can be read. */
export function restoreStored(into: Calibration, learned: Learned, log: Logger): void {
  try {
    const stored = learned.take(CALIBRATION);
    if (!stored) return;
    const { atMs, restored, left } = restoreCalibration(into, stored);
    const at = new Date(atMs).toISOString();
    log.info({ at, restored, left }, 'calibration goes on from where it was');
  } catch (error) {
    log.error({ err: error }, 'what is stored cannot be used: calibration starts from the classes');
  }
}
