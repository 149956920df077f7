/**
 * The mean of a ratio over the last minutes, weighted by what stands below the line: exponential
 * means of both sides. Nothing is said before a first whole stretch has passed.
 */
import type { Sums } from './ratio-of-sums.ts';

export class MeanRatio {
  readonly #overMs: number;
  readonly #above: Float64Array;
  readonly #below: Float64Array;
  readonly #sinceMs: Float64Array;
  readonly #atMs: Float64Array;

  /** @param overMs time constant of the mean */
  constructor(count: number, overMs: number) {
    this.#overMs = overMs;
    this.#above = new Float64Array(count);
    this.#below = new Float64Array(count);
    this.#sinceMs = new Float64Array(count).fill(Number.NaN);
    this.#atMs = new Float64Array(count);
  }

  /** Takes what the two sides are now. @returns the mean ratio; undefined while there is none. */
  take(index: number, sides: Sums, nowMs: number): number | undefined {
    const isFirst = Number.isNaN(this.#sinceMs[index]);
    if (isFirst) this.#sinceMs[index] = nowMs;
    const weight = isFirst ? 1 : -Math.expm1(-(nowMs - this.#atMs[index]) / this.#overMs);
    this.#atMs[index] = nowMs;
    this.#above[index] += weight * (sides.above - this.#above[index]);
    this.#below[index] += weight * (sides.below - this.#below[index]);
    const isSettled = nowMs - this.#sinceMs[index] >= this.#overMs;
    return isSettled && this.#below[index] > 0
      ? this.#above[index] / this.#below[index]
      : undefined;
  }
}
