/** Entries of a system event log as events: each once, on our clock. */
import { happened, type LogOptions, remember } from '../bmc/log.ts';
import type { SourceEvent } from '../contract.ts';
import type { SelEntry } from './parse.ts';

const CRITICAL = new RegExp(
  [
    '(?<!non-)critical|non-recoverable|uncorrectable|failure|fault|lost',
    'machine check|leak|thermal trip|ierr',
  ].join('|'),
  'i',
);
const WARNING = /non-critical|correctable|predictive|degraded|limit|intrusion|removed/i;

export interface SelReader {
  /** The newest entries of the log, oldest first. */
  take(entries: readonly SelEntry[], nowMs: number): void;
}

export function createSelReader(options: LogOptions): SelReader {
  const seen = new Set<string>();
  let lastReadMs: number | undefined;

  function take(entries: readonly SelEntry[], nowMs: number): void {
    for (const entry of entries) {
      const key = `${entry.record}|${entry.statedMs ?? ''}|${entry.text}`;
      if (seen.has(key)) continue;
      remember(seen, key);
      const when = happened({ statedMs: entry.statedMs, lastReadMs, nowMs }, options.clock());
      if (when)
        options.emit({
          ...{ source: options.source, entity: options.entity, text: entry.text, ...when },
          ...{ severity: severityOf(entry), key: `${options.source}/sel/${key}` },
        });
      else options.drop('log entry without time', 1);
    }
    lastReadMs = nowMs;
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
