/** What all event logs of BMCs have in common: when an entry happened, and which are known. */
import type { SourceEvent } from '../contract.ts';
import type { ClockBounds } from './clock-offset.ts';

/** Times in logs have no fractions. */
const RESOLUTION_MS = 1_000;
/** When nothing is known of the BMC's clock: operators notice one that is wrong by more. */
const UNKNOWN_CLOCK: ClockBounds = { offsetMs: 0, uncertaintyMs: 300_000 };
/** Entries remembered for each log; a SEL holds a few thousand at most. */
const MAX_SEEN = 20_000;

export interface LogOptions {
  readonly source: string;
  readonly entity: string;
  readonly clock: () => ClockBounds | undefined;
  emit(event: SourceEvent): void;
  drop(why: string, count: number): void;
}

interface Read {
  /** What the BMC says, on its own clock; undefined where it does not know. */
  readonly statedMs: number | undefined;
  /** When the log was read before, and now. */
  readonly lastReadMs: number | undefined;
  readonly nowMs: number;
}

/**
 * When an entry happened on our clock. Without a time of its own it was between two readings.
 * @returns undefined when nothing tells
 */
export function happened(
  { statedMs, lastReadMs, nowMs }: Read,
  clock: ClockBounds = UNKNOWN_CLOCK,
): Pick<SourceEvent, 'atMs' | 'uncertaintyMs'> | undefined {
  if (statedMs !== undefined) {
    const atMs = statedMs - clock.offsetMs + RESOLUTION_MS / 2;
    return { atMs, uncertaintyMs: clock.uncertaintyMs + RESOLUTION_MS / 2 };
  }
  if (lastReadMs === undefined) return undefined;
  const halfMs = (nowMs - lastReadMs) / 2;
  return { atMs: nowMs - halfMs, uncertaintyMs: halfMs };
}

/** Forgets the oldest beyond the bound; a BMC does not list those again. */
export function remember(seen: Set<string>, key: string): void {
  seen.add(key);
  if (seen.size > MAX_SEEN) seen.delete(seen.values().next().value as string);
}
