/**
 * What a load costs on its way up: a UPS or transformer draws its load plus
 * `noLoadW + linear * load + square * load^2` (no-load, proportional and square-law losses).
 */
import type { HardwareClass } from '../tables/catalogue.ts';
import type { Plane } from '../topology/plane.ts';
import type { Topology } from '../topology/topology.ts';

export interface Losses {
  readonly noLoadW: Float64Array;
  readonly linear: Float64Array;
  /** Per watt: the square-law part of the class over its rating. */
  readonly squarePerW: Float64Array;
}

/** Loss coefficients of every position of a plane; zero where the class gives none. */
export function lossesOf(topology: Topology, plane: Plane): Losses {
  const losses = {
    noLoadW: new Float64Array(plane.count),
    linear: new Float64Array(plane.count),
    squarePerW: new Float64Array(plane.count),
  };
  if (plane.id !== 'power') return losses;
  for (let p = 0; p < plane.count; p++) {
    const row: HardwareClass | undefined = topology.classes[topology.classIndex[plane.entities[p]]];
    const ratedW = row?.figures.ratedW?.value;
    if (row === undefined || ratedW === undefined) continue;
    losses.noLoadW[p] = ratedW * (row.figures.lossNoLoadRatio?.value ?? 0);
    losses.linear[p] = row.figures.lossLinearRatio?.value ?? 0;
    losses.squarePerW[p] = (row.figures.lossSquareRatio?.value ?? 0) / ratedW;
  }
  return losses;
}

/** What position `p` draws from its suppliers when it carries `load`. */
export function drawn(losses: Losses, p: number, load: number): number {
  return load + losses.noLoadW[p] + losses.linear[p] * load + losses.squarePerW[p] * load * load;
}

/** How much more `p` draws for one more unit of load, at `load`. */
export function marginalDraw(losses: Losses, p: number, load: number): number {
  return 1 + losses.linear[p] + 2 * losses.squarePerW[p] * load;
}
