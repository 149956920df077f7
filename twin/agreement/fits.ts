/**
 * The models between unlike quantities (host power from GPU power, temperature rise from power):
 * right side `c0 + c1 x`, fitted over all machines of one class by least squares of the relative
 * error, with Huber weights so that the few that lie do not bend it.
 */

import type { Parts } from '../parts.ts';
import { LEARNING } from '../tables/agreement-learning.ts';
import type { Kept } from './keep.ts';
import type { AgreementPlan } from './plan.ts';
import type { Fit, Residuals } from './residuals.ts';

const MAX_SAMPLED = LEARNING.mostFitted.value;
const HUBER_RATIO = LEARNING.huberRatio.value;
const MAX_RATIO = LEARNING.mostRatio.value;
const KEEP = LEARNING.keepPart.value;
const RIDGE = LEARNING.leastVariance.value;

/** Sums of weight/y^2 times 1, x, x^2, y, xy. */
interface Sums {
  w: number;
  x: number;
  xx: number;
  y: number;
  xy: number;
  isStarted: boolean;
}

interface FitNotes {
  readonly fits: readonly Fit[];
  readonly sums: readonly (Sums | null)[];
}

export class Fits {
  readonly #plan: AgreementPlan;
  readonly #residuals: Residuals;
  readonly #sums: readonly (Sums | undefined)[];
  readonly kept: Kept<FitNotes>;

  constructor(plan: AgreementPlan, residuals: Residuals) {
    this.#plan = plan;
    this.#residuals = residuals;
    this.#sums = plan.families.map(({ row }) =>
      row.fitted ? { w: 0, x: 0, xx: 0, y: 0, xy: 0, isStarted: false } : undefined,
    );
    this.kept = {
      columns: [],
      notes: () => ({ fits: residuals.fits, sums: this.#sums.map(sums => sums ?? null) }),
      recall: ({ fits, sums }) => {
        for (const [f, fit] of fits.entries()) Object.assign(residuals.fits[f], fit);
        for (const [f, each] of sums.entries()) Object.assign(this.#sums[f] ?? {}, each);
      },
    };
  }

  /** Takes the means of a block into every model. */
  *learn(values: Float64Array): Parts {
    for (const [f, sums] of this.#sums.entries()) {
      if (!sums) continue;
      if (!sums.isStarted && !this.#start(f, values, sums)) continue;
      this.#learn(f, values, sums);
      yield;
    }
  }

  /** First slope: the median of left over right, so that a first reading that lies does no harm. */
  #start(f: number, values: Float64Array, sums: Sums): boolean {
    const ratios: number[] = [];
    for (const [left, right] of this.#pairs(f, values)) if (right > 0) ratios.push(left / right);
    if (ratios.length === 0) return false;
    ratios.sort((a, b) => a - b);
    const slope = ratios[ratios.length >> 1];
    if (!(slope > 0)) return false;
    this.#residuals.fits[f].c0 = 0;
    this.#residuals.fits[f].c1 = slope;
    sums.isStarted = true;
    return true;
  }

  #learn(f: number, values: Float64Array, sums: Sums) {
    const fit = this.#residuals.fits[f];
    for (let round = 0; round < 2; round++) {
      const next = { ...sums };
      for (const key of ['w', 'x', 'xx', 'y', 'xy'] as const) next[key] *= KEEP;
      for (const [left, right] of this.#pairs(f, values)) add(next, fit, left, right);
      Object.assign(fit, solve(next, fit));
      if (round === 1) Object.assign(sums, next);
    }
  }

  *#pairs(f: number, values: Float64Array): Generator<readonly [number, number]> {
    const { members, row } = this.#plan.families[f];
    const stride = Math.ceil(members.length / MAX_SAMPLED);
    for (let i = 0; i < members.length; i += stride) {
      const sides = this.#residuals.sides(members[i], values);
      if (sides && sides.left > row.floor.value && sides.right >= 0) {
        yield [sides.left, sides.right];
      }
    }
  }
}

function add(sums: Sums, { c0, c1 }: Fit, left: number, right: number) {
  const ratio = left / (c0 + c1 * right);
  // beyond the plausible it is a unit, not a machine
  if (!(ratio < MAX_RATIO && ratio > 1 / MAX_RATIO)) return;
  const error = Math.abs(Math.log(ratio));
  const weight = (error > HUBER_RATIO ? HUBER_RATIO / error : 1) / (left * left);
  sums.w += weight;
  sums.x += weight * right;
  sums.xx += weight * right * right;
  sums.y += weight * left;
  sums.xy += weight * right * left;
}

/** Both coefficients at or above nought: more power never means less heat. */
function solve(sums: Sums, before: Fit): Fit {
  const { w, x, xx, y, xy } = sums;
  if (!(w > 0) || !(xx > 0)) return before;
  const meanX = x / w;
  const varX = xx / w - meanX * meanX;
  const throughNought = { c0: 0, c1: Math.max(0, xy / xx) };
  // all at one load: nothing tells offset from slope
  if (varX < RIDGE * meanX * meanX) return throughNought;
  const c1 = (xy / w - meanX * (y / w)) / varX;
  const c0 = y / w - c1 * meanX;
  if (c0 < 0) return throughNought;
  if (c1 < 0) return { c0: y / w, c1: 0 };
  return { c0, c1 };
}
