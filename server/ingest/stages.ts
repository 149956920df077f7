/**
 * Stages stand between the gate and the columns for series whose samples are not simply the value of
 * one cell: code tables, zeros that a series' presence says, quotients, one metric for several
 * signals. To the gate a stage looks like a cell with a high number.
 */
import { SIGNALS } from '../../twin/index.ts';
import type { BoundRow } from '../identity/join.ts';
import type { CellWriter } from './binding.ts';
import type { MappingRow } from './mapping.ts';
import { createQuotients, type Quotients } from './quotient.ts';
import { rowValue } from './row-value.ts';

/** Cells from here on are stages; no state has as many cells. */
export const FIRST_STAGE_CELL = 1 << 30;

export interface StageOutput {
  /** Takes a finished value in the signal's unit for an entity. */
  write(signal: number, entity: number, value: number, atMs: number): void;
  /** Something not taken, by reason. */
  drop(why: string): void;
}

export interface Stages extends CellWriter {
  /** A new stage for one series; its cell number goes into the series' binding. */
  add(rows: readonly BoundRow[]): number;
  /** Forgets everything, when the topology has changed and all series are bound anew. */
  clear(): void;
}

interface Stage {
  readonly rows: readonly BoundRow[];
  readonly pools: readonly Pool[];
  value: number;
  atMs: number;
}

/** Contributions of several series to one side of one row of one entity. */
interface Pool {
  readonly members: Map<Stage, number>;
}

/** Whether the gate alone can serve the row: the sample, converted, is the value or a term of it. */
export function isPlain({ row, fixed, side }: BoundRow): boolean {
  const { values, over, zeroFrom } = row;
  return side === 'value' && !values && !over && !zeroFrom && fixed === undefined;
}

export function createStages(output: StageOutput): Stages {
  let stages: Stage[] = [];
  let pools = new Map<string, Pool>();
  let quotients = createQuotients();

  function poolOf({ rowIndex, entity, side, groupKey = '' }: BoundRow): Pool {
    const key = `${rowIndex} ${entity} ${side} ${groupKey}`;
    const pool = pools.get(key) ?? { members: new Map<Stage, number>() };
    pools.set(key, pool);
    return pool;
  }

  const stageAt = (cell: number) => stages[cell - FIRST_STAGE_CELL];

  return {
    add(rows) {
      stages.push({
        rows,
        pools: rows.map(poolOf),
        value: Number.NaN,
        atMs: Number.NEGATIVE_INFINITY,
      });
      return FIRST_STAGE_CELL + stages.length - 1;
    },
    clear() {
      stages = [];
      pools = new Map();
      quotients = createQuotients();
    },
    write(cell, _entity, value, atMs) {
      const stage = stageAt(cell);
      stage.value = value;
      stage.atMs = atMs;
      stage.rows.forEach((bound, i) => {
        pass({ bound, stage, pool: stage.pools[i], quotients, output }, value, atMs);
      });
    },
    markStale(cell) {
      const stage = stageAt(cell);
      for (const pool of stage.pools) pool.members.delete(stage);
    },
    timeAt: cell => stageAt(cell).atMs,
    valueAt: cell => stageAt(cell).value,
  };
}

interface Passage {
  readonly bound: BoundRow;
  readonly stage: Stage;
  readonly pool: Pool;
  readonly quotients: Quotients;
  readonly output: StageOutput;
}

function pass({ bound, stage, pool, quotients, output }: Passage, raw: number, atMs: number) {
  const { row, signal, entity } = bound;
  const value = rowValue(row, bound.fixed, raw);
  if (value === undefined) {
    output.drop('unknownCode');
    return;
  }
  pool.members.set(stage, value);
  // As in the gate: without `combine` the newest sample is the value, whatever series it is of.
  const isLone = row.combine === undefined && row.over?.by === undefined;
  const joined = isLone ? value : join(row, pool, atMs - 1000 * SIGNALS[signal].staleAfterS);
  const result = row.over
    ? quotients.put(bound, joined, atMs)
    : joined * (row.scale ?? 1) + (row.offset ?? 0);
  if (result === undefined) return;
  const [min, max] = SIGNALS[signal].range;
  if (result >= min && result <= max) output.write(signal, entity, result, atMs);
  else output.drop('range');
}

/** The members' latest values made one; members that fell silent leave. */
function join(row: MappingRow, pool: Pool, sinceMs: number): number {
  let total = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const [member, value] of pool.members) {
    if (member.atMs < sinceMs) {
      pool.members.delete(member);
      continue;
    }
    total += value;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  // Sides of a quotient that is paired by labels are sums: each pair is mostly one series a side.
  const combine = row.over?.by ? 'sum' : (row.combine ?? 'sum');
  if (combine === 'sum') return total;
  if (combine === 'mean') return total / pool.members.size;
  return combine === 'min' ? least : most;
}
