/**
 * Stages stand between the gate and the columns for series whose samples are not simply the value of
 * one cell: code tables, zeros that a series' presence says, quotients, one metric for several
 * signals. To the gate a stage looks like a cell with a high number.
 */
import { SIGNALS } from '../../twin/index.ts';
import type { BoundRow } from '../identity/join.ts';
import type { CellWriter } from './binding.ts';
import { type Bucket, quantileOf } from './histogram.ts';
import type { MappingRow } from './mapping.ts';
import { createQuotients, type Quotients } from './quotient.ts';
import { rowValue } from './row-value.ts';

/** Cells from here on are stages; no state has as many cells. */
export const FIRST_STAGE_CELL = 1 << 30;

/** Where a finished value goes. */
interface Target {
  readonly signal: number;
  readonly entity: number;
  /** Precedence of the row that it comes from, see `owners.ts`. */
  readonly rank: number;
}

export interface StageOutput {
  /** Takes a finished value in the signal's unit. */
  write(target: Target, value: number, atMs: number): void;
  /** The series behind a value has ended; `lastAtMs` is when it was last heard. */
  markStale(target: Target, lastAtMs: number): void;
  /** Something not taken, by reason. */
  drop(why: string): void;
}

export interface Stages extends CellWriter {
  /** A new stage for one series; its cell number goes into the series' binding. */
  add(rows: readonly BoundRow[]): number;
  /**
   * Carries a stage over to a new generation, in which `entityOf` says where entities are now.
   * @returns false when one of its entities is gone: the series is then to be bound anew
   */
  move(cell: number, entityOf: (entity: number) => number): boolean;
  /** Gives a stage back that no series leads to any more. */
  release(cell: number): void;
  /** Prepares for a new generation: sums and quotients begin anew, `move` and `add` fill them. */
  beginGeneration(): void;
  /** Drops the quotients without news since. */
  forgetBefore(atMs: number): void;
  /** Of series that have one now. */
  size(): number;
}

/** What one series is to one row. */
interface Part {
  readonly bound: BoundRow;
  /** Present when several series make the row's value. */
  readonly pool: Pool | undefined;
}

interface Stage {
  parts: readonly Part[];
  value: number;
  atMs: number;
}

/** Contributions of several series to one side of one row of one entity. */
interface Pool {
  readonly key: string;
  /** Those that add to it now, by what they add. */
  readonly members: Map<Stage, number>;
  /** Stages that may, silent ones too. */
  users: number;
}

/** Whether the gate alone can serve the row: the sample, converted, is the value or a term of it. */
export function isPlain({ row, fixed, side }: BoundRow): boolean {
  const { values, over, zeroFrom, combine } = row;
  const isAsSent = !values && !over && !zeroFrom && combine !== 'p99';
  return side === 'value' && isAsSent && fixed === undefined;
}

/** Without `combine` the newest sample is the value, whatever series it is of. */
const isPooled = ({ combine, over }: MappingRow) => combine !== undefined || over?.by !== undefined;

