/** What outlives the process, and how well that goes. */
import { z } from 'zod';
import type { DataDir } from '../../recovery/data-dir.ts';
import { ProblemError } from '../problem.ts';
import { isoTime, orNull, route } from '../route.ts';

const tier = z.object({
  files: z.int(),
  bytes: z.number(),
  rows: z.number(),
  from: z.iso.datetime().optional().describe('The oldest that can still be asked.'),
});

const storage = route({
  method: 'get',
  path: '/api/v1/storage',
  summary: 'Journal, snapshots and history: size, reach, and what fails',
  tag: 'service',
  role: 'viewer',
  answer: z.object({
    dir: z.string(),
    journal: z.object({
      bytes: z.number(),
      segments: z.int(),
      rows: z.number().describe('Written since the start.'),
      pendingRows: z.int().describe('Not on disk yet.'),
      lostRows: z.number(),
      lastCommitMs: z.number().nullable(),
      failure: z.string().optional().describe('Why nothing can be written now.'),
    }),
    snapshots: z.object({
      count: z.int(),
      newest: z.iso.datetime().optional(),
      oldest: z.iso.datetime().optional(),
      lastBytes: z.number(),
      failed: z.int(),
    }),
    restored: z
      .object({
        snapshot: z.iso.datetime().optional(),
        last: z.iso.datetime().optional().describe('The newest that was found.'),
        rows: z.number().describe('Of the journal, behind the snapshot.'),
        goneRows: z.number().describe('Of entities or signals that are not there any more.'),
        tornBytes: z.number(),
        damages: z.array(z.object({ file: z.string(), why: z.string() })),
        tookS: z.number(),
      })
      .describe('What the last start made of it.'),
    history: z
      .object({
        tiers: z.record(z.string(), tier),
        tailRows: z.number().describe('In memory, not in a file yet; the journal has them.'),
        lagS: z.number().nullable(),
        badFiles: z.array(z.string()),
        dropped: z.record(z.string(), z.number()),
        failure: z.string().optional(),
      })
      .nullable(),
  }),
  handle(_input, { dataDir }) {
    if (!dataDir) {
      throw new ProblemError(404, 'nothing is stored: start the service with --data-dir');
    }
    return {
      dir: dataDir.dir,
      journal: journalOf(dataDir),
      ...{ snapshots: snapshotsOf(dataDir), restored: restoredOf(dataDir) },
      history: historyOf(dataDir),
    };
  },
});

function journalOf({ journal }: DataDir) {
  const { bytes, segments, rows, pendingRows, lostRows, lastCommitMs, failure } = journal.stats();
  const figures = { bytes, segments, rows, pendingRows, lostRows };
  return { ...figures, lastCommitMs: orNull(lastCommitMs), ...(failure ? { failure } : {}) };
}

function snapshotsOf({ snapshots }: DataDir) {
  const { count, newestMs, oldest, lastBytes, failed } = snapshots();
  return { count, newest: isoTime(newestMs), oldest: isoTime(oldest?.clockMs), lastBytes, failed };
}

function restoredOf({ restored }: DataDir) {
  const { snapshotMs, lastMs, rows, goneRows, tornBytes, damages, tookMs } = restored;
  return {
    ...{ snapshot: isoTime(snapshotMs), last: isoTime(lastMs), rows, goneRows, tornBytes },
    damages: damages.map(({ file, why }) => ({ file, why })),
    tookS: tookMs / 1000,
  };
}

function historyOf({ history }: DataDir) {
  if (!history) return null;
  const { tiers, tailRows, lagMs, badFiles, dropped, failure } = history.stats();
  const shown = Object.entries(tiers).map(([id, { files, bytes, rows, fromMs }]) => [
    id,
    { files, bytes, rows, from: isoTime(fromMs) },
  ]);
  return {
    tiers: Object.fromEntries(shown),
    ...{ tailRows, lagS: orNull(lagMs / 1000), badFiles, dropped },
    ...(failure ? { failure } : {}),
  };
}

export const storageRoutes = [storage];
