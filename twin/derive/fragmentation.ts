/** Fragmentation: the part of the free GPUs that lies in hosts of which other GPUs are in use. */
import type { Marks } from '../state/marks.ts';
import { DERIVED, MISSING, STALE } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { KIND_INDEX, type Kind } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';

const FRAGMENTATION = signalIndex('fragmentationRatio');
const FREE = signalIndex('gpusFreeCount');
const ALLOCATED = signalIndex('gpusAllocatedCount');
const WHOLES: readonly Kind[] = ['rack', 'row', 'hall', 'site'];

/** Counts of GPUs kept from tick to tick, so that only hosts that have changed are looked at. */
export class Fragmentation {
  readonly #state: State;
  readonly #firstHost: number;
  /** Last known counts of each host; all free GPUs, and those beside used ones. */
  readonly #free: Float64Array;
  readonly #broken: Float64Array;
  /** Sums over the hosts in each site, hall, row and rack. */
  readonly #freeIn: Float64Array;
  readonly #brokenIn: Float64Array;
  readonly #isTouched: Uint8Array;
  readonly #touched: number[] = [];

  /** Makes the columns that are written, once it is known who uses GPUs. */
  constructor(state: State) {
    const { kindStart } = state.topology;
    const hosts = KIND_INDEX.host;
    const wholes = kindStart[KIND_INDEX.rack + 1];
    this.#state = state;
    this.#firstHost = kindStart[hosts];
    this.#free = new Float64Array(kindStart[hosts + 1] - kindStart[hosts]);
    this.#broken = new Float64Array(this.#free.length);
    this.#freeIn = new Float64Array(wholes);
    this.#brokenIn = new Float64Array(wholes);
    this.#isTouched = new Uint8Array(wholes);
    if (state.columns.some(column => column.signal === FREE)) {
      for (const kind of WHOLES) state.ensureColumn(FRAGMENTATION, KIND_INDEX[kind]);
    }
  }

  /** Takes in what a host says now. */
  host(entity: number) {
    const state = this.#state;
    const host = entity - this.#firstHost;
    const cell = state.cellOf(FREE, entity);
    if (cell < 0) return;
    const free = state.quality[cell] > STALE ? state.valueAt(cell) : 0;
    const used = state.cellOf(ALLOCATED, entity);
    const isBroken =
      free > 0 && used >= 0 && state.quality[used] !== MISSING && state.valueAt(used) > 0;
    const broken = isBroken ? free : 0;
    const moreFree = free - this.#free[host];
    const moreBroken = broken - this.#broken[host];
    this.#free[host] = free;
    this.#broken[host] = broken;
    for (let at = state.topology.parent[entity]; at >= 0; at = state.topology.parent[at]) {
      this.#freeIn[at] += moreFree;
      this.#brokenIn[at] += moreBroken;
      if (this.#isTouched[at] === 0) this.#touched.push(at);
      this.#isTouched[at] = 1;
    }
  }

  /** Writes the ratio of everything around the hosts taken in since the last call. */
  write(marks: Marks, nowMs: number) {
    for (const whole of this.#touched) {
      this.#isTouched[whole] = 0;
      const free = this.#freeIn[whole];
      const cell = this.#state.cellOf(FRAGMENTATION, whole);
      if (cell >= 0) marks.set(cell, free > 0 ? this.#brokenIn[whole] / free : 0, nowMs, DERIVED);
    }
    this.#touched.length = 0;
  }
}
