/** Past errors of predictions against what was measured, and the bands that follow from them. */
import { PREDICTION } from '../tables/physics/prediction.ts';

const MAX = PREDICTION.recordMax.value;
const MIN = PREDICTION.recordMin.value;
/** Of a normal distribution: half-width of the central 90 % in standard deviations. */
const Z90 = 1.6449;
const COVERED = 0.9;
const GAIN = PREDICTION.levelGain.value;
const GAIN_HALF_AT = PREDICTION.levelGainHalfAt.value;
const LEVEL_LEAST = PREDICTION.levelLeastRatio.value;
const LEVEL_MOST = PREDICTION.levelMostRatio.value;
const LEAST = PREDICTION.bandLeastRatio.value;

export class ErrorRecord {
  readonly #errors = new Float64Array(MAX);
  #count = 0;
  #next = 0;
  #half = Number.NaN;
  /** Part of the errors on record that the band is to hold. */
  #level = COVERED;

  /**
   * Moves the level towards what would have held nine of ten of late (adaptive conformal inference,
   * Gibbs and Candès 2021): errors now are not always those of the whole record.
   * @param hitRatio part of some values that lay inside the band drawn for them, @param count values
   */
  follow(hitRatio: number, count: number) {
    if (count === 0) return;
    const gain = (GAIN * count) / (count + GAIN_HALF_AT);
    const next = this.#level + gain * (COVERED - hitRatio);
    this.#level = Math.max(LEVEL_LEAST, Math.min(LEVEL_MOST, next));
    this.#half = Number.NaN;
  }

  add(error: number) {
    if (!Number.isFinite(error)) return;
    this.#errors[this.#next] = Math.abs(error);
    this.#next = (this.#next + 1) % MAX;
    this.#count = Math.min(MAX, this.#count + 1);
    this.#half = Number.NaN;
  }

  /** The level, and the errors from the oldest on. */
  get numbers(): readonly number[] {
    const from = this.#count < MAX ? 0 : this.#next;
    const errors = Array.from({ length: this.#count }, (_, i) => this.#errors[(from + i) % MAX]);
    return [this.#level, ...errors];
  }

  set numbers([level, ...errors]: readonly number[]) {
    for (const error of errors) this.add(error);
    this.#level = level;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Half the width that nine of ten errors are to lie within; NaN while there are too few.
   * @param noise standard deviation of the readings that errors were taken against: it is in the
   * errors, not in what is predicted
   * @param offset standard deviation of what a sensor is off by, always the same and so in no error
   */
  halfWidth(noise: number, offset: number): number {
    if (this.#count < MIN) return Number.NaN;
    if (Number.isNaN(this.#half)) {
      const sorted = this.#errors.slice(0, this.#count).sort();
      this.#half =
        sorted[Math.min(this.#count - 1, Math.ceil(this.#level * (this.#count + 1)) - 1)];
    }
    const seen = this.#half * this.#half;
    const own = Math.max(seen * LEAST * LEAST, seen - (Z90 * noise) ** 2);
    return Math.sqrt(own + (Z90 * offset) ** 2);
  }
}
