/**
 * The journal: what was accepted, in the order in which it was, on disk before it is acknowledged.
 * `docs/adr/0007-journal-and-history.md` says why it looks as it does.
 *
 * A row names its series by a *cell*: the number of the cell in the state that was live. A layout
 * record says which signal of which entities a range of cells holds; every segment begins with one,
 * and another follows whenever columns are made or the inventory changes.
 */
import type { Kind } from '../../twin/index.ts';

/** A place in the journal: all that is before it. Offsets count uncompressed bytes. */
export interface LogPosition {
  readonly segment: number;
  readonly offset: number;
}

/** Cells `first` to `first + count - 1` are a signal of a kind's entities, in entity order. */
export interface LayoutColumn {
  readonly signal: string;
  readonly kind: Kind;
  readonly first: number;
  readonly count: number;
}

export interface Layout {
  /** Key of the topology generation, see `server/recovery/generations.ts`. */
  readonly generation: string;
  readonly columns: readonly LayoutColumn[];
}

/**
 * `written` went into the state and the history; `late` into the history only, since the state held
 * something newer; `derived` is a value that the twin worked out, sampled for the history.
 */
export type RowKind = 'written' | 'late' | 'derived';

/** The rows of one record, valid until the visitor returns. */
export interface Rows {
  readonly kind: RowKind;
  readonly count: number;
  readonly cells: Uint32Array;
  /** Event times, epoch ms. */
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
}

/** What a reader of the journal is told, in order. `clockMs`: the service's clock at that record. */
export interface LogVisitor {
  layout(layout: Layout, clockMs: number): void;
  rows(rows: Rows, clockMs: number): void;
  /** Series whose source said that they have ended. */
  stale(cells: Uint32Array, clockMs: number): void;
  /** Anything that is not a sample: a text, an event. Unknown topics are passed by. */
  note(topic: string, value: unknown, clockMs: number): void;
  /** After each record, with the place behind it. */
  passed?(position: LogPosition, clockMs: number): void;
}

/** A stretch of a segment that cannot be read; what is before and after it is used. */
export interface Damage {
  readonly file: string;
  readonly fromOffset: number;
  readonly toOffset: number;
  readonly why: string;
}

export interface ReadReport {
  /** Behind the last good record. */
  readonly end: LogPosition;
  readonly records: number;
  readonly rows: number;
  /** Bytes of an unfinished record at the end of the last segment. */
  readonly tornBytes: number;
  readonly damages: readonly Damage[];
  /** The visitor had enough: nothing behind `end` was looked for. */
  readonly isStopped: boolean;
}

interface JournalStats {
  readonly end: LogPosition;
  readonly segments: number;
  readonly bytes: number;
  /** Rows appended and not yet on disk. */
  readonly pendingRows: number;
  readonly rows: number;
  readonly commits: number;
  /** Duration of the last write and sync together. */
  readonly lastCommitMs: number;
  /** Why nothing can be written now; absent while all is well. */
  readonly failure?: string;
  /** Rows given up because the disk would not take them, and nobody was waiting for them. */
  readonly lostRows: number;
}

export interface Journal {
  /** Hot path: a value that went into the state. Nothing is written until the next commit. */
  written(cell: number, value: number, atMs: number): void;
  late(cell: number, value: number, atMs: number): void;
  derived(cell: number, value: number, atMs: number): void;
  stale(cell: number): void;
  note(topic: string, value: unknown): void;
  /** The layout that the rows appended from now on follow. */
  layout(layout: Layout): void;
  /**
   * Commits: resolves to true once everything appended so far is on disk, to false when the disk
   * does not take it now. What was not taken stays pending, and is written when the disk allows.
   */
  durable(): Promise<boolean>;
  /** Why a sender should be told to come again (503) before its request is read; '' when fine. */
  refusal(): string;
  /** Told after each commit. */
  onCommit(listener: (end: LogPosition, clockMs: number) => void): void;
  stats(): JournalStats;
  /** Commits what is pending and closes the file. */
  close(): Promise<void>;
}
