/**
 * The journal back into a model. Every record says what a cell is, not how it changes, so that a
 * stretch may be applied on top of a state that holds a part of it already.
 */
import {
  type EntityMove,
  KIND_INDEX,
  MEASURED,
  SIGNAL_INDEX,
  STALE,
  type Twin,
} from '../../twin/index.ts';
import type { SourceEvent } from '../ingest/contract.ts';
import type { Layout, LayoutColumn, LogVisitor, Rows } from '../journal/contract.ts';
import type { EventLog, TextTable } from '../live-twin.ts';
import { BREACHES, type NotedBreaches } from './breach-notes.ts';
import { EVENT, TEXT, type TextNote } from './recording.ts';

export interface ReplayTarget {
  readonly twin: Twin;
  readonly texts: Pick<TextTable, 'restore'>;
  readonly events: Pick<EventLog, 'add'>;
  /** Key of the generation of `twin`. */
  readonly generation: string;
  /** Puts a value into a cell; straight into the state unless given. */
  readonly write?: (cell: number, value: number, atMs: number) => void;
  /** How entities of a stored generation are found in `twin`. @throws when it is not stored */
  moveFrom(generation: string): EntityMove;
}

export interface Replay extends LogVisitor {
  /** Rows that went into the state. */
  readonly applied: number;
  /** Rows whose entity or signal is not there any more. */
  readonly gone: number;
}

const GONE = -1;

/** @param breaches hears of those that began and ended; a playback judges for itself */
export function createReplay(target: ReplayTarget, breaches?: Pick<NotedBreaches, 'take'>): Replay {
  const { state } = target.twin;
  const { write = (cell, value, atMs) => state.put(cell, value, atMs, MEASURED) } = target;
  /** Cell here of each cell there; undefined where the numbers are the same. */
  let cellOf: Int32Array | undefined;
  let applied = 0;
  let gone = 0;

  function applyRows({ cells, values, timesMs, count }: Rows) {
    for (let i = 0; i < count; i++) {
      const cell = cellOf === undefined ? cells[i] : cellOf[cells[i]];
      if (cell >= 0 && cell < state.cellCount) {
        write(cell, values[i], timesMs[i]);
        applied++;
      } else gone++;
    }
  }

  return {
    get applied() {
      return applied;
    },
    get gone() {
      return gone;
    },
    layout(layout) {
      cellOf = mapOf(target, layout);
    },
    rows(rows) {
      if (rows.kind === 'written') applyRows(rows);
    },
    stale(cells) {
      for (const each of cells) {
        const cell = cellOf === undefined ? each : cellOf[each];
        if (cell >= 0 && state.quality[cell] > STALE) state.setQuality(cell, STALE);
      }
    },
    note(topic, value) {
      if (topic === EVENT) target.events.add(value as SourceEvent);
      if (topic === BREACHES) breaches?.take(value as Parameters<NotedBreaches['take']>[0]);
      if (topic !== TEXT) return;
      const { index, text } = value as TextNote;
      target.texts.restore(index, text);
    },
  };
}

/** Makes the columns of the layout, in its order, so that numbers stay the same where they can. */
function mapOf(target: ReplayTarget, layout: Layout): Int32Array | undefined {
  const move =
    layout.generation === target.generation ? undefined : target.moveFrom(layout.generation);
  const columns = layout.columns.filter(isOfCells);
  const same = columns.map(column => cellsHere(target.twin, column));
  if (!move && columns.every(({ first }, i) => same[i] === first)) return undefined;
  const end = columns.reduce((most, { first, count }) => Math.max(most, first + count), 0);
  const cellOf = new Int32Array(end).fill(GONE);
  columns.forEach((column, i) => {
    if (same[i] === GONE) return;
    const kind = KIND_INDEX[column.kind];
    const firstEntity = target.twin.topology.kindStart[kind];
    for (let n = 0; n < column.count; n++) {
      const entity = move ? move(kind, n) : firstEntity + n;
      if (entity >= 0) cellOf[column.first + n] = same[i] + entity - firstEntity;
    }
  });
  return cellOf;
}

/** Derived signals have numbers above those of cells. */
const isOfCells = ({ first }: LayoutColumn) => first < 2 ** 31;

/** First cell of the column here; GONE for a signal or kind that this version does not have. */
function cellsHere({ state, topology }: Twin, { signal, kind }: LayoutColumn): number {
  const signalIndex = SIGNAL_INDEX.get(signal);
  const kindIndex = KIND_INDEX[kind];
  if (signalIndex === undefined || kindIndex === undefined) return GONE;
  if (topology.kindStart[kindIndex] === topology.kindStart[kindIndex + 1]) return GONE;
  return state.ensureColumn(signalIndex, kindIndex).firstCell;
}
