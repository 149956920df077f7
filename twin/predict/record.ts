/** Past errors of predictions against what was measured, and the bands that follow from them. */
import { PREDICTION } from '../tables/physics/prediction.ts';

const MAX = PREDICTION.recordMax.value;
const MIN = PREDICTION.recordMin.value;
/** Of a normal distribution: half-width of the central 90 % in standard deviations. */
const Z90 = 1.6449;
const COVERED = 0.9;
const LEAST = PREDICTION.bandLeastRatio.value;

export class ErrorRecord {
  readonly #errors = new Float64Array(MAX);
  #count = 0;
  #next = 0;
  #half = Number.NaN;

  add(error: number) {
    if (!Number.isFinite(error)) return;
    this.#errors[this.#next] = Math.abs(error);
    this.#next = (this.#next + 1) % MAX;
    this.#count = Math.min(MAX, this.#count + 1);
    this.#half = Number.NaN;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Half the width that nine of ten errors lie within; NaN while there are too few.
   * @param noise standard deviation of the readings that errors were taken against: it is in the
   * errors, not in what is predicted
   * @param offset standard deviation of what a sensor is off by, always the same and so in no error
   */
  halfWidth(noise: number, offset: number): number {
    if (this.#count < MIN) return Number.NaN;
    if (Number.isNaN(this.#half)) {
      const sorted = this.#errors.slice(0, this.#count).sort();
      this.#half = sorted[Math.min(this.#count - 1, Math.ceil(COVERED * (this.#count + 1)) - 1)];
    }
    const seen = this.#half * this.#half;
    const own = Math.max(seen * LEAST * LEAST, seen - (Z90 * noise) ** 2);
    return Math.sqrt(own + (Z90 * offset) ** 2);
  }
}
