/**
 * Sums of predictions and of what was measured, over the entities in each rack, row, hall and site:
 * errors of many hosts that cancel out, or do not.
 */
import type { Board } from '../fidelity/board/board.ts';
import { KIND_INDEX, KINDS } from '../tables/kinds.ts';
import type { CalibratedModel } from '../tables/physics/calibrated-row.ts';
import type { Topology } from '../topology/topology.ts';

const RACK_END = KIND_INDEX.rack + 1;

export interface ContainerSums {
  /** By entity, from the site to the last rack. */
  readonly predicted: Float64Array;
  readonly actual: Float64Array;
  readonly persistence: Float64Array;
  readonly mean: Float64Array;
  readonly members: Uint32Array;
}

export function containerSums(topology: Topology): ContainerSums {
  const count = topology.kindStart[RACK_END];
  return {
    predicted: new Float64Array(count),
    actual: new Float64Array(count),
    persistence: new Float64Array(count),
    mean: new Float64Array(count),
    members: new Uint32Array(count),
  };
}

export function clearSums(sums: ContainerSums) {
  for (const column of Object.values(sums)) column.fill(0);
}

/** Racks into rows, rows into halls and on: parts come after their wholes. Then all are scored. */
export function scoreSums(
  sums: ContainerSums,
  topology: Topology,
  board: Board,
  of: { readonly model: CalibratedModel; readonly horizonS: number },
) {
  const { predicted, actual, persistence, mean, members } = sums;
  for (let e = members.length - 1; e >= 0; e--) {
    if (members[e] === 0) continue;
    const { id: kind } = KINDS[topology.kind[e]];
    const { signal } = of.model;
    const sheet = board.sheet({ kind, signal, horizonS: of.horizonS });
    sheet.add(predicted[e], actual[e], persistence[e], mean[e]);
    const whole = topology.parent[e];
    if (whole < 0) continue;
    predicted[whole] += predicted[e];
    actual[whole] += actual[e];
    persistence[whole] += persistence[e];
    mean[whole] += mean[e];
    members[whole] += members[e];
  }
}
