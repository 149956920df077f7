/**
 * What the submitters of this seed run again and again. Jobs of one shape share size, intensity and
 * rhythm up to a few percent: the same user sends the same script with other arguments.
 */
import { spread, unit } from '../plant/random.ts';
import type { LabJobKind } from './lab.ts';
import { STREAM } from './streams.ts';

export interface Shape {
  readonly name: string;
  readonly kind: LabJobKind;
  readonly gpuCount: number;
  /** Odds of being the next to be submitted, relative to the others. */
  readonly weight: number;
  /** Intensity of its kernels, share of full demand: training while computing, others mean. */
  readonly level: number;
  /** Standard deviation of a job's level around it, relative. */
  readonly levelSpread: number;
  readonly meanS: number;
  /** Training: one iteration, the share of it in compute, and the level in the rest of it. */
  readonly periodS: number;
  readonly computeRatio: number;
  readonly lowLevel: number;
  readonly checkpointEveryS: number;
  readonly checkpointS: number;
  /** Evaluation between epochs: less intense kernels. */
  readonly evaluateEveryS: number;
  readonly evaluateS: number;
  /** Loading of libraries and first batches: hardly any power. */
  readonly startS: number;
  /** CPU share of a host that works for eight of its GPUs. */
  readonly cpuRatio: number;
}

type Kernel = readonly [kind: LabJobKind, gpuCount: number, weight: number, meanMin: number];

/** Sizes and durations: many small, few large, as cluster traces show. Marks: D. */
const KERNELS: readonly Kernel[] = [
  ['training', 8, 3, 85],
  ['training', 8, 3, 110],
  ['training', 8, 3, 62],
  ['training', 8, 2, 155],
  ['training', 16, 2, 100],
  ['training', 16, 2, 135],
  ['training', 32, 1, 112],
  ['training', 4, 2, 80],
  ['inference', 8, 1.2, 240],
  ['inference', 4, 1.2, 210],
  ['inference', 2, 1, 170],
  ['notebook', 1, 0.8, 30],
];

/** Users submit scripts; the names tell nobody anything. */
const USERS = ['ada', 'bo', 'chen', 'dara', 'eli', 'fay'];
const SCRIPTS = ['pretrain', 'finetune', 'sweep', 'distil', 'align', 'vision'];

export function drawShapes(seed: number): Shape[] {
  // levels are dealt out evenly over their range, in another order for every seed, so that no
  // seed is without contrast between its jobs
  const training = KERNELS.filter(([kind]) => kind === 'training').length;
  const order = shuffled(seed, training);
  return KERNELS.map((kernel, at) =>
    drawShape(seed, at, kernel, order[at] === undefined ? 0.5 : (order[at] + 0.5) / training),
  );
}

function shuffled(seed: number, count: number): number[] {
  const keys = Array.from({ length: count }, (_, at) => unit(seed, STREAM.shape, 5000 + at));
  return keys.map(key => keys.filter(other => other < key).length);
}

function drawShape(seed: number, at: number, kernel: Kernel, rank: number): Shape {
  const [kind, gpuCount, weight, meanMin] = kernel;
  let draw = 0;
  const next = () => unit(seed, STREAM.shape, at * 64 + draw++);
  const near = (value: number, ratio: number) =>
    value * (1 + ratio * spread(seed, STREAM.shape, at * 64 + draw++));
  const user = USERS[Math.floor(next() * USERS.length)];
  const script = kind === 'training' ? SCRIPTS[Math.floor(next() * SCRIPTS.length)] : kind;
  return {
    ...{ name: `${user}/${script}-${at + 1}`, kind, gpuCount, weight },
    level: kind === 'training' ? 0.7 + 0.4 * rank : kind === 'inference' ? near(0.42, 0.2) : 0.6,
    levelSpread: 0.03 + 0.02 * next(),
    meanS: near(meanMin * 60, 0.15),
    // 0.2-3 Hz, evenly in the logarithm
    periodS: 1 / (0.2 * 15 ** next()),
    computeRatio: 0.7 + 0.2 * next(),
    lowLevel: near(0.16, 0.3),
    checkpointEveryS: near(1500, 0.4),
    checkpointS: near(12, 0.5),
    evaluateEveryS: next() < 0.5 ? near(2700, 0.3) : Number.POSITIVE_INFINITY,
    evaluateS: near(60, 0.4),
    startS: near(35, 0.5),
    cpuRatio: kind === 'training' ? near(0.2, 0.4) : near(0.08, 0.4),
  };
}
