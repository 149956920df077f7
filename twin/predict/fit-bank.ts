/**
 * Least squares with forgetting, a prior and bounds, for the few coefficients of many racks, hosts or
 * GPUs: flat columns, so that a hundred thousand of them are kept and stored as they are.
 */
import type { FitTerm } from '../tables/physics/prediction.ts';
import type { LearnedColumn } from './learned.ts';

interface FitShape {
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

export class FitBank {
  readonly count: number;
  /** `width` a fit, as is the moment; `width²` of the gram matrix. */
  readonly coefficients: Float64Array;
  readonly gram: Float64Array;
  readonly moment: Float64Array;
  readonly #shape: FitShape;
  readonly #width: number;
  readonly #keep: number;

  /** @param keep what stays of the sums at each observation, below 1 */
  constructor(count: number, shape: FitShape, keep: number) {
    const width = shape.prior.length;
    this.count = count;
    this.#shape = shape;
    this.#width = width;
    this.#keep = keep;
    this.coefficients = new Float64Array(count * width);
    for (let fit = 0; fit < count; fit++) this.coefficients.set(shape.prior, fit * width);
    this.gram = new Float64Array(count * width * width);
    this.moment = new Float64Array(count * width);
  }

  /** Ignored unless all is finite. */
  add(fit: number, row: Float64Array, target: number) {
    if (!Number.isFinite(target) || !row.every(Number.isFinite)) return;
    const width = this.#width;
    const keep = this.#keep;
    let at = fit * width * width;
    for (let i = 0; i < width; i++) {
      const m = fit * width + i;
      this.moment[m] = keep * this.moment[m] + row[i] * target;
      for (let j = 0; j < width; j++, at++) {
        this.gram[at] = keep * this.gram[at] + row[i] * row[j];
      }
    }
  }

  /** Coordinate descent within the bounds, from the coefficients of the last time. */
  solve(fit: number) {
    const { prior, weight, least, most } = this.#shape;
    const width = this.#width;
    const c = this.coefficients.subarray(fit * width, (fit + 1) * width);
    const gram = this.gram.subarray(fit * width * width, (fit + 1) * width * width);
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      for (let i = 0; i < width; i++) {
        let rest = this.moment[fit * width + i] + weight[i] * prior[i];
        for (let j = 0; j < width; j++) {
          if (j !== i) rest -= gram[i * width + j] * c[j];
        }
        const next = rest / (gram[i * width + i] + weight[i]);
        c[i] = Math.max(least[i], Math.min(most[i], next));
      }
    }
  }

  valueAt(fit: number, row: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < row.length; i++) sum += this.coefficients[fit * this.#width + i] * row[i];
    return sum;
  }

  /** @param name of the bank among all that is learned */
  learnedColumns(name: string, of: LearnedColumn['of']): readonly LearnedColumn[] {
    return [
      { name: `${name} coefficients`, of, values: this.coefficients },
      { name: `${name} gram`, of, values: this.gram },
      { name: `${name} moment`, of, values: this.moment },
    ];
  }
}
