/** Makes records of what was appended, as long as there is room for them. */
import type { Clock } from '../clock.ts';
import type { Layout } from './contract.ts';
import { encodeLayout, layoutKeyOf } from './decode-v1.ts';
import { type RecordType, recordBytes, TYPE } from './format.ts';
import {
  type Chunk,
  checkBody,
  type Pending,
  type RecordHead,
  rowsBodyBytes,
  type StoredLayout,
  sealBody,
  sealRows,
  sealStale,
  staleBodyBytes,
} from './pending.ts';
import { clearRows, type RowBatch } from './row-batch.ts';

interface SealingOptions {
  readonly pending: Pending;
  readonly clock: Clock;
  readonly salt: number;
  readonly maxPendingBytes: number;
}

export interface Sealing {
  /** Empties the batch. */
  rows(batch: RowBatch, type: RecordType): void;
  /** Empties the list. */
  stale(cells: number[]): void;
  note(body: Uint8Array): void;
  layout(layout: Layout): void;
  readonly hasLayout: boolean;
  /** Rows, stale marks and notes that had no room. */
  readonly lost: number;
  /** Whether anything was lost since this was asked last. */
  takeLoss(): boolean;
}

export function createSealing(options: SealingOptions): Sealing {
  const { pending, clock, salt, maxPendingBytes } = options;
  let layout: StoredLayout | undefined;
  let lost = 0;
  let hasLost = false;

  function seal(
    type: RecordType,
    { bodyBytes, entries }: { bodyBytes: number; entries: number },
    put: (chunk: Chunk, head: RecordHead) => void,
  ) {
    if (pending.bytes + recordBytes(bodyBytes) <= maxPendingBytes) {
      const head = { type, clockMs: clock.now(), salt, layoutKey: layout?.key ?? 0 };
      put(pending.room(bodyBytes, layout), head);
      return;
    }
    lost += entries;
    hasLost = true;
  }

  return {
    rows(batch, type) {
      const entries = batch.count;
      if (entries === 0) return;
      const size = { bodyBytes: rowsBodyBytes(entries), entries };
      seal(type, size, (chunk, head) => sealRows(chunk, head, batch));
      clearRows(batch);
    },
    stale(cells) {
      const entries = cells.length;
      if (entries === 0) return;
      const size = { bodyBytes: staleBodyBytes(entries), entries };
      seal(TYPE.stale, size, (chunk, head) => sealStale(chunk, head, cells));
      cells.length = 0;
    },
    note(body) {
      const size = { bodyBytes: body.length, entries: 1 };
      seal(TYPE.note, size, (chunk, head) => sealBody(chunk, head, body));
    },
    layout(next) {
      const body = encodeLayout(next);
      checkBody(body, 'a layout');
      const before = layout;
      layout = { body, key: layoutKeyOf(body) };
      // Never lost, however full: without it the rows that follow would mean something else.
      const head = { type: TYPE.layout, clockMs: clock.now(), salt, layoutKey: layout.key };
      sealBody(pending.room(body.length, before), head, body);
    },
    get hasLayout() {
      return layout !== undefined;
    },
    get lost() {
      return lost;
    },
    takeLoss() {
      const hadLost = hasLost;
      hasLost = false;
      return hadLost;
    },
  };
}
