/**
 * Containment roll-ups: the values of the parts make the value of the whole. Only the wholes whose
 * parts changed are worked out again, from all their parts, so nothing drifts.
 */

import type { Marks } from '../state/marks.ts';
import { DERIVED, MISSING, MODELLED, STALE } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { KIND_COUNT, KIND_INDEX, KINDS } from '../tables/kinds.ts';
import { SIGNALS } from '../tables/signals.ts';

type Op = 'sum' | 'max' | 'min' | 'mean';

interface RollUp {
  readonly signal: number;
  readonly op: Op;
  /** Kinds of parts that have this signal. */
  readonly partKinds: readonly number[];
  /** Columns of the parts and of the whole, as `signal * KIND_COUNT + kind`. */
  readonly watched: readonly number[];
}

/** Roll-ups into each kind, for the columns that a state has now. */
export type RollUpPlan = readonly (readonly RollUp[])[];

/** A whole is current when at least this part of its parts is. */
const CURRENT_RATIO = 0.9;

/** Plans the roll-ups, kinds from the inside out, and makes the columns they write. */
export function planRollUps(state: State): RollUpPlan {
  const plan: RollUp[][] = KINDS.map(() => []);
  for (let kind = KIND_COUNT - 1; kind >= 0; kind--) {
    const row = KINDS[kind];
    SIGNALS.forEach(({ rollup }, signal) => {
      if (!rollup?.to.includes(row.id)) return;
      const partKinds = KINDS.filter(
        part =>
          (part.in as readonly string[]).includes(row.id) &&
          !Number.isNaN(state.cellBase[signal * KIND_COUNT + KIND_INDEX[part.id]]),
      ).map(part => KIND_INDEX[part.id]);
      if (partKinds.length === 0) return;
      state.ensureColumn(signal, kind);
      const watched = [kind, ...partKinds].map(k => signal * KIND_COUNT + k);
      plan[kind].push({ signal, op: rollup.op, partKinds, watched });
    });
  }
  return plan;
}

/**
 * A whole is judged by how many of its parts are current, and there are more of them when a further
 * kind of part has a column: all wholes of such a roll-up are to be worked out.
 */
export function markGrown(marks: Marks, before: RollUpPlan, after: RollUpPlan) {
  after.forEach((rollUps, kind) => {
    for (const { signal, partKinds, watched } of rollUps) {
      const known = before[kind]?.find(each => each.signal === signal);
      if (known === undefined || known.partKinds.length === partKinds.length) continue;
      for (const column of watched) marks.columns[column] = 1;
      marks.kind(kind);
    }
  });
}

/** Where the children of each kind start and end in `childList`, for the entity at hand. */
const partStart = new Int32Array(KIND_COUNT);
const partEnd = new Int32Array(KIND_COUNT);

/** Works out the roll-ups into one entity of what has changed at its parts, or at itself. */
export function rollUpInto(state: State, marks: Marks, plan: RollUpPlan, entity: number) {
  const rollUps = plan[state.topology.kind[entity]];
  let isFound = false;
  for (const rollUp of rollUps) {
    if (!hasChanged(marks, rollUp)) continue;
    if (!isFound) findParts(state, entity);
    isFound = true;
    rollUpOne(state, marks, rollUp, entity);
  }
}

function hasChanged({ columns }: Marks, { watched }: RollUp): boolean {
  for (const column of watched) if (columns[column] === 1) return true;
  return false;
}

function findParts(state: State, entity: number) {
  const { childStart, childList, kind } = state.topology;
  partStart.fill(0);
  partEnd.fill(0);
  for (let i = childStart[entity]; i < childStart[entity + 1]; i++) {
    const k = kind[childList[i]];
    if (partEnd[k] === 0) partStart[k] = i;
    partEnd[k] = i + 1;
  }
}

/** value = op over the parts that have one; the oldest of their times; quality by how many do. */
function rollUpOne(state: State, marks: Marks, rollUp: RollUp, entity: number) {
  const { signal, op, partKinds } = rollUp;
  const { childList } = state.topology;
  const { values, quality } = state;
  let parts = 0;
  let present = 0;
  let current = 0;
  let total = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  let oldestMs = Number.POSITIVE_INFINITY;
  for (const kind of partKinds) {
    const base = state.cellBase[signal * KIND_COUNT + kind];
    parts += partEnd[kind] - partStart[kind];
    for (let i = partStart[kind]; i < partEnd[kind]; i++) {
      const cell = base + childList[i];
      if (quality[cell] === MISSING) continue;
      const value = values[cell];
      present++;
      if (quality[cell] >= MODELLED) current++;
      total += value;
      if (value < least) least = value;
      if (value > most) most = value;
      const atMs = state.timeAt(cell);
      if (atMs < oldestMs) oldestMs = atMs;
    }
  }
  const cell = state.cellOf(signal, entity);
  // A whole that measures the quantity itself keeps its own value; parts only fill the gap.
  if (quality[cell] > DERIVED) return;
  if (present === 0) {
    marks.setMissing(cell);
    return;
  }
  const value =
    op === 'sum' ? total : op === 'mean' ? total / present : op === 'min' ? least : most;
  const atMs = Number.isFinite(oldestMs) ? oldestMs : Number.NaN;
  marks.set(cell, value, atMs, current >= CURRENT_RATIO * parts ? DERIVED : STALE);
}
