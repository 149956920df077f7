/**
 * Online calibration of one topology generation: which models run, rounds over all entities in
 * pieces, and what they have found. No clock: the caller says what time it is.
 */
import type { Board } from '../fidelity/board/board.ts';
import type { State } from '../state/state.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import { CALIBRATED_MODELS } from '../tables/physics/calibrated.ts';
import type { CalibratedModel } from '../tables/physics/calibrated-row.ts';
import type { Topology } from '../topology/topology.ts';
import { STORED_COLUMNS } from './columns.ts';
import { predict, sdOf } from './learn.ts';
import { Lines } from './lines.ts';
import { isMeasured, type ModelRun, modelRun, PASS_ENTITIES, pass } from './model-run.ts';
import { OUTCOMES, type Outcome } from './outcome.ts';
import { type PooledParameters, poolParameters, SETTLED_UPDATES } from './pooled.ts';
import { FIGURES_MAX } from './priors.ts';

interface CalibratedParameter {
  readonly id: string;
  readonly title: string;
  readonly value: number;
  /** Standard deviation of the value; too small where errors last longer than a sample. */
  readonly sd: number;
  readonly low: number;
  readonly high: number;
  readonly prior: { readonly mean: number; readonly sd: number };
}

/** What calibration knows of one model of one entity. */
interface EntityParameters {
  readonly model: CalibratedModel;
  /** Class whose figures gave the prior. */
  readonly priorOf: string;
  readonly parameters: readonly CalibratedParameter[];
  /** Unexplained part, one standard deviation, in the unit of the signal. */
  readonly noiseSd: number;
  /** Epoch ms; NaN: never. */
  readonly changedAtMs: number;
  readonly resetAtMs: number;
  readonly updates: number;
  readonly clipped: number;
  readonly faults: number;
  readonly resets: number;
}

export class Calibration {
  readonly topology: Topology;
  readonly board: Board;
  readonly models: readonly CalibratedModel[];
  readonly #lines: Lines;
  readonly #runs = new Map<string, ModelRun>();
  readonly #skipped = new Set<string>();
  readonly #pooled = new Map<string, PooledParameters>();

  constructor(
    topology: Topology,
    board: Board,
    models: readonly CalibratedModel[] = CALIBRATED_MODELS,
  ) {
    this.topology = topology;
    this.board = board;
    this.models = models;
    this.#lines = new Lines(board, topology);
  }

