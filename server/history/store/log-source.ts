/** Where the rows come from: the journal, or what a test puts in its place. */
import type { LogPosition, LogVisitor, ReadReport } from '../../journal/contract.ts';
import { readLog } from '../../journal/read-log.ts';

/** Reads a stretch, up to where the visitor throws `StopReading`; other errors come through. */
export type ReadRange = (
  from: LogPosition,
  to: LogPosition,
  visitor: LogVisitor,
) => Pick<ReadReport, 'damages' | 'isStopped'>;

/** A module that exports `readLog`, by its URL; the journal's own unless given. */
export async function rangeReader(directory: string, module?: string): Promise<ReadRange> {
  const imported = module ? ((await import(module)) as { readLog: typeof readLog }) : { readLog };
  return (from, to, visitor) => imported.readLog(directory, { from, to }, visitor);
}
