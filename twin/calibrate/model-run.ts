/** The calibration of one model over all entities of its kind, in passes over ranges of them. */
import type { State } from '../state/state.ts';
import { KIND_COUNT, KIND_INDEX } from '../tables/kinds.ts';
import type { CalibratedModel } from '../tables/physics/calibrated-row.ts';
import { signalIndex } from '../tables/signals.ts';
import type { Topology } from '../topology/topology.ts';
import { type CalibrationColumns, calibrationColumns } from './columns.ts';
import { type Gather, type Gathered, gatherInput, gatherTargets } from './gather.ts';
import { newLesson } from './learn.ts';
import type { Line } from './lines.ts';
import { foresee, learnFrom, type Sight } from './observe.ts';
import { OUTCOMES, UNCHANGED } from './outcome.ts';
import { type ModelPriors, priorsOf } from './priors.ts';

/** Entities looked at in one go; the room for their inputs is made once. */
export const PASS_ENTITIES = 2048;

export interface ModelRun {
  readonly model: CalibratedModel;
  readonly topology: Topology;
  /** Entities of the kind. */
  readonly firstEntity: number;
  readonly count: number;
  readonly priors: ModelPriors;
  readonly columns: CalibrationColumns;
  /** How often each outcome came about since the start, in the order of `OUTCOMES`. */
  readonly outcomes: Float64Array;
  readonly sight: Sight;
  readonly gathers: readonly Gather[];
  readonly gathered: readonly Gathered[];
  readonly horizons: readonly Horizon[];
  readonly scored: Scored;
}

interface Horizon {
  readonly line: Line;
  /** Beyond 0 s: what was known when the meters are taken to have fallen silent. */
  readonly held: Held | undefined;
}

interface Held {
  readonly parameters: Float32Array;
  /** NaN where the entity was not followed at the time. */
  readonly lastTarget: Float32Array;
  readonly meanTarget: Float32Array;
}

/** Room for one comparison. */
interface Scored {
  predicted: number;
  actual: number;
  persistence: number;
  mean: number;
}

/** Whether any source has ever given what the model is compared with. */
export const isMeasured = (model: CalibratedModel, { cellBase }: State) =>
  model.targets.some(
    id => !Number.isNaN(cellBase[signalIndex(id) * KIND_COUNT + KIND_INDEX[model.kind]]),
  );

/** @returns undefined where no class of the topology gives a prior */
export function modelRun(
  model: CalibratedModel,
  topology: Topology,
  linesOf: (model: CalibratedModel) => readonly Line[],
): ModelRun | undefined {
  const kind = KIND_INDEX[model.kind];
  const { priors, rowOf } = priorsOf(topology, model);
  if (priors.count === 0) return undefined;
  const columns = calibrationColumns(priors, rowOf);
  const gathers = [
    gatherTargets(model.targets, kind),
    ...model.inputs.map(input => gatherInput(topology, input, kind)),
  ];
  return {
    ...{ model, topology, priors, columns, gathers },
    firstEntity: topology.kindStart[kind],
    count: rowOf.length,
    outcomes: new Float64Array(OUTCOMES.length),
    gathered: gathers.map(() => ({
      values: new Float64Array(PASS_ENTITIES),
      timesMs: new Float64Array(PASS_ENTITIES),
    })),
    sight: newSight(model, columns, priors),
    horizons: linesOf(model).map(line => ({
      line,
      held: line.horizonS > 0 ? newHeld(columns) : undefined,
    })),
    scored: { predicted: 0, actual: 0, persistence: 0, mean: 0 },
  };
}

const newSight = (
  model: CalibratedModel,
  columns: CalibrationColumns,
  priors: ModelPriors,
): Sight => ({
  ...{ model, columns, priors, base: 0, predicted: Number.NaN },
  of: {
    inputs: new Float64Array(model.inputs.length + 1),
    figures: priors.figures,
    figuresAt: 0,
  },
  timesMs: new Float64Array(model.inputs.length + 1),
  lesson: newLesson(columns.width),
});

const newHeld = ({ count, width }: CalibrationColumns): Held => ({
  parameters: new Float32Array(count * width),
  lastTarget: new Float32Array(count).fill(Number.NaN),
  meanTarget: new Float32Array(count).fill(Number.NaN),
});

/** Takes the `from`-th to before the `to`-th entity of the kind; `PASS_ENTITIES` at the most. */
export function pass(run: ModelRun, state: State, from: number, to: number) {
  const { gathers, gathered, sight, outcomes, firstEntity } = run;
  const range = { firstEntity, from, to };
  for (let k = 0; k < gathers.length; k++) gathers[k](state, range, gathered[k]);
  for (let i = from; i < to; i++) {
    for (let k = 0; k < gathered.length; k++) {
      sight.of.inputs[k] = gathered[k].values[i - from];
      sight.timesMs[k] = gathered[k].timesMs[i - from];
    }
    let outcome = foresee(sight, i);
    if (outcome < 0) {
      score(run, i);
      outcome = learnFrom(sight, i);
    }
    hold(run, i, outcome);
    outcomes[outcome]++;
  }
}

/** Before anything is learned from the sample. */
function score(run: ModelRun, i: number) {
  const { columns, sight, horizons, scored } = run;
  scored.actual = sight.of.inputs[0];
  for (let h = 0; h < horizons.length; h++) {
    const { line, held } = horizons[h];
    if (!line.isDue) continue;
    scored.predicted = held ? sight.base + heldSum(run, held, i) : sight.predicted;
    scored.persistence = held ? held.lastTarget[i] : columns.lastTarget[i];
    scored.mean = held ? held.meanTarget[i] : columns.meanTarget[i];
    // Before its first value an entity has no baseline, and nothing to be held against.
    if (Number.isFinite(scored.persistence + scored.mean)) add(run, i, line);
  }
}

function heldSum({ columns: { width }, sight }: ModelRun, { parameters }: Held, i: number): number {
  let sum = 0;
  for (let j = 0; j < width; j++) sum += parameters[i * width + j] * sight.lesson.x[j];
  return sum;
}

function add(run: ModelRun, i: number, { sheet, sums }: Line) {
  const { predicted, actual, persistence, mean } = run.scored;
  sheet.add(predicted, actual, persistence, mean);
  if (!sums) return;
  const whole = run.topology.parent[run.firstEntity + i];
  if (whole < 0 || whole >= sums.members.length) return;
  sums.predicted[whole] += predicted;
  sums.actual[whole] += actual;
  sums.persistence[whole] += persistence;
  sums.mean[whole] += mean;
  sums.members[whole]++;
}

/** What is known from here on is what the next scoring of a silent meter starts from. */
function hold({ columns: c, horizons }: ModelRun, i: number, outcome: number) {
  for (let h = 0; h < horizons.length; h++) {
    const { held, line } = horizons[h];
    if (!held || !line.isDue) continue;
    const isFollowed = outcome <= UNCHANGED;
    held.lastTarget[i] = isFollowed ? c.lastTarget[i] : Number.NaN;
    held.meanTarget[i] = c.meanTarget[i];
    for (let j = 0; j < c.width; j++) {
      held.parameters[i * c.width + j] = c.parameters[i * c.width + j];
    }
  }
}
