/**
 * `bench predict`: rack power, inlet and GPU temperature a quarter of an hour ahead on plants of
 * hidden parameters, given the job schedule. The plant shares no code with the engine and comes in
 * as an argument. The predictor learns for a day, then is judged over six hours against the truth.
 */
import {
  type Prediction,
  Predictor,
  readTopology,
  type ScheduledJob,
  SIGNAL_INDEX,
  type TelemetryFrame,
  type Topology,
} from '../../twin/index.ts';
import { calibrate, cpuSecondsOf, machine, median } from './machine.ts';
import { type Places, type ShownMinute, ShownMinutes } from './predict-shown.ts';
import type { BenchResult, BenchSize } from './result.ts';

interface LabFrame {
  readonly atMs: number;
  readonly entity: Int32Array;
  readonly signal: Int32Array;
  readonly value: Float64Array;
}

interface LabJob {
  readonly id: string;
  readonly shape: string;
  readonly kind: string;
  readonly gpuEntities: Int32Array;
  readonly startMs: number;
  readonly endMs: number | null;
}

interface LabMinute {
  readonly endMs: number;
  readonly rackPowerW: Float64Array;
  readonly rackInletTempC: Float64Array;
  readonly gpuTempC: Float64Array;
}

/** What the benchmark asks of a plant. */
interface PredictLab {
  readonly inventory: Readonly<Record<string, unknown>>;
  readonly entities: readonly { readonly id: string; readonly kind: string }[];
  readonly signals: readonly string[];
  readonly startMs: number;
  readonly nowMs: number;
  step(toMs: number): LabFrame[];
  schedule(fromMs: number, toMs: number): LabJob[];
  readonly truth: { readonly minutes: readonly LabMinute[] };
}
export type CreatePredictLab = (options: { seed: number }) => PredictLab;

const HORIZON_MS = 15 * 60_000;
const EVERY_MS = 5 * 60_000;
const LEARN_MS = 24 * 3_600_000;
const JUDGE_MS = 6 * 3_600_000;
const FIRST_SEED = 1001;
const SEEDS = { small: 1, reference: 20 } as const;
const SIGNALS = ['rackPower', 'rackInlet', 'gpuTemp'] as const;
type Signal = (typeof SIGNALS)[number];

/** Error of one signal on one seed. Power in percent of the value (MAPE), temperatures in K (RMS). */
interface PredictScore {
  readonly error: number;
  readonly persistence: number;
  /** Part of the truth inside the 90 % band. */
  readonly coverage: number;
  /** Part of what the sensors showed inside the band of that. */
  readonly shownCoverage: number;
}

interface PredictOptions {
  readonly seeds: readonly number[];
  readonly learnMs: number;
  readonly judgeMs: number;
}

export async function benchPredict(
  size: BenchSize,
  createLab: CreatePredictLab,
): Promise<BenchResult> {
  const count = SEEDS[size];
  const seeds = Array.from({ length: count }, (_, i) => FIRST_SEED + i);
  const small = { learnMs: LEARN_MS / 4, judgeMs: JUDGE_MS / 3 };
  const options = {
    seeds,
    ...(size === 'small' ? small : { learnMs: LEARN_MS, judgeMs: JUDGE_MS }),
  };
  let figures: Record<string, number> = {};
  const cpuS = cpuSecondsOf(() => {
    figures = predictFigures(createLab, options);
  });
  return {
    name: 'predict',
    params: { size, ...options, horizonMs: HORIZON_MS, everyMs: EVERY_MS },
    figures: { ...figures, cpuSPerSeed: cpuS / count },
    machine: machine(),
    calibration: calibrate(),
    hash: Object.values(figures)
      .map(figure => figure.toPrecision(9))
      .join(' '),
  };
}

const COVERAGES = [
  ['coverage', 'Coverage90'],
  ['shownCoverage', 'ShownCoverage90'],
] as const;

/** Worst and median over the seeds. */
function predictFigures(
  createLab: CreatePredictLab,
  options: PredictOptions,
): Record<string, number> {
  const scores = options.seeds.map(seed => judgeSeed(createLab({ seed }), options));
  const figures: Record<string, number> = {};
  for (const signal of SIGNALS) {
    const unit = signal === 'rackPower' ? 'MapePct' : 'RmsK';
    const of = (what: keyof PredictScore) => scores.map(score => score[signal][what]);
    figures[`${signal}${unit}Median`] = median(of('error'));
    figures[`${signal}${unit}Worst`] = Math.max(...of('error'));
    figures[`${signal}Persistence${unit}Median`] = median(of('persistence'));
    figures[`${signal}Persistence${unit}Least`] = Math.min(...of('persistence'));
    for (const [what, name] of COVERAGES) {
      figures[`${signal}${name}Median`] = median(of(what));
      figures[`${signal}${name}Least`] = Math.min(...of(what));
      figures[`${signal}${name}Most`] = Math.max(...of(what));
    }
  }
  return figures;
}

/** Frames of a plant in the numbers of the engine. */
class Translation {
  readonly #entities: Int32Array;
  readonly #signals: Int32Array;

  constructor(lab: PredictLab, topology: Topology) {
    this.#entities = Int32Array.from(lab.entities, ({ id }) => topology.indexOf(id));
    this.#signals = Int32Array.from(lab.signals, id => SIGNAL_INDEX.get(id) ?? -1);
  }

