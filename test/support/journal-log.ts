/** Journals in tests: a layout, rows that number themselves, and all that a log holds as a list. */
import pino from 'pino';
import type {
  Journal,
  Layout,
  LogVisitor,
  ReadReport,
  RowKind,
} from '../../server/journal/contract.ts';
import { type JournalOptions, startJournal } from '../../server/journal/journal.ts';
import { type ReadOptions, readLog } from '../../server/journal/read-log.ts';

export const quietLog = pino({ level: 'silent' });

export const layoutOf = (generation: string, count = 1000): Layout => ({
  generation,
  columns: [
    { signal: 'gpuPowerW', kind: 'gpu', first: 0, count },
    { signal: 'hostPowerW', kind: 'host', first: count, count: 10 },
  ],
});

export type Entry =
  | readonly ['layout', string]
  | readonly [RowKind, cell: number, atMs: number, value: number]
  | readonly ['stale', number]
  | readonly ['note', string, unknown];

export interface LogContent extends ReadReport {
  readonly entries: Entry[];
  readonly clocksMs: number[];
}

export function contentOf(dir: string, options: ReadOptions = {}): LogContent {
  const entries: Entry[] = [];
  const clocksMs: number[] = [];
  const visitor: LogVisitor = {
    layout: ({ generation }) => void entries.push(['layout', generation]),
    rows({ kind, count, cells, timesMs, values }) {
      for (let i = 0; i < count; i++) entries.push([kind, cells[i], timesMs[i], values[i]]);
    },
    stale: cells => void entries.push(...[...cells].map(cell => ['stale', cell] as const)),
    note: (topic, value) => void entries.push(['note', topic, value]),
    passed: (_, clockMs) => void clocksMs.push(clockMs),
  };
  const report = readLog(dir, options, visitor);
  return { ...report, entries, clocksMs };
}

export const rowsIn = (content: LogContent) => content.entries.filter(entry => entry.length === 4);

export const openJournal = (dir: string, options: Partial<JournalOptions> = {}): Promise<Journal> =>
  startJournal({
    dir,
    clock: { now: Date.now, speed: 1 },
    log: quietLog,
    salt: 0x5eed5eed,
    ...options,
  });

/** Row `seq` is told apart from every other by each of its fields. */
export const CELLS = 1000;
export const timeOf = (seq: number) => 1_700_000_000_000 + seq * 7;
export const readingOf = (seq: number) => seq + 0.25;

export function appendSeq(journal: Journal, seq: number): void {
  journal.written(seq % CELLS, readingOf(seq), timeOf(seq));
}

/**
 * Numbers of the rows of a log.
 * @throws Error for a row that was never appended, or one out of order
 */
export function seqsIn(content: LogContent): number[] {
  const seqs: number[] = [];
  for (const [, cell, atMs, value] of rowsIn(content)) {
    const seq = (value as number) - 0.25;
    const isOurs = Number.isInteger(seq) && cell === seq % CELLS && atMs === timeOf(seq);
    if (!isOurs) throw new Error(`invented: cell ${cell} at ${atMs}: ${value}`);
    if (seq <= (seqs.at(-1) ?? -1)) throw new Error(`${seq} comes after ${seqs.at(-1)}`);
    seqs.push(seq);
  }
  return seqs;
}
