/**
 * What a load costs on its way up: a UPS or transformer draws its load plus
 * `noLoadW + linear * load + square * load^2` (no-load, proportional and square-law losses).
 */
import { conversionLossOf } from '../physics/power/conversion.ts';
import type { Plane } from '../topology/plane.ts';
import type { Topology } from '../topology/topology.ts';

export interface Losses {
  /** 1 where any of the coefficients is not zero; most things lose nothing and are passed by. */
  readonly isLossy: Uint8Array;
  readonly noLoadW: Float64Array;
  readonly linear: Float64Array;
  /** Per watt: the square-law part of the class over its rating. */
  readonly squarePerW: Float64Array;
}

/** Loss coefficients of every position of a plane; zero where the class gives none. */
export function lossesOf(topology: Topology, plane: Plane): Losses {
  const losses = {
    isLossy: new Uint8Array(plane.count),
    noLoadW: new Float64Array(plane.count),
    linear: new Float64Array(plane.count),
    squarePerW: new Float64Array(plane.count),
  };
  if (plane.id !== 'power') return losses;
  const byClass = topology.classes.map(conversionLossOf);
  for (let p = 0; p < plane.count; p++) {
    const found = byClass[topology.classIndex[plane.entities[p]]];
    if (!found) continue;
    losses.isLossy[p] = 1;
    losses.noLoadW[p] = found.noLoadW;
    losses.linear[p] = found.linear;
    losses.squarePerW[p] = found.squarePerW;
  }
  return losses;
}

/** What position `p` draws from its suppliers when it carries `load`. */
export function drawn(losses: Losses, p: number, load: number): number {
  if (losses.isLossy[p] === 0) return load;
  return load + losses.noLoadW[p] + losses.linear[p] * load + losses.squarePerW[p] * load * load;
}

/** How much more `p` draws for one more unit of load, at `load`. */
export function marginalDraw(losses: Losses, p: number, load: number): number {
  if (losses.isLossy[p] === 0) return 1;
  return 1 + losses.linear[p] + 2 * losses.squarePerW[p] * load;
}

/** What `p` draws more when it carries `extra` on top of `load`; no-load losses do not repeat. */
export function extraDraw(losses: Losses, p: number, load: number, extra: number): number {
  if (losses.isLossy[p] === 0) return extra;
  return extra * (1 + losses.linear[p] + losses.squarePerW[p] * (2 * load + extra));
}
