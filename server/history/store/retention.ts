/** Which files go: those past their time, and the oldest of the finest tier when the disk is full. */
import type { Checkpoint, StoredFile } from './checkpoint.ts';
import type { HistoryConfig } from './config.ts';
import { HOUR_MS, type TierId } from './contract.ts';
import { TIERS } from './tiers.ts';

interface Doomed {
  readonly file: StoredFile;
  readonly why: 'past its time' | 'the disk budget';
}

type State = Pick<Checkpoint, 'files' | 'rolledToMs'>;

/** Raw files with rows that are not rolled up yet always stay. */
export function doomedFiles(state: State, config: HistoryConfig, nowMs: number): Doomed[] {
  const mayGo = ({ tier, toMs }: StoredFile) =>
    tier !== 'raw' || toMs <= (state.rolledToMs ?? Number.NEGATIVE_INFINITY);
  const doomed: Doomed[] = [];
  const staying: StoredFile[] = [];
  const keepMs = Object.fromEntries(TIERS.map(tier => [tier.id, tier.keepMs(config)]));
  for (const file of state.files) {
    const isOld = file.toMs <= nowMs - keepMs[file.tier];
    if (isOld && mayGo(file)) doomed.push({ file, why: 'past its time' });
    else staying.push(file);
  }
  let bytes = staying.reduce((sum, file) => sum + file.bytes, 0);
  for (const { id } of TIERS) {
    const candidates = staying.filter(file => file.tier === id && mayGo(file));
    candidates.sort((a, b) => a.toMs - b.toMs);
    for (let i = 0; i < candidates.length && bytes > config.maxBytes; ) {
      // Slices and shelves of one stretch of time go together.
      const { toMs } = candidates[i];
      for (; candidates[i]?.toMs === toMs; i++) {
        doomed.push({ file: candidates[i], why: 'the disk budget' });
        bytes -= candidates[i].bytes;
      }
    }
  }
  return doomed;
}

/** From when on each tier is complete once these are gone: at an hour, for roll-ups and raw alike. */
export function keptFrom(
  before: Checkpoint['keptFromMs'],
  doomed: readonly Doomed[],
): Checkpoint['keptFromMs'] {
  const kept: Partial<Record<TierId, number>> = { ...before };
  for (const { file } of doomed) {
    const fromMs = Math.ceil(file.toMs / HOUR_MS) * HOUR_MS;
    kept[file.tier] = Math.max(kept[file.tier] ?? fromMs, fromMs);
  }
  return kept;
}
