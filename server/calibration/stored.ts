/**
 * Calibration and the fidelity board in snapshots. Versions before kept them in `calibration.zst` in
 * the data directory, which is read where no snapshot has them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import type { Logger } from 'pino';
import { type Calibration, restoreCalibration } from '../../twin/index.ts';
import type { Learned } from '../recovery/learned.ts';

/** Name of the part of a snapshot. */
export const CALIBRATION = 'calibration';
const FILE_BEFORE = 'calibration.zst';

/** Where learning is kept. */
export interface Kept {
  readonly learned: Learned;
  readonly dataDir: string;
}

/** Goes on from what is stored, if it can be read. */
export function restoreStored(into: Calibration, { learned, dataDir }: Kept, log: Logger): void {
  const before = join(dataDir, FILE_BEFORE);
  try {
    const stored = learned.take(CALIBRATION) ?? fileBefore(before);
    if (!stored) return;
    const { atMs, restored, left } = restoreCalibration(into, stored);
    const at = new Date(atMs).toISOString();
    log.info({ at, restored, left }, 'calibration goes on from where it was');
  } catch (error) {
    log.error({ err: error }, 'what is stored cannot be used: calibration starts from the classes');
  }
}

const fileBefore = (file: string) =>
  existsSync(file) ? zstdDecompressSync(readFileSync(file)) : undefined;
