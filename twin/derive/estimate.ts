/** Best estimates: of several measuring points of one quantity, the one to believe now. */

import type { Marks } from '../state/marks.ts';
import { MISSING, STALE } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { ESTIMATES } from '../tables/estimates.ts';
import { KIND_COUNT, KINDS } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';

interface Plan {
  readonly signal: number;
  readonly from: readonly number[];
}

const PLANS: readonly (readonly Plan[])[] = KINDS.map(kind =>
  ESTIMATES.filter(row => row.kind === kind.id && !row.isPoint).map(row => ({
    signal: signalIndex(row.signal),
    from: row.from.map(signalIndex),
  })),
);

/** Makes the columns that estimates write to, where any of their measuring points has one. */
export function planEstimates(state: State) {
  PLANS.forEach((plans, kind) => {
    for (const { signal, from } of plans) {
      const isFed = from.some(point => !Number.isNaN(state.cellBase[point * KIND_COUNT + kind]));
      if (isFed) state.ensureColumn(signal, kind);
    }
  });
}

/** Writes every best estimate of an entity: the first current point, else the first stale one. */
export function estimate(state: State, marks: Marks, entity: number) {
  for (const plan of PLANS[state.topology.kind[entity]]) {
    const cell = state.cellOf(plan.signal, entity);
    if (cell < 0) continue;
    const chosen = choose(state, plan.from, entity);
    if (chosen < 0) {
      marks.setMissing(cell);
      continue;
    }
    marks.set(cell, state.valueAt(chosen), state.timeAt(chosen), state.quality[chosen]);
  }
}

function choose(state: State, from: readonly number[], entity: number): number {
  let fallback = -1;
  for (const signal of from) {
    const cell = state.cellOf(signal, entity);
    if (cell < 0 || state.quality[cell] === MISSING) continue;
    if (state.quality[cell] > STALE) return cell;
    if (fallback < 0) fallback = cell;
  }
  return fallback;
}