export function createStages(output: StageOutput): Stages {
  const stages: (Stage | undefined)[] = [];
  const free: number[] = [];
  let pools = new Map<string, Pool>();
  let quotients = createQuotients();

  function partOf(bound: BoundRow): Part {
    if (!isPooled(bound.row)) return { bound, pool: undefined };
    const { rowIndex, entity, side, groupKey = '' } = bound;
    const key = `${rowIndex} ${entity} ${side} ${groupKey}`;
    const pool = pools.get(key) ?? { key, members: new Map<Stage, number>(), users: 0 };
    pool.users++;
    pools.set(key, pool);
    return { bound, pool };
  }

  function release(cell: number): void {
    const index = cell - FIRST_STAGE_CELL;
    const stage = stages[index];
    if (!stage) return;
    stages[index] = undefined;
    free.push(index);
    for (const { pool } of stage.parts) {
      if (!pool) continue;
      pool.members.delete(stage);
      if (--pool.users === 0 && pools.get(pool.key) === pool) pools.delete(pool.key);
    }
  }

  function stageAt(cell: number): Stage {
    const stage = stages[cell - FIRST_STAGE_CELL];
    if (!stage) throw new RangeError(`no stage has the cell ${cell}`);
    return stage;
  }

  return {
    add(rows) {
      const index = free.pop() ?? stages.length;
      const atMs = Number.NEGATIVE_INFINITY;
      stages[index] = { parts: rows.map(partOf), value: Number.NaN, atMs };
      return FIRST_STAGE_CELL + index;
    },
    move(cell, entityOf) {
      const stage = stageAt(cell);
      const rows = stage.parts.map(({ bound }) => ({ ...bound, entity: entityOf(bound.entity) }));
      const isWhole = rows.every(({ entity }) => entity >= 0);
      if (isWhole) stage.parts = rows.map(partOf);
      return isWhole;
    },
    release,
    beginGeneration() {
      pools = new Map();
      quotients = createQuotients();
    },
    forgetBefore: atMs => quotients.forgetBefore(atMs),
    size: () => stages.length - free.length,
    write(cell, _entity, value, atMs) {
      const stage = stageAt(cell);
      stage.value = value;
      stage.atMs = atMs;
      for (const part of stage.parts) take({ part, stage, quotients, output }, value);
    },
    markStale(cell) {
      const stage = stageAt(cell);
      for (const part of stage.parts) end({ part, stage, quotients, output });
    },
    timeAt: cell => stageAt(cell).atMs,
    valueAt: cell => stageAt(cell).value,
  };
}

interface Passage {
  readonly part: Part;
  readonly stage: Stage;
  readonly quotients: Quotients;
  readonly output: StageOutput;
}

function take(passage: Passage, raw: number) {
  const { part, stage, output } = passage;
  const { row, fixed, upTo } = part.bound;
  if (Number.isNaN(upTo)) {
    output.drop('bucketWithoutBound');
    return;
  }
  const value = rowValue(row, fixed, raw);
  if (value === undefined) {
    output.drop('unknownCode');
    return;
  }
  part.pool?.members.set(stage, value);
  pass(passage, part.pool ? join(part, part.pool, stage.atMs) : value, stage.atMs);
}

/** A series that ended leaves what it had a part in; the last one leaves it stale. */
function end(passage: Passage) {
  const { part, stage, output } = passage;
  const { bound, pool } = part;
  pool?.members.delete(stage);
  if (!pool || pool.members.size === 0) {
    output.markStale(bound, stage.atMs);
    return;
  }
  const newestMs = Math.max(...Array.from(pool.members.keys(), member => member.atMs));
  pass(passage, join(part, pool, newestMs), newestMs);
}

function pass({ part, quotients, output }: Passage, joined: number | undefined, atMs: number) {
  const { bound } = part;
  if (joined === undefined) return;
  const { row, signal } = bound;
  const result = row.over
    ? quotients.put(bound, joined, atMs)
    : joined * (row.scale ?? 1) + (row.offset ?? 0);
  if (result === undefined) return;
  const [min, max] = SIGNALS[signal].range;
  if (result >= min && result <= max) output.write(bound, result, atMs);
  else output.drop('range');
}

/**
 * The members' latest values made one; members that fell silent leave.
 * @returns undefined for histograms without values
 */
function join({ bound }: Part, pool: Pool, atMs: number): number | undefined {
  const { row, signal } = bound;
  const { members } = pool;
  const sinceMs = atMs - 1000 * SIGNALS[signal].staleAfterS;
  let total = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const [member, value] of members) {
    if (member.atMs < sinceMs) {
      members.delete(member);
      continue;
    }
    total += value;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  // Sides of a quotient that is paired by labels are sums: each pair is mostly one series a side.
  const combine = row.over?.by ? 'sum' : (row.combine ?? 'sum');
  if (combine === 'p99') return quantileOf(bucketsOf(pool), 0.99);
  if (combine === 'sum') return total;
  if (combine === 'mean') return total / members.size;
  return combine === 'min' ? least : most;
}

function* bucketsOf(pool: Pool): Generator<Bucket> {
  for (const [{ parts }, count] of pool.members) {
    for (const part of parts) {
      if (part.pool === pool) yield [part.bound.upTo ?? Number.NaN, count];
    }
  }
}
