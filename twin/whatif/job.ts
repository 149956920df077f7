/** A job where a gang was placed: its step, what it waits for, and how long it runs between failures. */
import { z } from 'zod';
import { roofOf } from '../physics/die/roofline.ts';
import { hostBytesPerS } from '../physics/network/group.ts';
import {
  communicationTimeS,
  mfuRatio,
  type StepTimes,
  slowdownRatio,
  stepVerdict,
} from '../physics/network/iteration.ts';
import {
  bestIslands,
  gradientGroup,
  islandsOn,
  type JobIslands,
  tensorGroup,
} from '../physics/network/job-network.ts';
import { type JobShape, jobShape } from '../physics/network/job-shape.ts';
import type { HostPart } from '../physics/network/live-network.ts';
import {
  exactTrainingRatio,
  jobFailuresPerS,
  optimalIntervalS,
} from '../physics/reliability/checkpoints.ts';
import { jobMttf } from '../physics/reliability/mttf.ts';
import { STALE } from '../state/quality.ts';
import { readSignal } from '../state/read.ts';
import type { State } from '../state/state.ts';
import { componentOf, type HardwareClass } from '../tables/catalogue.ts';
import { fabricOf } from '../tables/fabrics.ts';
import { collectiveRowOf } from '../tables/physics/collective-rows.ts';
import { FAILS_LIKE_RSC1, JOB } from '../tables/physics/jobs.ts';
import { WORKLOADS } from '../tables/physics/power.ts';
import { JOB_FAILURES_PER_1000_HOST_DAYS as RATES } from '../tables/physics/reliability.ts';
import { signalIndex } from '../tables/signals.ts';

const count = z.int().min(1).max(1_000_000);
const seconds = z.number().min(0).max(1e7);

export const jobSpec = z.strictObject({
  class: z.enum(WORKLOADS).optional().describe('training unless given.'),
  parameters: z.number().min(1e6).max(1e15).optional().describe('Of the model, dense.'),
  tokensPerStep: z.number().min(1).max(1e12).optional().describe('Over the whole job.'),
  tensorParallel: count.optional().describe('GPUs that share each layer.'),
  pipelineParallel: count.optional().describe('Stages of layers.'),
  computeS: seconds.min(0.001).optional().describe('Computing of a step, measured.'),
  communicationBytes: z
    .number()
    .min(0)
    .max(1e15)
    .optional()
    .describe('That each GPU has all-reduced over the whole job in a step, measured.'),
  overlapRatio: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Part of these, or of the gradients, that hides behind the computing.'),
  storageBytes: z.number().min(0).max(1e15).optional().describe('Each GPU reads for a step.'),
  preprocessS: seconds.optional().describe('CPU time of a step on an undisturbed host.'),
  checkpointWriteS: seconds.min(0.001).optional(),
  restartS: seconds.optional(),
});

export type JobSpec = z.infer<typeof jobSpec>;

const number = z.number();

export const jobSchema = z
  .object({
    class: z.enum(WORKLOADS),
    parameters: number,
    tokensPerStep: number,
    tensorParallel: number,
    pipelineParallel: number,
    dataParallel: number,
    memoryRatio: number.describe(
      'Part of the memory of a GPU that its weights and their state take; above 1 they do not fit.',
    ),
    assumed: z.array(z.string()).describe('Fields of `job` that were not given.'),
    meetsAt: z.string().describe('Kind of the highest switch between its hosts.'),
    latencyS: number.describe('One way between the hosts that are furthest apart.'),
    oversubscription: number.describe('Of the switches on that way.'),
    hostBytesPerS: number
      .nullable()
      .describe('What the poorest island can send to the others; null: there is but one.'),
    computeS: number,
    communicationS: number,
    exposedS: number.describe('Communication that no computing hides.'),
    iterationS: number,
    waitsFor: z.enum(['compute', 'storage', 'preprocess', 'network']),
    slowdown: number.describe('Over the same job in full hosts with the network to themselves.'),
    mfuRatio: number.nullable().describe('null: measured computing is shorter than it can be.'),
    tokensPerS: number,
    failuresPer1000HostDays: number,
    mttfH: number.describe('1 / (hosts x rate).'),
    likelyMttfH: number.describe('Brought to what was measured of jobs of this size.'),
    checkpointIntervalS: number.describe('The best for that.'),
    ettrRatio: number.describe('Part of the time that trains and is kept, with checkpoints so.'),
  })
  .describe('The gang as a job, where it was placed.');

