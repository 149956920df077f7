/**
 * Priors of a calibrated model as flat tables, one row for each pair of classes met in a topology:
 * the entity's own and that of what it stands in.
 */

import { KIND_INDEX } from '../tables/kinds.ts';
import type { CalibratedModel, ModelPrior } from '../tables/physics/calibrated-row.ts';
import type { Topology } from '../topology/topology.ts';

export interface ModelPriors {
  readonly count: number;
  /** Parameters a row, `n`. */
  readonly width: number;
  readonly mean: Float64Array;
  readonly sd: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Targets that a working thing of this class can have; one value a row, as all below. */
  readonly targetLow: Float64Array;
  readonly targetHigh: Float64Array;
  /** Unexplained part at the start, and the least that is ever assumed. */
  readonly noiseSd: Float64Array;
  readonly noiseFloor: Float64Array;
  /** Constants that the regressors need, `FIGURES_MAX` a row. */
  readonly figures: Float64Array;
  /** What the row is of: class ids, for people. */
  readonly names: readonly string[];
}

export const FIGURES_MAX = 4;

interface PriorsOfKind {
  readonly priors: ModelPriors;
  /** Row of each entity of the model's kind, in entity order; -1 where its class says too little. */
  readonly rowOf: Int16Array;
}

export function priorsOf(topology: Topology, model: CalibratedModel): PriorsOfKind {
  const { classes, classIndex, parent, kindStart } = topology;
  const byId = new Map(classes.map(row => [row.id, row]));
  const first = kindStart[KIND_INDEX[model.kind]];
  const count = kindStart[KIND_INDEX[model.kind] + 1] - first;
  const rowOf = new Int16Array(count).fill(-1);
  const rows: { name: string; prior: ModelPrior }[] = [];
  const known = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const own = classIndex[first + i];
    const around = parent[first + i] < 0 ? -1 : classIndex[parent[first + i]];
    const key = (own + 1) * 65_536 + around + 1;
    let row = known.get(key);
    if (row === undefined) {
      const prior =
        own < 0 ? undefined : model.prior({ own: classes[own], around: classes[around], byId });
      row = prior ? rows.push({ name: classes[own].id, prior }) - 1 : -1;
      known.set(key, row);
    }
    rowOf[i] = row;
  }
  return { priors: tableOf(model, rows), rowOf };
}

/** @throws RangeError when a prior of the table is not whole: a mistake of the row. */
export function tableOf(
  model: Pick<CalibratedModel, 'id' | 'parameters'>,
  rows: readonly { readonly name: string; readonly prior: ModelPrior }[],
): ModelPriors {
  const width = model.parameters.length;
  const priors = rows.map(row => row.prior);
  priors.forEach(prior => {
    checkPrior(model.id, width, prior);
  });
  const each = (pick: (prior: ModelPrior) => readonly number[]) =>
    Float64Array.from(priors.flatMap(pick));
  const one = (pick: (prior: ModelPrior) => number) => Float64Array.from(priors, pick);
  return {
    ...{ count: rows.length, width, names: rows.map(row => row.name) },
    mean: each(prior => prior.parameters.map(p => p.mean)),
    sd: each(prior => prior.parameters.map(p => p.sd)),
    low: each(prior => prior.parameters.map(p => p.low)),
    high: each(prior => prior.parameters.map(p => p.high)),
    targetLow: one(prior => prior.target[0]),
    targetHigh: one(prior => prior.target[1]),
    noiseSd: one(prior => prior.noiseSd),
    noiseFloor: one(prior => prior.noiseFloor),
    figures: each(prior =>
      Array.from({ length: FIGURES_MAX }, (_, i) => prior.figures?.[i] ?? Number.NaN),
    ),
  };
}

function checkPrior(id: string, width: number, prior: ModelPrior) {
  const { parameters, noiseSd, noiseFloor, target } = prior;
  const isWhole =
    parameters.length === width &&
    parameters.every(p => p.sd > 0 && p.low <= p.mean && p.mean <= p.high) &&
    noiseSd > 0 &&
    noiseFloor > 0 &&
    target[0] < target[1];
  if (!isWhole) throw new RangeError(`the prior of ${id} is not whole: ${JSON.stringify(prior)}`);
}
