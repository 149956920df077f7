/** The tree of a regular expression, and what may be wrong with it. */

/** Sorted, disjoint ranges of code points, as [first, last] pairs in one list. */
export type Ranges = readonly number[];

export const LAST_CODE = 0x10ffff;

export type Assertion = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'word' | 'noWord';

export type Tree =
  | { readonly type: 'set'; readonly ranges: Ranges }
  | { readonly type: 'assert'; readonly what: Assertion }
  | { readonly type: 'cat'; readonly parts: readonly Tree[] }
  | { readonly type: 'alt'; readonly parts: readonly Tree[] }
  | {
      readonly type: 'repeat';
      readonly part: Tree;
      readonly min: number;
      /** Infinity: no bound. */
      readonly max: number;
      readonly isLazy: boolean;
    }
  | { readonly type: 'group'; readonly part: Tree; readonly index: number };

export class RegexError extends Error {}

/** Sorts and joins ranges. */
export function normalised(ranges: Ranges): number[] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i], ranges[i + 1]]);
  pairs.sort(([a], [b]) => a - b);
  const joined: number[] = [];
  for (const [first, last] of pairs) {
    if (joined.length > 0 && first <= joined[joined.length - 1] + 1) {
      joined[joined.length - 1] = Math.max(joined[joined.length - 1], last);
    } else joined.push(first, last);
  }
  return joined;
}

export function negated(ranges: Ranges): number[] {
  const sorted = normalised(ranges);
  const rest: number[] = [];
  let next = 0;
  for (let i = 0; i < sorted.length; i += 2) {
    if (sorted[i] > next) rest.push(next, sorted[i] - 1);
    next = sorted[i + 1] + 1;
  }
  if (next <= LAST_CODE) rest.push(next, LAST_CODE);
  return rest;
}

/** @param ranges sorted and disjoint */
export function inRanges(ranges: Ranges, code: number): boolean {
  let [low, high] = [0, ranges.length >> 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[2 * middle + 1] < code) low = middle + 1;
    else high = middle;
  }
  return 2 * low < ranges.length && ranges[2 * low] <= code;
}
