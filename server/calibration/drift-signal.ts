/** Drift of the models as a signal of the site, so that it is an alert like any other. */
import { SIGNAL_INDEX } from '../../twin/index.ts';
import type { LiveTwin } from '../live-twin.ts';

const DRIFT = SIGNAL_INDEX.get('modelDriftCount');
/** Well before it would go stale. */
const REPEAT_MS = 10_000;

/** @param count lines of the fidelity board whose error has left its usual level */
export function tellDrift({ twin }: LiveTwin, count: number, nowMs: number): void {
  if (DRIFT === undefined) return;
  const site = 0;
  const cell = twin.state.ensureCell(DRIFT, site);
  if (twin.state.valueAt(cell) === count && nowMs - twin.state.timeAt(cell) < REPEAT_MS) return;
  twin.write(cell, site, count, nowMs);
}
