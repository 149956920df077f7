/** One step of a training job: what it waits for, how placements compare, what part of peak it uses. */
import { type CollectiveAsk, collectiveTime } from './collective.ts';
import type { GpuGroup } from './group.ts';

export interface StepTimes {
  /** Forward, backward and optimiser, s. */
  readonly computeS: number;
  /** Reading the next batch from storage, s; it runs beside the computing. */
  readonly storageS?: number;
  /** Decoding and preparing the next batch on the host's CPUs, s; beside both of the others. */
  readonly preprocessS?: number;
  /** All communication, s. */
  readonly communicationS?: number;
  /** Part of the communication that hides behind computing, 0-1; 0 if absent. */
  readonly overlapRatio?: number;
}

type Bottleneck = 'compute' | 'storage' | 'preprocess' | 'network';

export interface StepVerdict {
  readonly iterationS: number;
  /** Communication that nothing hides. */
  readonly exposedS: number;
  /** Time in which the GPUs have no batch. */
  readonly starvedS: number;
  /** What most of the step goes to. */
  readonly waitsFor: Bottleneck;
  /** The step by what it goes to, s; adds up to it. What runs beside something longer has 0. */
  readonly spentS: Readonly<Record<Bottleneck, number>>;
}

/**
 * Time of a step: `max(load, compute) + exposed communication`, where the load is the slower of
 * storage and preprocessing, which work ahead of each other, and communication hides behind the
 * computing only, at most all of it. The verdict is the longest part of that path.
 * @throws RangeError if a time is negative or the overlap outside 0-1
 */
export function stepVerdict(step: StepTimes): StepVerdict {
  checkStep(step);
  const { storageS = 0, preprocessS = 0 } = step;
  const loadS = Math.max(storageS, preprocessS);
  const spentS: Record<Bottleneck, number> = { compute: 0, storage: 0, preprocess: 0, network: 0 };
  spentS[longest(step)] = Math.max(loadS, step.computeS);
  spentS.network = exposedS(step);
  return {
    iterationS: iterationTimeS(step),
    exposedS: spentS.network,
    starvedS: Math.max(0, loadS - step.computeS),
    waitsFor: largest(spentS),
    spentS,
  };
}

function exposedS({ computeS, communicationS = 0, overlapRatio = 0 }: StepTimes): number {
  return communicationS - Math.min(communicationS * overlapRatio, computeS);
}

/** As in `stepVerdict`, s. */
export function iterationTimeS(step: StepTimes): number {
  const { computeS, storageS = 0, preprocessS = 0 } = step;
  return Math.max(storageS, preprocessS, computeS) + exposedS(step);
}

function largest(spentS: Readonly<Record<Bottleneck, number>>): Bottleneck {
  const order: readonly Bottleneck[] = ['compute', 'storage', 'preprocess', 'network'];
  return order.reduce((a, b) => (spentS[b] > spentS[a] ? b : a));
}

/** Of the parts that run beside each other. */
function longest({ computeS, storageS = 0, preprocessS = 0 }: StepTimes): Bottleneck {
  if (computeS >= Math.max(storageS, preprocessS)) return 'compute';
  return storageS >= preprocessS ? 'storage' : 'preprocess';
}

function checkStep(step: StepTimes): void {
  for (const name of ['computeS', 'storageS', 'preprocessS', 'communicationS'] as const) {
    const value = step[name] ?? 0;
    if (!(value >= 0 && Number.isFinite(value))) throw new RangeError(`${name}: ${value}`);
  }
  const overlap = step.overlapRatio ?? 0;
  if (!(overlap >= 0 && overlap <= 1)) throw new RangeError(`overlapRatio: ${overlap}, not 0-1`);
}

/** Collectives of one step, each done so many times. */
export interface StepCollective extends CollectiveAsk {
  readonly times?: number;
}

/** Communication of a step by a group of GPUs as placed, s. */
export function communicationTimeS(
  collectives: readonly StepCollective[],
  group: GpuGroup,
): number {
  return collectives.reduce(
    (sum, one) => sum + (one.times ?? 1) * collectiveTime(one, group).timeS,
    0,
  );
}

/**
 * Slowdown of a step in one placement against another. With no load to wait for it is
 * `(c + m2 (1 - o2)) / (c + m1 (1 - o1))`, c computing, m communication, o overlap.
 * @throws RangeError as `stepVerdict`, or if the reference takes no time
 */
export function slowdownRatio(placed: StepTimes, reference: StepTimes): number {
  checkStep(placed);
  checkStep(reference);
  const referenceS = iterationTimeS(reference);
  if (referenceS === 0) throw new RangeError('the reference step takes no time');
  return iterationTimeS(placed) / referenceS;
}

interface ModelFlops {
  /** Floating-point operations of the model for one step, over all GPUs. */
  readonly flopsPerStep: number;
  readonly gpus: number;
  /** Dense peak of one GPU, FLOP/s. */
  readonly peakFlops: number;
}

/**
 * Model FLOPs utilisation, 0-1: work of the model over what the GPUs could have done in that time.
 * @throws RangeError if a figure is not positive, or more is claimed than the peak allows
 */
export function mfuRatio(
  { flopsPerStep, gpus, peakFlops }: ModelFlops,
  iterationS: number,
): number {
  for (const [name, value] of Object.entries({ flopsPerStep, gpus, peakFlops, iterationS })) {
    if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${name}: ${value}`);
  }
  const ratio = flopsPerStep / (iterationS * gpus * peakFlops);
  if (ratio > 1) throw new RangeError(`${ratio} of peak: the step is too short for that work`);
  return ratio;
}
