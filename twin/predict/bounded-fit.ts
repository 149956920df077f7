/** Least squares with forgetting, a prior and bounds, for the few coefficients of a rack or GPU. */
import type { FitTerm } from '../tables/physics/prediction.ts';

export interface FitShape {
  /** Coefficients before anything is known. */
  readonly prior: Float64Array;
  /** Weight of the prior, in squares of the features: how much evidence moves a coefficient. */
  readonly weight: Float64Array;
  readonly least: Float64Array;
  readonly most: Float64Array;
}

/** The rows of a table as columns. */
export function shapeOf(terms: readonly FitTerm[]): FitShape {
  const column = (name: keyof FitTerm) => Float64Array.from(terms, term => term[name].value);
  return {
    ...{ prior: column('prior'), weight: column('weight') },
    ...{ least: column('least'), most: column('most') },
  };
}

/** Sweeps of the solver; features are few and it starts from the last answer. */
const SWEEPS = 30;

export class BoundedFit {
  readonly coefficients: Float64Array;
  readonly #shape: FitShape;
  readonly #gram: Float64Array;
  readonly #moment: Float64Array;
  readonly #keep: number;

  /** @param keep what stays of the sums at each observation, below 1 */
  constructor(shape: FitShape, keep: number) {
    const count = shape.prior.length;
    this.#shape = shape;
    this.#keep = keep;
    this.coefficients = shape.prior.slice();
    this.#gram = new Float64Array(count * count);
    this.#moment = new Float64Array(count);
  }

  /** Ignored unless all is finite. */
  add(row: Float64Array, target: number) {
    if (!Number.isFinite(target) || !row.every(Number.isFinite)) return;
    const count = row.length;
    for (let i = 0; i < count; i++) {
      this.#moment[i] = this.#keep * this.#moment[i] + row[i] * target;
      for (let j = 0; j < count; j++) {
        const at = i * count + j;
        this.#gram[at] = this.#keep * this.#gram[at] + row[i] * row[j];
      }
    }
  }

  /** Coordinate descent within the bounds, from the coefficients of the last time. */
  solve() {
    const { prior, weight, least, most } = this.#shape;
    const c = this.coefficients;
    const count = c.length;
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      for (let i = 0; i < count; i++) {
        let rest = this.#moment[i] + weight[i] * prior[i];
        for (let j = 0; j < count; j++) {
          if (j !== i) rest -= this.#gram[i * count + j] * c[j];
        }
        const next = rest / (this.#gram[i * count + i] + weight[i]);
        c[i] = Math.max(least[i], Math.min(most[i], next));
      }
    }
  }

  valueAt(row: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < row.length; i++) sum += this.coefficients[i] * row[i];
    return sum;
  }
}
