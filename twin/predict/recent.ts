/** What was read last: the mean of two readings that are no further apart than a window, else one. */
import { PREDICTION } from '../tables/physics/prediction.ts';

const WINDOW_MS = 1000 * PREDICTION.windowS.value;
const HELD_MS = 1000 * PREDICTION.heldS.value;

export class Recent {
  readonly #last: Float64Array;
  readonly #mean: Float64Array;
  readonly #atMs: Float64Array;

  constructor(count: number) {
    this.#last = new Float64Array(count).fill(Number.NaN);
    this.#mean = new Float64Array(count).fill(Number.NaN);
    this.#atMs = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  }

  /** @param values NaN: not read */
  take(values: Float64Array, atMs: number) {
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(values[i])) continue;
      const isNear = atMs - this.#atMs[i] < WINDOW_MS;
      this.#mean[i] = isNear ? (values[i] + this.#last[i]) / 2 : values[i];
      this.#last[i] = values[i];
      this.#atMs[i] = atMs;
    }
  }

  /** NaN where nothing was read of late. */
  valueAt(i: number, nowMs: number): number {
    return nowMs - this.#atMs[i] <= HELD_MS ? this.#mean[i] : Number.NaN;
  }

  isKnown(i: number): boolean {
    return this.#atMs[i] > Number.NEGATIVE_INFINITY;
  }
}
