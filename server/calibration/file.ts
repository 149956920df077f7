/** Calibration on disk: `calibration.zst` in the data directory, whole or not at all. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { zstdDecompressSync } from 'node:zlib';
import type { Logger } from 'pino';
import { type Calibration, encodeCalibration, restoreCalibration } from '../../twin/index.ts';
import { moduleBeside } from '../package-layout.ts';
import type { SnapshotDone, SnapshotJob } from '../recovery/snapshot-worker.ts';

const NAME = 'calibration.zst';

export interface CalibrationFile {
  /** Goes on from what is stored, if it can be read. */
  restore(into: Calibration): void;
  /** Unless one is being written. @returns whether it is on disk */
  save(from: Calibration, atMs: number): Promise<boolean>;
  readonly failed: number;
  close(): Promise<void>;
}

export function calibrationFile(dataDir: string, log: Logger): CalibrationFile {
  const file = join(dataDir, NAME);
  let writing: Promise<boolean> | undefined;
  let failed = 0;

  async function write(from: Calibration, atMs: number): Promise<boolean> {
    const bytes = encodeCalibration(from, atMs);
    const { error } = await putCompressed({ file, pieces: [bytes] }, bytes.buffer);
    if (error === undefined) return true;
    failed++;
    log.error(
      { err: error },
      'calibration could not be stored: a restart begins with older values',
    );
    return false;
  }

  return {
    restore(into) {
      if (!existsSync(file)) return;
      try {
        const bytes = zstdDecompressSync(readFileSync(file));
        const { atMs, restored, left } = restoreCalibration(into, bytes);
        const at = new Date(atMs).toISOString();
        log.info({ at, restored, left }, 'calibration goes on from where it was');
      } catch (error) {
        failed++;
        log.error({ err: error }, `${file} cannot be used: calibration starts from the classes`);
      }
    },
    save(from, atMs) {
      if (writing) return Promise.resolve(false);
      writing = write(from, atMs).finally(() => {
        writing = undefined;
      });
      return writing;
    },
    get failed() {
      return failed;
    },
    async close() {
      await writing;
    },
  };
}

/** The worker of snapshots: compresses, writes beside, syncs and renames. One for each file. */
async function putCompressed(job: SnapshotJob, transfer: ArrayBuffer): Promise<SnapshotDone> {
  const worker = new Worker(moduleBeside('../recovery/snapshot-worker', import.meta.url));
  try {
    return await new Promise<SnapshotDone>(resolve => {
      worker.once('error', error => resolve({ bytes: 0, error: String(error) }));
      worker.once('message', resolve);
      worker.postMessage(job, [transfer]);
    });
  } finally {
    await worker.terminate();
  }
}
