/** How the load of a junction is split among its suppliers once something is lost. */
import type { Plane } from '../topology/plane.ts';
import { commonAbove, type Dependence } from './dependence.ts';
import { supplyEdges } from './junctions.ts';

/** The supply entries of a junction, the shares after a loss, and the part that has moved. */
export interface Split {
  readonly edges: readonly number[];
  readonly shares: readonly number[];
  readonly moved: number;
}

/** Whether the loss takes all supply of `p`, or is `p`. */
export const isCutOff = (dependence: Dependence, p: number, loss: number) =>
  commonAbove(dependence, p, loss) === loss;

/**
 * What is left carries the whole, in the proportion of its shares; standby suppliers have no share
 * until they are all that is left, and then equal ones. No loss is -1.
 */
export function splitAfter(plane: Plane, dependence: Dependence, p: number, loss: number): Split {
  const edges = supplyEdges(plane, p);
  const isLeft = edges.map(e => loss < 0 || !isCutOff(dependence, plane.parents[e], loss));
  let moved = 0;
  let left = 0;
  let leftCount = 0;
  edges.forEach((e, i) => {
    if (!isLeft[i]) moved += plane.shares[e];
    else {
      left += plane.shares[e];
      leftCount++;
    }
  });
  const shares = edges.map((e, i) => {
    if (!isLeft[i]) return 0;
    // A standby supplier that is lost moves nothing.
    if (moved === 0) return plane.shares[e];
    return left > 0 ? ((left + moved) * plane.shares[e]) / left : moved / leftCount;
  });
  return { edges, shares, moved };
}
