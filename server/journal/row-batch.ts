/** Rows that wait for the next commit, as columns. */
import { RECORD_ROWS_MAX } from './format.ts';

export interface RowBatch {
  count: number;
  /** Time of the first row; NaN while there is none, so that no row fits. */
  baseMs: number;
  readonly values: Float64Array;
  readonly cells: Uint32Array;
  readonly timesMs: Int32Array;
}

export const createRowBatch = (): RowBatch => ({
  count: 0,
  baseMs: Number.NaN,
  values: new Float64Array(RECORD_ROWS_MAX),
  cells: new Uint32Array(RECORD_ROWS_MAX),
  timesMs: new Int32Array(RECORD_ROWS_MAX),
});

/**
 * Hot path.
 * @returns false when the row does not fit: the batch is full or not begun, or the time is more
 *   than 24 days or a fraction of a millisecond away from its first
 */
export function appendRow(batch: RowBatch, cell: number, value: number, atMs: number): boolean {
  const { count, baseMs } = batch;
  const sinceMs = (atMs - baseMs) | 0;
  if (baseMs + sinceMs !== atMs || count === RECORD_ROWS_MAX) return false;
  batch.values[count] = value;
  batch.cells[count] = cell;
  batch.timesMs[count] = sinceMs;
  batch.count = count + 1;
  return true;
}

/** @throws Error for a time that is no number: the gate lets none through */
export function beginRows(batch: RowBatch, atMs: number): void {
  if (!Number.isFinite(atMs)) throw new Error(`journal: a row at ${atMs}`);
  batch.count = 0;
  batch.baseMs = atMs;
}

/** Steps from cell to cell: in the order that senders keep they are all alike, and compress well. */
export function putCellSteps(batch: RowBatch, into: Int32Array, at: number): void {
  const { cells, count } = batch;
  let last = 0;
  for (let i = 0; i < count; i++) {
    into[at + i] = cells[i] - last;
    last = cells[i];
  }
}

export function clearRows(batch: RowBatch): void {
  batch.count = 0;
  batch.baseMs = Number.NaN;
}
