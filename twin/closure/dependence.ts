/**
 * What the supply of each position stands or falls with. `above[p]` is the nearest single thing
 * whose loss cuts off every supplier of `p` (its immediate dominator in the plane); -1 where no
 * single loss does.
 */
import type { Plane } from '../topology/plane.ts';

export interface Dependence {
  readonly above: Int32Array;
  /** Steps from `p` up to a position with nothing above. */
  readonly depth: Int32Array;
}

export function dependenceOf(plane: Plane): Dependence {
  const { count, parentStart, parents, isAccounting } = plane;
  const above = new Int32Array(count).fill(-1);
  const depth = new Int32Array(count);
  const dependence = { above, depth };
  // Sources first, so that everything upstream of `p` is known when its turn comes.
  for (let p = 0; p < count; p++) {
    let common = -1;
    let isFirst = true;
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
      if (isAccounting[e]) continue;
      common = isFirst ? parents[e] : commonAbove(dependence, common, parents[e]);
      isFirst = false;
    }
    above[p] = common;
    depth[p] = common < 0 ? 0 : depth[common] + 1;
  }
  return dependence;
}

/** The nearest thing that both stand or fall with, one of them perhaps; -1 when there is none. */
export function commonAbove({ above, depth }: Dependence, p: number, q: number): number {
  let a = p;
  let b = q;
  while (a !== b && a >= 0 && b >= 0) {
    if (depth[a] > depth[b]) a = above[a];
    else if (depth[b] > depth[a]) b = above[b];
    else {
      a = above[a];
      b = above[b];
    }
  }
  return a === b ? a : -1;
}

/**
 * The losses that matter to a junction. For each supplier, and for everything that would take over
 * from it, the furthest thing that cuts off the one but not the other: anything nearer takes less
 * away, anything further takes what takes over as well.
 * @param takers for each supplier: it and everything upstream of it
 */
export function worstLosses(
  dependence: Dependence,
  suppliers: readonly number[],
  takers: readonly (readonly number[])[],
): Set<number> {
  const worst = new Set<number>();
  suppliers.forEach((lost, i) => {
    suppliers.forEach((_, j) => {
      if (j === i) return;
      for (const taker of takers[j]) {
        const common = commonAbove(dependence, lost, taker);
        if (common === lost) continue;
        let at = lost;
        while (dependence.above[at] !== common) at = dependence.above[at];
        worst.add(at);
      }
    });
  });
  return worst;
}
