/**
 * Temperatures of the parts of one machine at the same work swing alike, within minutes: checkpoints
 * and the ends of steps cool all its GPUs at once. A part that stays where the others swing is frozen,
 * though its value may be right on average.
 */

import { type Parts, partsOf } from '../parts.ts';
import { AGREEMENT } from '../tables/agreement.ts';
import { LEARNING } from '../tables/agreement-learning.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import { SIGNALS } from '../tables/signals.ts';
import type { Blocks } from './blocks.ts';
import type { Kept } from './keep.ts';
import type { Loads } from './loads.ts';
import { isAlike } from './machine-parts.ts';
import type { AgreementPlan, PointColumn } from './plan.ts';

const MIN_OTHERS = LEARNING.leastSwingOthers.value;
const MIN_BLOCKS = LEARNING.leastSwingBlocks.value;
const TELLING_NATS = LEARNING.tellingSwingNats.value;
const POINTS_A_PART = 20_000;

interface Told {
  nats: number;
  blocks: number;
}

export class Swings {
  readonly #plan: AgreementPlan;
  readonly #loads: Loads;
  readonly #columns: readonly PointColumn[];
  /** Lowest and highest reading of the block, by point less the first one of the columns. */
  readonly #low: Float32Array;
  readonly #high: Float32Array;
  readonly #first: number;
  /** What speaks against points that do not move, since they do not. */
  readonly #told = new Map<number, Told>();
  readonly kept: Kept<readonly (readonly [number, Told])[]>;

  constructor(plan: AgreementPlan, loads: Loads) {
    this.#plan = plan;
    this.#loads = loads;
    this.#columns = plan.points.columns.filter(isSwung);
    this.#first = Math.min(...this.#columns.map(({ firstPoint }) => firstPoint));
    const ends = this.#columns.map(({ firstPoint, count }) => firstPoint + count);
    const size = this.#columns.length === 0 ? 0 : Math.max(...ends) - this.#first;
    this.#low = new Float32Array(size).fill(Number.POSITIVE_INFINITY);
    this.#high = new Float32Array(size).fill(Number.NEGATIVE_INFINITY);
    this.kept = {
      columns: [this.#low, this.#high],
      notes: () => [...this.#told],
      recall: told => {
        for (const [p, each] of told) this.#told.set(p, each);
      },
    };
  }

  /** Takes a round of readings; NaN: none. */
  *take(values: Float64Array): Parts {
    for (const { firstPoint, count } of this.#columns) {
      for (const [from, to] of partsOf(firstPoint, firstPoint + count, POINTS_A_PART)) {
        for (let p = from; p < to; p++) {
          const value = values[p];
          const i = p - this.#first;
          if (value < this.#low[i]) this.#low[i] = value;
          if (value > this.#high[i]) this.#high[i] = value;
        }
        yield;
      }
    }
  }

  /**
   * Weighs the block that ended, and begins the next.
   * @param block means of the block, for the work, and the resolution of each point as it is known
   */
  *close(block: Pick<Blocks, 'mean' | 'quantum'>): Parts {
    for (const { firstPoint, count } of this.#columns) {
      for (const [from, to] of partsOf(firstPoint, firstPoint + count, POINTS_A_PART)) {
        for (let p = from; p < to; p++) this.#weigh(p, block);
        yield;
      }
    }
    this.#low.fill(Number.POSITIVE_INFINITY);
    this.#high.fill(Number.NEGATIVE_INFINITY);
  }

  /** How much likelier it is that a point is frozen than that it had no cause to move, nats. */
  natsOf(p: number): number {
    const told = this.#told.get(p);
    return told && told.blocks >= MIN_BLOCKS ? told.nats : 0;
  }

  #swing(p: number): number {
    const swing = this.#high[p - this.#first] - this.#low[p - this.#first];
    return swing >= 0 ? swing : Number.NaN;
  }

  #weigh(p: number, { mean, quantum }: Pick<Blocks, 'mean' | 'quantum'>) {
    const own = this.#swing(p);
    if (own > 0) {
      this.#told.delete(p);
      return;
    }
    if (own !== 0) return;
    const others = this.#othersOf(p, mean);
    if (others.length < MIN_OTHERS) return;
    // one that has never moved has not shown its step: its like have the same
    const step = Math.min(quantum[p], ...others.map(q => quantum[q]));
    const swings = others.map(q => this.#swing(q)).sort((a, b) => a - b);
    const nats = natsOfSwings(swings, step);
    if (nats === 0) return;
    const told = this.#told.get(p) ?? { nats: 0, blocks: 0 };
    told.nats += nats;
    if (nats >= TELLING_NATS) told.blocks++;
    this.#told.set(p, told);
  }

  /** The same point of the other parts of the machine that did the same work. */
  #othersOf(p: number, means: Float64Array): number[] {
    const { points, topology } = this.#plan;
    const entity = points.entity[p];
    const machine = topology.parent[entity];
    const work = this.#loads.workOf(entity, means);
    const found: number[] = [];
    const look = (q: number) => {
      const isThere = points.signal[q] === points.signal[p];
      const other = points.entity[q];
      if (!isThere || topology.parent[other] !== machine) return false;
      const isTold = !Number.isNaN(this.#swing(q));
      if (isTold && isAlike(work, this.#loads.workOf(other, means))) found.push(q);
      return true;
    };
    for (let q = p - 1; q >= 0 && look(q); q--);
    for (let q = p + 1; q < points.count && look(q); q++);
    return found;
  }
}

const isSwung = ({ signal, kind }: PointColumn) =>
  SIGNALS[signal].unit === 'C' && kind === KIND_INDEX.gpu;

/** Odds that one that does not move by a step is frozen, where these have swung; least first. */
function natsOfSwings(swings: readonly number[], quantum: number): number {
  const usual = swings[(swings.length - 1) >> 1];
  const apart = swings[Math.ceil(0.75 * swings.length) - 1] - swings[swings.length >> 2];
  const { swingRatio, swingSteps, mostSwingNats } = AGREEMENT;
  const deviation = swingRatio.value * usual + swingSteps.value * quantum + apart;
  const beyond = Math.max(0, usual - quantum) / deviation;
  return Math.min(mostSwingNats.value, (beyond * beyond) / 2);
}
