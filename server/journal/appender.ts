/** Gathers what is appended to the journal until it is sealed into records. */
import type { Journal } from './contract.ts';
import { RECORD_ROWS_MAX, type RecordType, ROW_BYTES, TYPE } from './format.ts';
import { checkBody } from './pending.ts';
import { appendRow, beginRows, createRowBatch, type RowBatch } from './row-batch.ts';
import type { Sealing } from './sealing.ts';

export interface Appender
  extends Pick<Journal, 'written' | 'late' | 'derived' | 'stale' | 'note' | 'layout'> {
  /** Makes records of all that is open. */
  seal(): void;
  /** Rows and stale marks that are not in a record yet. */
  openEntries(): number;
  openBytes(): number;
}

export function createAppender(sealing: Sealing): Appender {
  const written = createRowBatch();
  const late = createRowBatch();
  const derived = createRowBatch();
  const staleCells: number[] = [];
  const openEntries = () => written.count + late.count + derived.count + staleCells.length;

  function seal() {
    sealing.rows(written, TYPE.written);
    sealing.stale(staleCells);
    sealing.rows(late, TYPE.late);
    sealing.rows(derived, TYPE.derived);
  }

  /** A row that does not fit the open batch begins the next one. */
  function begin(batch: RowBatch, type: RecordType, atMs: number) {
    if (!sealing.hasLayout) throw new Error('journal: a row before any layout');
    sealing.rows(batch, type);
    // Marks and values of a cell keep their order, since only one of the two is ever open.
    if (batch === written) sealing.stale(staleCells);
    beginRows(batch, atMs);
  }

  return {
    written(cell, value, atMs) {
      if (appendRow(written, cell, value, atMs)) return;
      begin(written, TYPE.written, atMs);
      appendRow(written, cell, value, atMs);
    },
    late(cell, value, atMs) {
      if (appendRow(late, cell, value, atMs)) return;
      begin(late, TYPE.late, atMs);
      appendRow(late, cell, value, atMs);
    },
    derived(cell, value, atMs) {
      if (appendRow(derived, cell, value, atMs)) return;
      begin(derived, TYPE.derived, atMs);
      appendRow(derived, cell, value, atMs);
    },
    stale(cell) {
      if (!sealing.hasLayout) throw new Error('journal: a stale mark before any layout');
      sealing.rows(written, TYPE.written);
      staleCells.push(cell);
      if (staleCells.length === RECORD_ROWS_MAX) sealing.stale(staleCells);
    },
    note(topic, value) {
      const body = new TextEncoder().encode(JSON.stringify({ topic, value }));
      checkBody(body, `a note (${topic})`);
      seal();
      sealing.note(body);
    },
    layout(layout) {
      seal();
      sealing.layout(layout);
    },
    seal,
    openEntries,
    openBytes: () => openEntries() * ROW_BYTES,
  };
}
