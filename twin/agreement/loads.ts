/** The work of the parts that equations are about: residuals learnt at another differ. */
import { LEARNING } from '../tables/agreement-learning.ts';
import { signalIndex } from '../tables/signals.ts';
import type { AgreementPlan } from './plan.ts';

/** What tells the work of a part. */
const WORK = signalIndex('smActiveRatio');
const LEAST_WORK = LEARNING.leastWork.value;
const LOAD_STEP = LEARNING.loadStep.value;

/** Loads are logarithms of work. */
export class Loads {
  readonly #plan: AgreementPlan;
  /** At which the level and the base of an equation were learnt. */
  readonly #level: Float32Array;
  readonly #base: Float32Array;
  readonly columns: readonly Float32Array[];

  constructor(plan: AgreementPlan) {
    this.#plan = plan;
    this.#level = new Float32Array(plan.equations.count);
    this.#base = new Float32Array(plan.equations.count);
    this.columns = [this.#level, this.#base];
  }

  /** Work of a part, 0 to 1; NaN where it is not known. */
  workOf(part: number, values: Float64Array): number {
    const point = this.#plan.pointOf(WORK, part);
    return point < 0 ? Number.NaN : values[point];
  }

  follow(e: number, work: number, isFirst: boolean): void {
    // not a number, or none that work can be
    if (!(work >= 0)) return;
    const step = isFirst ? 1 : LOAD_STEP;
    this.#level[e] += step * (Math.log(LEAST_WORK + work) - this.#level[e]);
  }

  /** @param blocks that the base remembers */
  learnBase(e: number, blocks: number): void {
    this.#base[e] += (this.#level[e] - this.#base[e]) / blocks;
  }

  /** As it was in the last blocks. */
  of(e: number): number {
    return this.#level[e];
  }

  ofBase(e: number): number {
    return this.#base[e];
  }

  /** Standard deviation that a change of work by now adds to residuals at `load`. */
  deviation(e: number, load: number): number {
    const { loadWander } = this.#plan.families[this.#plan.equations.family[e]].row;
    return loadWander.value * Math.abs(this.#level[e] - load);
  }
}
