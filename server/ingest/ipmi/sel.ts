/** Entries of a system event log as events: each once, on our clock. */
import type { ClockBounds } from '../bmc/clock-offset.ts';
import type { SourceEvent } from '../contract.ts';
import type { SelEntry } from './parse.ts';

const RESOLUTION_MS = 1_000;
/** Nothing is known of the BMC's clock: off by more than this, an operator would have noticed. */
const UNKNOWN_CLOCK_MS = 300_000;
const MAX_SEEN = 20_000;

const CRITICAL = new RegExp(
  [
    '(?<!non-)critical|non-recoverable|uncorrectable|failure|fault|lost',
    'machine check|leak|thermal trip|ierr',
  ].join('|'),
  'i',
);
const WARNING = /non-critical|correctable|predictive|degraded|limit|intrusion|removed/i;

export interface SelOptions {
  readonly source: string;
  readonly entity: string;
  readonly clock: () => ClockBounds | undefined;
  emit(event: SourceEvent): void;
  drop(why: string, count: number): void;
}

export interface SelReader {
  /** The newest entries of the log, oldest first. */
  take(entries: readonly SelEntry[], nowMs: number): void;
}

export function createSelReader(options: SelOptions): SelReader {
  const seen = new Set<string>();
  let lastReadMs: number | undefined;

  function take(entries: readonly SelEntry[], nowMs: number): void {
    for (const entry of entries) {
      const key = `${entry.record}|${entry.statedMs ?? ''}|${entry.text}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const when = timeOf(entry, nowMs);
      if (when)
        options.emit({
          ...{ source: options.source, entity: options.entity, text: entry.text, ...when },
          ...{ severity: severityOf(entry), key: `${options.source}/sel/${key}` },
        });
      else options.drop('log entry without time', 1);
    }
    while (seen.size > MAX_SEEN) seen.delete(seen.values().next().value as string);
    lastReadMs = nowMs;
  }

  /** An entry without time happened between the last reading and this one. */
  function timeOf(entry: SelEntry, nowMs: number) {
    if (entry.statedMs !== undefined) {
      const bounds = options.clock() ?? { offsetMs: 0, uncertaintyMs: UNKNOWN_CLOCK_MS };
      const atMs = entry.statedMs - bounds.offsetMs + RESOLUTION_MS / 2;
      return { atMs, uncertaintyMs: bounds.uncertaintyMs + RESOLUTION_MS / 2 };
    }
    if (lastReadMs === undefined) return undefined;
    const halfMs = (nowMs - lastReadMs) / 2;
    return { atMs: nowMs - halfMs, uncertaintyMs: halfMs };
  }

  return { take };
}

/** What ended is information; what began is as bad as it says. */
function severityOf(entry: SelEntry): SourceEvent['severity'] {
  if (!entry.isAsserted) return 'info';
  if (WARNING.test(entry.what) && !/uncorrectable|non-recoverable/i.test(entry.what))
    return 'warning';
  return CRITICAL.test(entry.what) ? 'critical' : 'info';
}
