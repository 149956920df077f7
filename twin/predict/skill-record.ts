/** How far off predictions of one signal were of late, beside the last value that was read. */
import { PREDICTION } from '../tables/physics/prediction.ts';
import type { Anchored } from './anchor.ts';
import type { PredictionRecord } from './job.ts';

const KEEP = PREDICTION.skillKeep.value;
const ROUNDS_LEAST = PREDICTION.skillRoundsLeast.value;
const WORSE_RATIO = PREDICTION.skillWorseRatio.value;

export class SkillRecord {
  /** Mean absolute errors: of powers in parts of the value, else in kelvin; fading sums. */
  #error = 0;
  #persistence = 0;
  #rounds = 0;

  /** @param actual what was read when the time had come; NaN: nothing */
  take({ values, reads }: Anchored, actual: Float64Array, isRelative: boolean) {
    let error = 0;
    let persistence = 0;
    let count = 0;
    for (let i = 0; i < values.length; i++) {
      const unit = isRelative ? Math.max(1, actual[i]) : 1;
      const off = Math.abs(values[i] - actual[i]) / unit;
      const offLast = Math.abs(reads[i] - actual[i]) / unit;
      if (!Number.isFinite(off + offLast)) continue;
      error += off;
      persistence += offLast;
      count++;
    }
    if (count === 0) return;
    this.#error = KEEP * this.#error + error / count;
    this.#persistence = KEEP * this.#persistence + persistence / count;
    this.#rounds = KEEP * this.#rounds + 1;
  }

  /** @param smallest difference that is of interest to anyone: in parts of the value, or in kelvin */
  record(smallest: number): PredictionRecord {
    const error = this.#error / this.#rounds;
    const persistence = this.#persistence / this.#rounds;
    const isWorse = error > WORSE_RATIO * persistence && error > persistence + smallest;
    const isBad = this.#rounds >= ROUNDS_LEAST && isWorse;
    return { error, persistence, rounds: this.#rounds, isBad };
  }

  get numbers(): readonly number[] {
    return [this.#error, this.#persistence, this.#rounds];
  }

  set numbers([error, persistence, rounds]: readonly number[]) {
    this.#error = error;
    this.#persistence = persistence;
    this.#rounds = rounds;
  }
}