export type JobAnswer = z.infer<typeof jobSchema>;

/** What a gang looks like to its job. */
interface PlacedJob {
  readonly state: State;
  readonly gpu: HardwareClass;
  readonly parts: readonly HostPart[];
}

/** `field: why`, of a hint that does not fit the GPUs. */
interface Misfit {
  readonly misfit: string;
}

/**
 * The step and the failures of a job as placed.
 * @returns why there is none: the GPUs lack figures, the hosts a way to each other, or the question
 * does not fit the GPUs
 */
export function jobAnswer(
  placed: PlacedJob,
  spec: JobSpec,
): { readonly job: JobAnswer } | { readonly reason: string } | Misfit {
  const { state, gpu, parts } = placed;
  const row = collectiveRowOf(gpu.id);
  const roof = roofOf(gpu);
  const memBytes = gpu.figures.memBytes?.value;
  if (!row || !roof || !memBytes) return { reason: `peak or links of ${gpu.id} are not known` };
  const found = islandsOn(state, row, parts);
  if ('reason' in found) return found;
  const { islands } = found;
  if (spec.storageBytes && islands.network.nicBytesPerS === 0) {
    return { reason: 'a host has no NIC that is up, and storage is behind it' };
  }
  const gpus = parts.reduce((sum, part) => sum + part.gpus, 0);
  const perIsland = islands.count === 1 ? gpus : islands.gpusMin;
  const hints = { ...spec, class: spec.class ?? 'training' };
  const shape = fittedShape(hints, { count: gpus, perIsland, memBytes });
  if ('misfit' in shape) return shape;
  const best = bestIslands(row, gpus, islandSize(placed, row.islandGpus));
  const bestShape = jobShape(hints, { count: gpus, perIsland: best.gpusMin, memBytes });
  const size = { gpus, roof };
  const step = stepOf(islands, shape, { ...size, spec, stealRatio: worstSteal(state, parts) });
  const bestStep = stepOf(best, bestShape, { ...size, spec, stealRatio: 0 });
  const { iterationS, exposedS, waitsFor } = stepVerdict(step);
  const { flopsPerStep, parameters, tokensPerStep } = shape;
  const { tensorParallel, pipelineParallel, dataParallel } = shape;
  return {
    job: {
      ...{ class: shape.class, parameters, tokensPerStep },
      ...{ tensorParallel, pipelineParallel, dataParallel },
      memoryRatio: shape.heldBytes / memBytes,
      assumed: ASSUMED.filter(field => spec[field] === undefined),
      meetsAt: islands.tier.meetsAt,
      latencyS: islands.tier.latencyS,
      oversubscription: islands.tier.oversubscription,
      hostBytesPerS: islands.count === 1 ? null : islandBytesPerS(islands),
      computeS: step.computeS,
      communicationS: step.communicationS ?? 0,
      ...{ exposedS, iterationS, waitsFor },
      slowdown: slowdownRatio(step, bestStep),
      mfuRatio: mfuOf(flopsPerStep, gpus, { iterationS, peakFlops: roof.peakFlops }),
      tokensPerS: shape.tokensPerStep / iterationS,
      ...failuresOf(gpu, { gpus, hosts: parts.length }, spec),
    },
  };
}

/** Whatever else is out of range further on is no mistake of who asks. */
function fittedShape(...asked: Parameters<typeof jobShape>): JobShape | Misfit {
  try {
    return jobShape(...asked);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { misfit: error.message };
  }
}

const ASSUMED = [
  ...(['class', 'parameters', 'tokensPerStep', 'tensorParallel', 'pipelineParallel'] as const),
  ...(['computeS', 'communicationBytes', 'overlapRatio'] as const),
  ...(['checkpointWriteS', 'restartS'] as const),
];

interface StepAsk {
  readonly gpus: number;
  readonly roof: NonNullable<ReturnType<typeof roofOf>>;
  readonly spec: JobSpec;
  /** Part of the time that others take from the CPUs of the worst host. */
  readonly stealRatio: number;
}

