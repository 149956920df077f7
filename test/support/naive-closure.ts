/** The closure of a plane worked out the slow and obvious way, to hold the engine against. */
import type { PlaneResults } from '../../twin/closure/pass.ts';

interface NaiveLoads {
  readonly load: Float64Array;
  /** 1 where nothing supplies the position, or it is what is lost. */
  readonly isOff: Uint8Array;
  /** Shares in force, in the order of the parent arrays. */
  readonly shares: Float64Array;
}

/**
 * Loads while `lost` (a position; -1: none) is out of service: what it cuts off draws nothing, and
 * the shares of everything else are those of the suppliers that are left, scaled up.
 * @param added extra load by position
 */
export function naiveLoads(
  r: PlaneResults,
  lost = -1,
  added: ReadonlyMap<number, number> = new Map(),
): NaiveLoads {
  const { plane } = r.shape;
  const isOff = new Uint8Array(plane.count);
  const shares = r.shares.slice();
  for (let p = 0; p < plane.count; p++) {
    const supply = suppliesOf(r, p);
    const alive = supply.filter(e => isOff[plane.parents[e]] === 0);
    if (p === lost || (supply.length > 0 && alive.length === 0)) isOff[p] = 1;
    if (alive.length === supply.length || alive.length === 0) continue;
    const total = supply.reduce((sum, e) => sum + shares[e], 0);
    const left = alive.reduce((sum, e) => sum + shares[e], 0);
    for (const e of supply) {
      const scaled = left > 0 ? (shares[e] * total) / left : total / alive.length;
      shares[e] = alive.includes(e) ? scaled : 0;
    }
  }
  const load = new Float64Array(plane.count);
  for (let p = plane.count - 1; p >= 0; p--) {
    if (isOff[p] === 1) continue;
    load[p] += r.isOwn[p] === 1 ? r.load[p] : 0;
    load[p] += added.get(p) ?? 0;
    for (let e = plane.parentStart[p]; e < plane.parentStart[p + 1]; e++) {
      const draw = plane.isAccounting[e] === 1 ? load[p] : naiveDraw(r, p, load[p]);
      load[plane.parents[e]] += shares[e] * draw;
    }
  }
  return { load, isOff, shares };
}

export function naiveDraw(r: PlaneResults, p: number, load: number): number {
  const { noLoadW, linear, squarePerW } = r.shape.losses;
  return load + noLoadW[p] + linear[p] * load + squarePerW[p] * load ** 2;
}

/** Supply entries of a position, without accounting. */
export function suppliesOf(r: PlaneResults, p: number): number[] {
  const { parentStart, isAccounting } = r.shape.plane;
  const edges: number[] = [];
  for (let e = parentStart[p]; e < parentStart[p + 1]; e++) if (!isAccounting[e]) edges.push(e);
  return edges;
}