  frame({ atMs, entity, signal, value }: LabFrame): TelemetryFrame {
    return {
      atMs,
      entity: entity.map(e => this.#entities[e]),
      signal: signal.map(s => this.#signals[s]),
      value,
    };
  }

  job({ gpuEntities, ...job }: LabJob): ScheduledJob {
    return { ...job, gpus: gpuEntities.map(e => this.#entities[e]) };
  }
}

function topologyOf(lab: PredictLab): Topology {
  const built = readTopology(lab.inventory);
  if (!built.ok) throw new Error(`inventory of the plant: ${built.problems[0].message}`);
  return built.value;
}

/** Sums of errors of one signal. */
class Tally {
  #count = 0;
  #error = 0;
  #persistence = 0;
  #inside = 0;
  #shown = 0;
  #shownInside = 0;

  add(error: number, persistence: number, isInside: boolean) {
    this.#count++;
    this.#error += error;
    this.#persistence += persistence;
    if (isInside) this.#inside++;
  }

  addShown(off: number, within: number) {
    if (Number.isNaN(off)) return;
    this.#shown++;
    if (Math.abs(off) <= within) this.#shownInside++;
  }

  score(shape: (mean: number) => number): PredictScore {
    return {
      error: shape(this.#error / this.#count),
      persistence: shape(this.#persistence / this.#count),
      coverage: this.#inside / this.#count,
      shownCoverage: this.#shownInside / this.#shown,
    };
  }
}

export function judgeSeed(
  lab: PredictLab,
  options: Pick<PredictOptions, 'learnMs' | 'judgeMs'>,
): Record<Signal, PredictScore> {
  const topology = topologyOf(lab);
  const translation = new Translation(lab, topology);
  const predictor = new Predictor(topology);
  const places: Places = {
    rack: lab.entities.filter(({ kind }) => kind === 'rack').map(({ id }) => topology.indexOf(id)),
    gpu: lab.entities.filter(({ kind }) => kind === 'gpu').map(({ id }) => topology.indexOf(id)),
  };
  const tallies = { rackPower: new Tally(), rackInlet: new Tally(), gpuTemp: new Tally() };
  const open: { prediction: Prediction; now: LabMinute }[] = [];
  const shown = new ShownMinutes(topology, places);
  const endMs = lab.startMs + options.learnMs + options.judgeMs;
  while (lab.nowMs < endMs) {
    const frames = lab.step(lab.nowMs + EVERY_MS);
    const jobs = lab.schedule(lab.nowMs - EVERY_MS, lab.nowMs + HORIZON_MS);
    predictor.book(jobs.map(job => translation.job(job)));
    for (const frame of frames.map(each => translation.frame(each))) {
      predictor.take(frame);
      shown.take(frame);
    }
    const { minutes } = lab.truth;
    const now = minutes[minutes.length - 1];
    while (open.length > 0 && open[0].prediction.atMs <= lab.nowMs) {
      const due = open.shift();
      if (!due) break;
      const { atMs } = due.prediction;
      judge(tallies, { ...due, truth: minuteAt(minutes, atMs), shown: shown.close(atMs) }, places);
    }
    const prediction = predictor.predict(HORIZON_MS);
    if (lab.nowMs < lab.startMs + options.learnMs) continue;
    open.push({ prediction, now });
    shown.expect(prediction.atMs);
  }
  return {
    rackPower: tallies.rackPower.score(mean => 100 * mean),
    rackInlet: tallies.rackInlet.score(Math.sqrt),
    gpuTemp: tallies.gpuTemp.score(Math.sqrt),
  };
}

function minuteAt(minutes: readonly LabMinute[], endMs: number): LabMinute {
  for (let i = minutes.length - 1; i >= 0; i--) if (minutes[i].endMs === endMs) return minutes[i];
  throw new Error(`the plant has no minute that ends at ${endMs}`);
}

interface Due {
  readonly prediction: Prediction;
  readonly now: LabMinute;
  readonly truth: LabMinute;
  readonly shown: ShownMinute;
}

const relative = (value: number, t: number) => Math.abs(value / t - 1);
const square = (value: number, t: number) => (value - t) ** 2;

function judge(tallies: Readonly<Record<Signal, Tally>>, due: Due, { rack, gpu }: Places) {
  const { prediction } = due;
  const add = (
    tally: Tally,
    name: keyof LabMinute & keyof Prediction & keyof ShownMinute,
    entities: readonly number[],
    loss: (value: number, truth: number) => number,
  ) => {
    const found = new Map(prediction[name].map(p => [p.entity, p]));
    entities.forEach((entity, i) => {
      const p = found.get(entity);
      if (!p) return;
      const t = due.truth[name][i];
      tally.add(loss(p.value, t), loss(due.now[name][i], t), t >= p.low && t <= p.high);
      tally.addShown(due.shown[name][i] - p.value, p.shownWithin);
    });
  };
  add(tallies.rackPower, 'rackPowerW', rack, relative);
  add(tallies.rackInlet, 'rackInletTempC', rack, square);
  add(tallies.gpuTemp, 'gpuTempC', gpu, square);
}
