/** What the worker says of the files it keeps. */
import type { TierId, TierStats } from './contract.ts';
import type { Keeper } from './keeper.ts';
import type { WorkerStats } from './messages.ts';
import { TIER_IDS } from './tiers.ts';

export function statsOf(keeper: Keeper, failure: string | undefined): WorkerStats {
  const { checkpoint, position, tails, counts, dropped, badFiles, clockMs } = keeper;
  const tiers = Object.fromEntries(
    TIER_IDS.map(id => [id, tierOf(checkpoint.files.filter(file => file.tier === id))]),
  ) as Record<TierId, TierStats>;
  const { rolledToMs } = checkpoint;
  return {
    tiers,
    files: checkpoint.files.length,
    bytes: checkpoint.files.reduce((sum, file) => sum + file.bytes, 0),
    tailRows: tails.reduce((sum, tail) => sum + tail.rows, 0),
    tailBytes: tails.reduce((sum, tail) => sum + tail.bytes, 0),
    rowsTaken: counts.taken,
    checkpoint: checkpoint.position,
    position,
    generations: [...checkpoint.generations],
    ...(rolledToMs === undefined ? {} : { rolledToMs }),
    flushes: counts.flushes,
    rollups: counts.rollups,
    merges: counts.merges,
    dropped: { ...dropped },
    badFiles: [...badFiles],
    badFileCount: counts.bad,
    ...(failure === undefined ? {} : { failure }),
    ...(Number.isFinite(clockMs) ? { clockMs } : {}),
  };
}

function tierOf(files: Keeper['checkpoint']['files']): TierStats {
  const fromMs = Math.min(...files.map(file => file.fromMs));
  return {
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    ...(files.length > 0 ? { fromMs } : {}),
  };
}
