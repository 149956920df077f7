/** Ageing: a value that is not renewed becomes stale, then missing; never zero. */
import { KINDS } from '../tables/kinds.ts';
import { SIGNALS } from '../tables/signals.ts';
import { MISSING, MISSING_AFTER_STALE, STALE } from './quality.ts';
import type { State } from './state.ts';

/** Cells looked at in one sweep; a larger site is gone through over several ticks. */
const CELLS_PER_SWEEP = 2_000_000;

export class Ageing {
  readonly #state: State;
  #column = 0;

  constructor(state: State) {
    this.#state = state;
  }

  /**
   * Looks at the next columns, whole ones, until the bound is reached.
   * @param aged called with the entity of every value that became stale or missing.
   */
  sweep(nowMs: number, aged: (entity: number) => void) {
    const { columns } = this.#state;
    let cells = 0;
    for (let n = 0; n < columns.length && cells < CELLS_PER_SWEEP; n++) {
      this.#column = (this.#column + 1) % columns.length;
      this.#sweepColumn(this.#column, nowMs, aged);
      cells += columns[this.#column].count;
    }
  }

  #sweepColumn(index: number, nowMs: number, aged: (entity: number) => void) {
    const { cells, quality, columns } = this.#state;
    const { signal, kind, firstCell, firstEntity, count } = columns[index];
    const { staleAfterS, kinds } = SIGNALS[signal];
    // Rolled-up values follow their parts; only what is written at this kind ages by itself.
    if (!kinds.includes(KINDS[kind].id)) return;
    const staleBeforeMs = nowMs - 1000 * staleAfterS;
    const missingBeforeMs = nowMs - 1000 * staleAfterS * MISSING_AFTER_STALE;
    for (let cell = firstCell; cell < firstCell + count; cell++) {
      if (quality[cell] === MISSING) continue;
      const atMs = cells[2 * cell + 1];
      // A nameplate value has no time (NaN) and does not age.
      if (!(atMs < staleBeforeMs)) continue;
      const next = atMs < missingBeforeMs ? MISSING : STALE;
      if (quality[cell] === next) continue;
      quality[cell] = next;
      aged(firstEntity + cell - firstCell);
    }
  }
}
