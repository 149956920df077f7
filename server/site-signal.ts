/**
 * What the service knows of itself as a signal of the site: a limit on it is an alert like any
 * other. It is no reading, so that the journal does not keep it: a restart finds it out anew.
 */
import type { LiveTwin } from './live-twin.ts';

/** Well before it would go stale. */
const REPEAT_MS = 10_000;

export function tellSite({ twin }: LiveTwin, signal: number, value: number, nowMs: number): void {
  const { state } = twin;
  const site = 0;
  const cell = state.ensureCell(signal, site);
  if (state.valueAt(cell) === value && nowMs - state.timeAt(cell) < REPEAT_MS) return;
  twin.write(cell, site, value, nowMs);
}
