/**
 * What is left over in each equation: residual = ln(left / (c0 + c1 right)), or left - right for
 * differences of temperature; and what it would be if one point showed another value.
 */
import type { AgreementPlan } from './plan.ts';

/** Beyond a factor of e^9 (8,000) nothing is learnt from how far beyond. */
const MAX_RESIDUAL = 9;
/** Under this, W or K, a side of a ratio counts as nothing. */
const NOTHING = 1e-6;

/** Coefficients of the right side, by family. */
export interface Fit {
  c0: number;
  c1: number;
}

/** Sides of one equation. */
interface Sides {
  left: number;
  /** Before c0 and c1. */
  right: number;
  /** Weight of one member of the right: 1, or one over the number of those that have a value. */
  weight: number;
}

export class Residuals {
  readonly plan: AgreementPlan;
  readonly fits: readonly Fit[];
  readonly #sides: Sides = { left: 0, right: 0, weight: 1 };

  constructor(plan: AgreementPlan) {
    this.plan = plan;
    this.fits = plan.families.map(() => ({ c0: 0, c1: 1 }));
  }

  /** Both sides, for the values given; undefined when a member has none. Valid until the next call. */
  sides(e: number, values: Float64Array): Sides | undefined {
    const { start, middle, point, coefficient, family } = this.plan.equations;
    const sides = this.#sides;
    sides.left = 0;
    for (let i = start[e]; i < middle[e]; i++) sides.left += coefficient[i] * values[point[i]];
    if (Number.isNaN(sides.left)) return undefined;
    const { isMean } = this.plan.families[family[e]].row;
    let right = 0;
    let weight = 0;
    for (let i = middle[e]; i < start[e + 1]; i++) {
      const value = values[point[i]];
      if (!Number.isNaN(value)) {
        right += coefficient[i] * value;
        weight += coefficient[i];
      } else if (!isMean) return undefined;
    }
    if (isMean && weight === 0) return undefined;
    sides.weight = isMean ? 1 / weight : 1;
    sides.right = right * sides.weight;
    return sides;
  }

  /** Residual of sides; NaN where both are below the floor. */
  of(e: number, { left, right }: Sides): number {
    const f = this.plan.equations.family[e];
    const { form, floor, isOfWork } = this.plan.families[f].row;
    const { c0, c1 } = this.fits[f];
    const expected = c0 + c1 * right;
    if (form === 'difference') return left - expected;
    if (expected < floor.value && (left < floor.value || isOfWork)) return Number.NaN;
    const ratio = Math.log(Math.max(NOTHING, left) / Math.max(NOTHING, expected));
    return ratio > MAX_RESIDUAL ? MAX_RESIDUAL : ratio < -MAX_RESIDUAL ? -MAX_RESIDUAL : ratio;
  }

  at(e: number, values: Float64Array): number {
    const sides = this.sides(e, values);
    return sides ? this.of(e, sides) : Number.NaN;
  }

  /** Residual if point `p` showed `value` instead of what it does. */
  trial(e: number, values: Float64Array, p: number, value: number): number {
    const sides = this.sides(e, values);
    if (!sides) return Number.NaN;
    this.#move(e, sides, p, value - values[p]);
    return this.of(e, sides);
  }

  #move(e: number, sides: Sides, p: number, by: number) {
    const { start, middle, point, coefficient } = this.plan.equations;
    for (let i = start[e]; i < start[e + 1]; i++) {
      if (point[i] !== p) continue;
      if (i < middle[e]) sides.left += coefficient[i] * by;
      else sides.right += coefficient[i] * sides.weight * by;
    }
  }

  /** The value of point `p` that would make the residual `wanted`; NaN when none would. */
  solve(e: number, values: Float64Array, p: number, wanted: number): number {
    const { start, middle, point, coefficient, family } = this.plan.equations;
    const sides = this.sides(e, values);
    if (!sides) return Number.NaN;
    const { c0, c1 } = this.fits[family[e]];
    const isRatio = this.plan.families[family[e]].row.form === 'ratio';
    const expected = c0 + c1 * sides.right;
    let inLeft = 0;
    let inRight = 0;
    for (let i = start[e]; i < start[e + 1]; i++) {
      if (point[i] !== p) continue;
      if (i < middle[e]) inLeft += coefficient[i];
      else inRight += coefficient[i] * sides.weight * c1;
    }
    // in one side only, as all balances are; in both there is nothing to solve
    if ((inLeft === 0) === (inRight === 0)) return Number.NaN;
    const factor = Math.exp(wanted);
    if (inLeft !== 0) {
      const left = isRatio ? expected * factor : expected + wanted;
      return values[p] + (left - sides.left) / inLeft;
    }
    const right = isRatio ? sides.left / factor : sides.left - wanted;
    return values[p] + (right - expected) / inRight;
  }

  /** How much the residual moves when `p` grows by its whole value (ratio) or by 1 K. */
  sensitivity(e: number, values: Float64Array, p: number): number {
    const { family } = this.plan.equations;
    const isRatio = this.plan.families[family[e]].row.form === 'ratio';
    const step = isRatio ? 0.01 * Math.abs(values[p]) : 1;
    const before = this.at(e, values);
    return (this.trial(e, values, p, values[p] + step) - before) / (isRatio ? 0.01 : 1);
  }
}
