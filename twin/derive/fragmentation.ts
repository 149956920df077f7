/** Fragmentation: the part of the free GPUs that lies in hosts of which other GPUs are in use. */
import type { Marks } from '../state/marks.ts';
import { MISSING, STALE } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { signalIndex } from '../tables/signals.ts';
import { RatioOfSums } from './ratio-of-sums.ts';

const FRAGMENTATION = signalIndex('fragmentationRatio');
const FREE = signalIndex('gpusFreeCount');
const ALLOCATED = signalIndex('gpusAllocatedCount');

export class Fragmentation {
  readonly #state: State;
  /** GPUs that are free beside used ones, over all that are free. */
  readonly #ratio: RatioOfSums;

  constructor(state: State) {
    this.#state = state;
    this.#ratio = new RatioOfSums(state, FRAGMENTATION, ['host', 'host']);
  }

  /** Makes the columns that are written, once it is known who uses GPUs. */
  plan() {
    if (this.#state.columns.some(column => column.signal === FREE)) this.#ratio.plan();
  }

  /** Takes in what a host says now. */
  host(entity: number) {
    const state = this.#state;
    const cell = state.cellOf(FREE, entity);
    const free = cell >= 0 && state.quality[cell] > STALE ? state.valueAt(cell) : 0;
    const used = state.cellOf(ALLOCATED, entity);
    const isBroken =
      free > 0 && used >= 0 && state.quality[used] !== MISSING && state.valueAt(used) > 0;
    this.#ratio.put(entity, isBroken ? free : 0, free);
  }

  write(marks: Marks, nowMs: number) {
    this.#ratio.write(marks, nowMs, ({ above, below }) => (below > 0 ? above / below : 0));
  }
}