function stepOf(islands: JobIslands, shape: JobShape, ask: StepAsk): StepTimes {
  const { gpus, roof, spec, stealRatio } = ask;
  const flopsS = shape.flopsPerStep / (gpus * roof.peakFlops * JOB.kernelRatio.value);
  const readS = shape.class === 'decode' ? shape.weightBytes / roof.memBytesPerS : 0;
  const computeS = spec.computeS ?? shape.bubbleRatio * Math.max(flopsS, readS);
  const inside = tensorGroup(islands, shape);
  const across = gradientGroup(islands, shape);
  const overlapRatio = spec.overlapRatio ?? JOB.gradientOverlapRatio.value;
  const measured = spec.communicationBytes;
  const whole = measured === undefined ? undefined : wholeGroup(islands, gpus);
  const hiddenS = whole
    ? communicationTimeS([{ operation: 'allReduce', bytes: measured ?? 0 }], whole)
    : across
      ? communicationTimeS(shape.gradients, across)
      : 0;
  const openS = measured === undefined && inside ? communicationTimeS(shape.tensor, inside) : 0;
  const communicationS = hiddenS + openS;
  const { storageBytes = 0, preprocessS = 0 } = spec;
  return {
    computeS,
    communicationS,
    overlapRatio: communicationS > 0 ? (overlapRatio * hiddenS) / communicationS : 0,
    storageS: storageBytes > 0 ? (storageBytes * islands.gpusMax) / islandBytesPerS(islands) : 0,
    preprocessS: preprocessS / Math.max(1e-3, 1 - stealRatio),
  };
}

/** All GPUs of the job as one group; undefined for a single one, which has nothing to say. */
function wholeGroup(islands: JobIslands, gpus: number) {
  const { row, gpusMax, count: hosts, network } = islands;
  return gpus > 1 ? { row, gpusPerHost: gpusMax, hosts, network } : undefined;
}

const islandBytesPerS = ({ row, gpusMax, count: hosts, network }: JobIslands) =>
  hostBytesPerS({ row, gpusPerHost: gpusMax, hosts, network });

/** GPUs that stand together in a host of the kind, or in its rack. */
function islandSize({ state, parts }: PlacedJob, islandGpus: number): number {
  const { topology } = state;
  const host = topology.classes[topology.classIndex[parts[0].host]];
  if (fabricOf(host?.id ?? '')?.island === 'rack') return islandGpus;
  return Math.min(islandGpus, componentOf(host, 'gpu')?.count ?? 1);
}

const STEAL = signalIndex('cpuStealRatio');

function worstSteal(state: State, parts: readonly HostPart[]): number {
  return parts.reduce((worst, { host }) => {
    const { value, quality } = readSignal(state, STEAL, host);
    return quality > STALE && value > worst ? value : worst;
  }, 0);
}

function mfuOf(
  flopsPerStep: number,
  gpus: number,
  { iterationS, peakFlops }: { readonly iterationS: number; readonly peakFlops: number },
): number | null {
  const isPossible = flopsPerStep <= iterationS * gpus * peakFlops;
  return isPossible ? mfuRatio({ flopsPerStep, gpus, peakFlops }, iterationS) : null;
}

function failuresOf(
  gpu: HardwareClass,
  { gpus, hosts }: { readonly gpus: number; readonly hosts: number },
  spec: JobSpec,
) {
  const rate = (FAILS_LIKE_RSC1.test(gpu.id) ? RATES.rsc1 : RATES.llama3).value;
  const { mttfH, likelyMttfH } = jobMttf({ gpus, gpusPerHost: gpus / hosts }, rate);
  const { checkpointWriteS: writeS = JOB.checkpointWriteS.value } = spec;
  const { restartS = JOB.restartS.value } = spec;
  // What was measured has the failures in it that no host's rate counts.
  const failuresPerS = (jobFailuresPerS(hosts, rate) * mttfH) / likelyMttfH;
  const job = { failuresPerS, writeS, restartS };
  const checkpointIntervalS = optimalIntervalS(job);
  return {
    failuresPer1000HostDays: rate,
    ...{ mttfH, likelyMttfH, checkpointIntervalS },
    ettrRatio: exactTrainingRatio(job, checkpointIntervalS),
  };
}
