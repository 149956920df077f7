/** What the ingest writes to: the cells of the live twin, and the stages in front of some of them. */
import { SIGNALS, STALE } from '../../twin/index.ts';
import type { LiveTwin } from '../live-twin.ts';
import type { CellWriter } from './binding.ts';
import { createOwners, type Owners } from './owners.ts';
import { createStages, FIRST_STAGE_CELL, type StageOutput, type Stages } from './stages.ts';

export interface LiveWriter extends Required<CellWriter> {
  readonly stages: Stages;
  readonly owners: Owners;
}

/** @param drop counts what a stage did not take, by reason */
export function createLiveWriter(live: LiveTwin, drop: (why: string) => void): LiveWriter {
  const owners = createOwners({
    timeAt: cell => live.twin.state.timeAt(cell),
    isCurrent: cell => live.twin.state.quality[cell] > STALE,
  });
  const stages = createStages(stageOutput(live, owners, drop));
  return {
    stages,
    owners,
    // A stage may feed several cells: each is asked when a value is to go there.
    admits: (cell, rank, atMs, staleAfterMs) =>
      cell >= FIRST_STAGE_CELL || owners.admits(cell, rank, atMs, staleAfterMs),
    write(cell, entity, value, atMs) {
      if (cell < FIRST_STAGE_CELL) live.write(cell, entity, value, atMs);
      else stages.write(cell, entity, value, atMs);
    },
    markStale(cell, entity, atMs, rank) {
      if (cell >= FIRST_STAGE_CELL) stages.markStale(cell, entity, atMs, rank);
      else if (owners.owns(cell, rank)) live.markStale(cell, entity);
    },
    timeAt: cell => (cell < FIRST_STAGE_CELL ? live.twin.state.timeAt(cell) : stages.timeAt(cell)),
    valueAt: cell =>
      cell < FIRST_STAGE_CELL ? live.twin.state.valueAt(cell) : stages.valueAt(cell),
  };
}

function stageOutput(live: LiveTwin, owners: Owners, drop: (why: string) => void): StageOutput {
  return {
    write({ signal, entity, rank }, value, atMs) {
      const { twin } = live;
      const cell = twin.state.ensureCell(signal, entity);
      const staleAfterMs = 1000 * SIGNALS[signal].staleAfterS;
      if (!owners.admits(cell, rank, atMs, staleAfterMs)) drop('otherSource');
      else if (atMs < twin.state.timeAt(cell)) {
        drop('late');
        live.late(cell, value, atMs);
      } else live.write(cell, entity, value, atMs);
    },
    markStale({ signal, entity, rank }, lastAtMs) {
      const { twin } = live;
      const cell = twin.state.cellOf(signal, entity);
      if (cell < 0 || !owners.owns(cell, rank)) return;
      if (!(twin.state.timeAt(cell) > lastAtMs)) live.markStale(cell, entity);
    },
    drop,
  };
}
