/** Gives back disk space of the journal, beside the thread that serves. */
import { parentPort, workerData } from 'node:worker_threads';
import type { LogPosition } from '../journal/contract.ts';
import { compressSegment, retain, uncompressedSegments } from '../journal/retain.ts';

export interface Housekeeping {
  readonly dataDir: string;
  readonly keepFrom: LogPosition;
  readonly olderThanMs: number;
}

export interface HousekeepingDone {
  readonly deleted: readonly string[];
  readonly compressed: number;
}

const { dataDir, keepFrom, olderThanMs } = workerData as Housekeeping;
const { deleted } = retain(dataDir, { keepFrom, olderThanMs });
const sealed = uncompressedSegments(dataDir);
for (const segment of sealed) compressSegment(dataDir, segment);
parentPort?.postMessage({ deleted, compressed: sealed.length } satisfies HousekeepingDone);
