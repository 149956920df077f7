/**
 * Aggregates over windows that only move forward, in constant time a step on average. A window is
 * cut in two at `middle`: aggregates of everything from `i` to the middle are kept for the left part,
 * one running aggregate for the right. When the window has left the middle behind, the right part
 * becomes the left. Nothing is ever subtracted, so that infinities and NaN leave with their sample.
 */
import type { Sum } from '../sums.ts';
import type { Window } from './row.ts';

export interface Aggregator<A> {
  of(value: number): A;
  join(a: A, b: A): A;
}

/** @returns the aggregate of a window's values; a window has at least one. */
export function sliding<A>(
  values: Float64Array,
  { of, join }: Aggregator<A>,
): (window: Window) => A {
  let left: A[] = [];
  let leftStart = 0;
  let middle = 0;
  let right: A | undefined;
  let end = 0;
  return ({ lo, hi }) => {
    if (lo >= middle) {
      left = new Array<A>(hi - lo);
      leftStart = lo;
      for (let i = hi - 1; i >= lo; i--) {
        const own = of(values[i]);
        left[i - lo] = i === hi - 1 ? own : join(own, left[i - lo + 1]);
      }
      middle = hi;
      end = hi;
      right = undefined;
    }
    for (; end < hi; end++) {
      const own = of(values[end]);
      right = right === undefined ? own : join(right, own);
    }
    const head = left[lo - leftStart];
    return right === undefined ? head : join(head, right);
  };
}

export const LARGEST: Aggregator<number> = {
  of: value => value,
  join: (a, b) => (b > a || Number.isNaN(a) ? b : a),
};

export const SMALLEST: Aggregator<number> = {
  of: value => value,
  join: (a, b) => (b < a || Number.isNaN(a) ? b : a),
};

export const TOTAL: Aggregator<Readonly<Sum>> = {
  of: value => ({ sum: value, rest: 0 }),
  join(a, b) {
    const sum = a.sum + b.sum;
    if (!Number.isFinite(sum)) return { sum, rest: 0 };
    const part = sum - a.sum;
    const lost = a.sum - (sum - part) + (b.sum - part);
    return { sum, rest: a.rest + b.rest + lost };
  },
};

/** Count, mean and sum of squared distances from it. */
interface Spread {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
}

export const SPREAD: Aggregator<Spread> = {
  // Of an infinity no distance can be told.
  of: value => ({ count: 1, mean: value, squares: value - value }),
  join(a, b) {
    const count = a.count + b.count;
    const apart = b.mean - a.mean;
    return {
      count,
      mean: a.mean + apart * (b.count / count),
      squares: a.squares + b.squares + apart * apart * ((a.count * b.count) / count),
    };
  },
};
