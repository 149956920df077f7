/** Ageing: a value that is not renewed becomes stale, then missing; never zero. */
import { KINDS } from '../tables/kinds.ts';
import { SIGNALS } from '../tables/signals.ts';
import type { Marks } from './marks.ts';
import { MISSING, MISSING_AFTER_STALE, STALE } from './quality.ts';
import type { State } from './state.ts';

/** Cells looked at in one sweep; a larger site is gone through over several ticks. */
const CELLS_PER_SWEEP = 1_000_000;

/** A first value may be old already: a column is looked at this often in its `staleAfterS`. */
const LOOKS = 3;

export class Ageing {
  readonly #state: State;
  readonly #marks: Marks;
  /** Earliest time at which a value of each column can become stale or missing. */
  readonly #dueMs: number[] = [];
  #column = 0;

  constructor(state: State, marks: Marks) {
    this.#state = state;
    this.#marks = marks;
  }

  /** Every column is due: values may be older than they were. */
  forget() {
    this.#dueMs.length = 0;
  }

  /** Looks at the columns that are due, whole ones, until the bound is reached; pauses after each. */
  *sweep(nowMs: number): Generator<void, void> {
    const { columns } = this.#state;
    let cells = 0;
    for (let n = 0; n < columns.length && cells < CELLS_PER_SWEEP; n++) {
      this.#column = (this.#column + 1) % columns.length;
      if (nowMs < (this.#dueMs[this.#column] ?? Number.NEGATIVE_INFINITY)) continue;
      this.#dueMs[this.#column] = this.#sweepColumn(this.#column, nowMs);
      cells += columns[this.#column].count;
      yield;
    }
  }

  /** @returns when the column must be looked at again */
  #sweepColumn(index: number, nowMs: number): number {
    const { quality, columns } = this.#state;
    const { signal, kind, firstCell, firstEntity, count } = columns[index];
    const { staleAfterS, kinds } = SIGNALS[signal];
    // Rolled-up values follow their parts; only what is written at this kind ages by itself.
    if (!kinds.includes(KINDS[kind].id)) return Number.POSITIVE_INFINITY;
    const staleAfterMs = 1000 * staleAfterS;
    const missingAfterMs = MISSING_AFTER_STALE * staleAfterMs;
    let dueMs = nowMs + staleAfterMs / LOOKS;
    for (let cell = firstCell; cell < firstCell + count; cell++) {
      if (quality[cell] === MISSING) continue;
      const atMs = this.#state.timeAt(cell);
      // A nameplate value has no time (NaN) and does not age.
      if (!(atMs + staleAfterMs < nowMs)) {
        if (atMs + staleAfterMs < dueMs) dueMs = atMs + staleAfterMs;
        continue;
      }
      const next = atMs + missingAfterMs < nowMs ? MISSING : STALE;
      if (next === STALE && atMs + missingAfterMs < dueMs) dueMs = atMs + missingAfterMs;
      if (quality[cell] === next) continue;
      this.#state.setQuality(cell, next);
      this.#marks.column(cell);
      this.#marks.whole(firstEntity + cell - firstCell);
    }
    return dueMs;
  }
}
