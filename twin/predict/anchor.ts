/**
 * Predictions begin at what is read now. What the model is off by at the present instant is added to
 * what it says of a later one, as much of it as will still be there then: all of it at once, less and
 * less with time; and once predictions have been scored, as much as was there.
 */
import { PREDICTION } from '../tables/physics/prediction.ts';

const TAU_MS = 1000 * PREDICTION.anchorTauS.value;
const PRIOR_ROUNDS = PREDICTION.anchorPriorRounds.value;
/** Of one round, in which noise may be all there is. */
const SLOPE_MOST = 2;
const KEEP = PREDICTION.anchorKeep.value;

/** What the model says of one value, and what is read of it. */
interface Basis {
  readonly says: number;
  readonly saysNow: number;
  /** What is read now; NaN: nothing of late. */
  readonly now: number;
  /** Part of it that goes on as it is. */
  readonly going: number;
}

/** One signal of a prediction, a value an entity. */
export interface Anchored {
  readonly values: Float64Array;
  /** What is read now; where nothing is, what the model says of now. */
  readonly nows: Float64Array;
  /** What is read now; NaN: nothing. */
  readonly reads: Float64Array;
  /** What the model is off by now, as far as it goes on; NaN: not known. */
  readonly offNow: Float64Array;
  /** Part of that which is in the values. */
  readonly share: number;
}

export class Anchor {
  /** Slopes of the rounds scored so far, that fade, and their number; at first those of the lag. */
  #slopes: number;
  #rounds = PRIOR_ROUNDS;
  readonly #isNow: boolean;

  constructor(aheadMs: number) {
    this.#slopes = PRIOR_ROUNDS * Math.exp(-aheadMs / TAU_MS);
    this.#isNow = aheadMs === 0;
  }

  /** Part of what the model is off by now that is still there then: 1 at once. */
  get share(): number {
    return this.#isNow ? 1 : Math.max(0, Math.min(1, this.#slopes / this.#rounds));
  }

  /** @param of each value, in the order of their entities */
  anchored(count: number, of: (i: number) => Basis): Anchored {
    const { share } = this;
    const column = () => new Float64Array(count);
    const [values, nows, reads, offNow] = [column(), column(), column(), column()];
    for (let i = 0; i < count; i++) {
      const { says, saysNow, now, going } = of(i);
      reads[i] = now;
      nows[i] = Number.isNaN(now) ? saysNow : now;
      offNow[i] = going > 0 ? (now - saysNow) * going : Number.NaN;
      values[i] = Number.isNaN(offNow[i]) ? says : says + share * offNow[i];
    }
    return { values, nows, reads, offNow, share };
  }

  /**
   * One round of predictions that have been scored. Each counts alike, however far off they were: the
   * first ones are off by most.
   * @param actual what was read when their time had come; NaN: nothing
   */
  learn({ values, offNow, share }: Anchored, actual: Float64Array) {
    let product = 0;
    let square = 0;
    for (let i = 0; i < offNow.length; i++) {
      const offThen = actual[i] - (values[i] - share * offNow[i]);
      if (!Number.isFinite(offThen)) continue;
      product += offNow[i] * offThen;
      square += offNow[i] * offNow[i];
    }
    if (!(square > 0)) return;
    const slope = Math.max(-SLOPE_MOST, Math.min(SLOPE_MOST, product / square));
    this.#slopes = KEEP * this.#slopes + slope;
    this.#rounds = KEEP * this.#rounds + 1;
  }

  get numbers(): readonly number[] {
    return [this.#slopes, this.#rounds];
  }

  set numbers([slopes, rounds]: readonly number[]) {
    this.#slopes = slopes;
    this.#rounds = rounds;
  }
}
