/** The live model's changes into the journal: values, texts, events, and what the numbers mean. */
import { KINDS, SIGNALS } from '../../twin/index.ts';
import { valueToKeep } from '../history/value-to-keep.ts';
import type { Journal, LayoutColumn } from '../journal/contract.ts';
import type { LiveTwin, Recorder } from '../live-twin.ts';
import { noteBreaches } from './breach-notes.ts';
import { saveGeneration } from './generations.ts';
import { type SampledColumn, sampledColumns } from './sampled.ts';

export interface Recording {
  /** Key of the generation that stands. */
  readonly generation: string;
  /** A sample of the derived signals for the history; once a minute. @returns how many had one */
  sample(nowMs: number): number;
}

/** Topics of notes. */
export const TEXT = 'text';
export const EVENT = 'event';

export interface TextNote {
  readonly index: number;
  readonly text: string;
}

/** @param dataDir holds the generation that stands, under the key `stored`, already */
export function recordInto(
  journal: Journal,
  live: LiveTwin,
  { dataDir, stored }: { readonly dataDir: string; readonly stored: string },
): Recording {
  let generation = stored;
  let sampled = sampledColumns(live.twin.topology);
  /** Cells from here on are not in the last layout; -1 before there is one of this generation. */
  let toldCells = -1;

  function tellLayout() {
    const { columns, cellCount } = live.twin.state;
    toldCells = cellCount;
    journal.layout({ generation, columns: [...columns.map(cellColumn), ...sampled.map(named)] });
  }

  live.onGeneration(topology => {
    generation = saveGeneration(dataDir, topology);
    sampled = sampledColumns(topology);
    toldCells = -1;
  });

  /** Rows may only follow a layout that has their cells. */
  const recorder: Recorder = {
    written(cell, value, atMs) {
      if (cell >= toldCells) tellLayout();
      journal.written(cell, value, atMs);
    },
    late(cell, value, atMs) {
      if (cell >= toldCells) tellLayout();
      journal.late(cell, value, atMs);
    },
    stale(cell) {
      if (cell >= toldCells) tellLayout();
      journal.stale(cell);
    },
    text: (index, text) => journal.note(TEXT, { index, text } satisfies TextNote),
    event: event => journal.note(EVENT, event),
  };
  live.record(recorder);
  tellLayout();
  noteBreaches(journal, live);

  return {
    get generation() {
      return generation;
    },
    sample(nowMs) {
      if (live.twin.state.cellCount !== toldCells) tellLayout();
      return sampled.reduce(
        (count, column) => count + sampleColumn(journal, live, column, nowMs),
        0,
      );
    },
  };
}

type StateColumn = LiveTwin['twin']['state']['columns'][number];

const cellColumn = ({ signal, kind, firstCell, count }: StateColumn): LayoutColumn => ({
  signal: SIGNALS[signal].id,
  kind: KINDS[kind].id,
  first: firstCell,
  count,
});

const named = ({ signal, kind, first, count }: SampledColumn): LayoutColumn => ({
  ...{ signal, kind, first, count },
});

/** @returns how many entities had a value */
function sampleColumn(journal: Journal, live: LiveTwin, column: SampledColumn, nowMs: number) {
  const { state } = live.twin;
  let taken = 0;
  const { signalIndex, firstEntity, first, count } = column;
  for (let i = 0; i < count; i++) {
    const value = valueToKeep(state, signalIndex, firstEntity + i);
    if (!Number.isFinite(value)) continue;
    journal.derived(first + i, value, nowMs);
    taken++;
  }
  return taken;
}