  get runs(): readonly ModelRun[] {
    return [...this.#runs.values()];
  }

  /** The run of a model, which is made if it can be; `undefined` where no class gives a prior. */
  runOf(model: CalibratedModel): ModelRun | undefined {
    const known = this.#runs.get(model.id);
    if (known || this.#skipped.has(model.id)) return known;
    const run = modelRun(model, this.topology, each => this.#lines.of(each));
    if (run) this.#runs.set(model.id, run);
    else this.#skipped.add(model.id);
    return run;
  }

  /**
   * One round over all entities, in steps of at most `PASS_ENTITIES`: whoever drives it may let
   * other work go between two steps.
   * @param nowMs epoch ms of the whole round
   */
  *round(state: State, nowMs: number): Generator<number, void> {
    if (state.topology !== this.topology) {
      throw new RangeError('the state is of another generation than the calibration');
    }
    for (const model of this.models) {
      if (this.#runs.has(model.id) || !isMeasured(model, state)) continue;
      this.runOf(model);
      yield 0;
    }
    this.#lines.beginRound(nowMs);
    for (const run of this.#runs.values()) {
      for (let from = 0; from < run.count; from += PASS_ENTITIES) {
        const to = Math.min(run.count, from + PASS_ENTITIES);
        pass(run, state, from, to);
        yield to - from;
      }
      this.#pooled.set(run.model.id, poolParameters(run.columns, run.priors));
    }
    this.#lines.endRound();
    this.board.endRound(nowMs);
  }

  /** What classes have in common, as of now: at the end of a restoration, as at that of a round. */
  pool() {
    for (const { model, columns, priors } of this.#runs.values()) {
      this.#pooled.set(model.id, poolParameters(columns, priors));
    }
  }

  /** How often each outcome came about since the start, over all entities of a model. */
  outcomesOf(run: ModelRun): Readonly<Record<Outcome, number>> {
    const entries = OUTCOMES.map((outcome, i) => [outcome, run.outcomes[i]] as const);
    return Object.fromEntries(entries) as Record<Outcome, number>;
  }

  /** @returns every model that runs for the entity and has a prior for its class */
  parametersOf(entity: number): readonly EntityParameters[] {
    return this.runs.flatMap(run => {
      const i = entity - run.firstEntity;
      const isOurs = KIND_INDEX[run.model.kind] === this.topology.kind[entity];
      return isOurs && run.columns.prior[i] >= 0 ? [parametersAt(run, i)] : [];
    });
  }

  /** What the machines of a class have in common; undefined before the first round. */
  pooledOf(model: CalibratedModel): PooledParameters | undefined {
    return this.#pooled.get(model.id);
  }

  /**
   * What a model expects of an entity, from its own parameters once they have settled, else from
   * those of its class.
   * @param inputs in the order of the model's row; NaN for an optional one that is not known
   * @returns value in the unit of the signal; NaN where the model does not run for the entity
   */
  expect(model: CalibratedModel, entity: number, inputs: readonly number[]): number {
    const run = this.#runs.get(model.id);
    const i = run ? entity - run.firstEntity : -1;
    if (!run || i < 0 || i >= run.count || run.columns.prior[i] < 0) return Number.NaN;
    const { sight, columns, priors } = run;
    const { of, lesson } = sight;
    for (let k = 0; k < model.inputs.length; k++) of.inputs[k + 1] = inputs[k];
    of.figuresAt = columns.prior[i] * FIGURES_MAX;
    const base = model.regress(of, lesson.x);
    if (columns.updates[i] >= SETTLED_UPDATES) return base + predict(columns, i, lesson.x);
    const mean = this.#pooled.get(model.id)?.mean ?? priors.mean;
    const at = columns.prior[i] * columns.width;
    let sum = base;
    for (let j = 0; j < columns.width; j++) sum += mean[at + j] * lesson.x[j];
    return sum;
  }

  /** Whether the entity's own parameters are known: `expect` goes by those of its class otherwise. */
  isSettled(model: CalibratedModel, entity: number): boolean {
    const run = this.#runs.get(model.id);
    const i = run ? entity - run.firstEntity : -1;
    return run !== undefined && i >= 0 && run.columns.updates[i] >= SETTLED_UPDATES;
  }

  /** The lagged input of a model as of its last round; NaN where there is none. */
  laggedOf(model: CalibratedModel, entity: number): number {
    const run = this.#runs.get(model.id);
    const i = run ? entity - run.firstEntity : -1;
    return run && i >= 0 && i < run.count ? run.columns.lagged[i] : Number.NaN;
  }

  /** Takes over what was found for entities that stay, unless they are now of another class. */
  takeOver(before: Calibration) {
    for (const old of before.runs) {
      const run = this.runOf(old.model);
      if (!run) continue;
      for (let i = 0; i < run.count; i++) {
        const entity = before.topology.indexOf(this.topology.ids[run.firstEntity + i]);
        const from = entity - old.firstEntity;
        if (entity < 0 || from < 0 || from >= old.count) continue;
        if (classNameAt(old, from) === classNameAt(run, i)) copyEntity(old, from, run, i);
        else run.columns.resets[i] = old.columns.resets[from] + 1;
      }
      run.outcomes.set(old.outcomes);
    }
  }
}

/** Class that gave the prior of an entity. */
export const classNameAt = ({ columns, priors }: ModelRun, i: number): string | undefined =>
  priors.names[columns.prior[i]];

function copyEntity(old: ModelRun, from: number, run: ModelRun, i: number) {
  for (const name of STORED_COLUMNS) {
    const width = run.count > 0 ? run.columns[name].length / run.count : 0;
    for (let j = 0; j < width; j++) {
      run.columns[name][i * width + j] = old.columns[name][from * width + j];
    }
  }
}

const msOf = (atS: number) => (atS === 0 ? Number.NaN : 1000 * atS);

function parametersAt(run: ModelRun, i: number): EntityParameters {
  const { model, columns: c, priors } = run;
  const row = c.prior[i];
  const parameters = model.parameters.map(({ id, title }, j) => {
    const at = row * c.width + j;
    return {
      ...{ id, title, value: c.parameters[i * c.width + j], sd: sdOf(c, i, j) },
      ...{ low: priors.low[at], high: priors.high[at] },
      prior: { mean: priors.mean[at], sd: priors.sd[at] },
    };
  });
  return {
    ...{ model, parameters, priorOf: priors.names[row], noiseSd: c.noiseSd[i] },
    ...{ changedAtMs: msOf(c.changedAtS[i]), resetAtMs: msOf(c.resetAtS[i]) },
    ...{ updates: c.updates[i], clipped: c.clipped[i], faults: c.faults[i], resets: c.resets[i] },
  };
}
