/** A stretch of the journal that ends in time instead of at a place. */
import type { Damage, LogPosition, LogVisitor } from '../journal/contract.ts';
import { readLog, StopReading } from '../journal/read-log.ts';

interface Stretch {
  readonly dataDir: string;
  readonly from: LogPosition;
  /** Up to the first record that the service wrote after this; to the end unless given. */
  readonly untilMs?: number;
}

interface StretchRead {
  /** Clock of the last record read; NaN when there was none. */
  readonly lastMs: number;
  /** Behind it. */
  readonly end: LogPosition;
  readonly tornBytes: number;
  readonly damages: readonly Damage[];
}

export function readUntil({ dataDir, from, untilMs }: Stretch, visitor: LogVisitor): StretchRead {
  let lastMs = Number.NaN;
  const arrive = (clockMs: number) => {
    if (untilMs !== undefined && clockMs > untilMs) throw new StopReading();
    lastMs = clockMs;
  };
  const watched: LogVisitor = {
    layout(layout, clockMs) {
      // The layout in force is told at the place where reading begins, whenever it was written.
      visitor.layout(layout, clockMs);
    },
    rows(rows, clockMs) {
      arrive(clockMs);
      visitor.rows(rows, clockMs);
    },
    stale(cells, clockMs) {
      arrive(clockMs);
      visitor.stale(cells, clockMs);
    },
    note(topic, value, clockMs) {
      arrive(clockMs);
      visitor.note(topic, value, clockMs);
    },
  };
  const { end, tornBytes, damages } = readLog(dataDir, { from }, watched);
  return { lastMs, end, tornBytes, damages };
}
