/** Models of hosts, dies and services that have no published case of their own here. */
import { z } from 'zod';
import { dieFigures, hbmTempC, rooflinePlace, roofOf } from '../../physics/die/roofline.ts';
import { memoryReadS, numaSpeedRatio } from '../../physics/host/cpu.ts';
import { migShare, migTimeRatio, timeSlicedS } from '../../physics/host/gpu-sharing.ts';
import {
  INFERENCE_LAYERS,
  inferenceCapacityPerS,
  simulateInference,
} from '../../physics/host/inference.ts';
import { lateProbability, meanWaitS, serversFor } from '../../physics/host/queue.ts';
import { mfuRatio, slowdownRatio, stepVerdict } from '../../physics/network/iteration.ts';
import { knownGpu } from '../known-gpu.ts';
import { publishedModel } from '../model.ts';

const above = z.number().positive();
const notBelow = z.number().nonnegative();
const ratio = z.number().min(0).max(1);

/** A service that batches, by simulation: its tail by layer. */
export const inference = publishedModel(
  'inference',
  z.object({
    replicas: z.int().min(1).max(1000),
    arrivalPerS: above,
    batchMax: z.int().min(1).max(4096),
    prefillS: notBelow,
    decodeBaseS: notBelow,
    decodeEachS: notBelow.default(0),
    outputTokens: notBelow,
    isOutputExact: z.boolean().default(false),
    coldStartS: notBelow.optional(),
    idleTimeoutS: above.optional(),
    networkMedianS: notBelow.optional(),
    networkSpread: notBelow.optional(),
    requests: z.int().min(1000).max(200_000).default(20_000),
    seed: z.int().min(0).default(1),
  }),
  ({ requests, seed, ...service }) => {
    const found = simulateInference(service, { requests, seed });
    const { meanS, p50S, p99S, meanBatch, coldShare, busyRatio } = found;
    const layers = INFERENCE_LAYERS.map(layer => [`${layer}AtP99S`, found.atP99ByLayerS[layer]]);
    return {
      ...{ meanS, p50S, p99S, ...Object.fromEntries(layers), meanBatch, coldShare, busyRatio },
      capacityPerS: inferenceCapacityPerS(service),
    };
  },
  ({ idleTimeoutS, coldStartS, networkMedianS }) => ({
    coldStartS: idleTimeoutS === undefined && 'needs idleTimeoutS: no replica is unloaded',
    networkSpread: networkMedianS === 0 && 'needs networkMedianS above 0',
    idleTimeoutS: !coldStartS && 'needs coldStartS above 0: waking up takes no time',
  }),
);

export const queue = publishedModel(
  'queue_ggc',
  z.object({
    servers: z.int().min(1).max(1_000_000),
    arrivalPerS: notBelow,
    serviceS: above,
    arrivalCv: notBelow.default(1),
    serviceCv: notBelow.default(1),
    withinS: above.optional(),
    lateShare: z.number().gt(0).lt(1).default(0.01).describe('For serversNeeded.'),
  }),
  ({ withinS, lateShare, ...load }) => {
    const waitS = meanWaitS(load);
    if (!Number.isFinite(waitS)) {
      throw new RangeError(`servers: ${load.servers} never catch up with that load`);
    }
    const meanS = waitS + load.serviceS;
    if (withinS === undefined) return { meanWaitS: waitS, meanS };
    const servers = serversFor(load, { withinS, lateShare });
    const note = 'lateRatio and serversNeeded hold for exponential times';
    return {
      ...{ meanWaitS: waitS, meanS, lateRatio: lateProbability(load, withinS), note },
      ...(servers === undefined ? {} : { serversNeeded: servers }),
    };
  },
  ({ withinS }) => ({
    lateShare: withinS === undefined && 'needs withinS: late is later than that',
  }),
);

export const mig = publishedModel(
  'mig',
  z.object({
    gpu: z.string(),
    profile: z.string(),
    computeBoundRatio: ratio,
    othersUtilRatio: ratio.default(0),
  }),
  ({ gpu, profile, computeBoundRatio, othersUtilRatio }) => {
    const row = knownGpu(gpu);
    const share = migShare(profile, row.figures.memBytes?.value ?? Number.NaN);
    if (!share) throw new RangeError(`profile '${profile}' is none, such as 3g.40gb`);
    const timeRatio = migTimeRatio({ share, computeBoundRatio, othersUtilRatio });
    return { ...share, timeRatio };
  },
);

export const timeSlice = publishedModel(
  'time_slice',
  z.object({ workS: above, sharers: z.int().min(1).max(1000) }),
  ({ workS, sharers }) => {
    const timeS = timeSlicedS(workS, sharers);
    return { timeS, timeRatio: timeS / workS };
  },
);

export const numa = publishedModel(
  'numa',
  z.object({
    remoteRatio: ratio,
    distance: z.number().min(10).max(255).default(21),
    memoryBoundRatio: ratio.default(1),
    localReadS: above.optional(),
    remoteReadS: above.optional(),
  }),
  ({ memoryBoundRatio, ...access }) => ({
    readS: memoryReadS(access),
    speedRatio: numaSpeedRatio(access, memoryBoundRatio),
  }),
  ({ remoteReadS, remoteRatio }) => ({
    distance: remoteReadS !== undefined && 'has no effect beside remoteReadS',
    remoteReadS: remoteRatio === 0 && 'needs remoteRatio above 0',
  }),
);

export const roofline = publishedModel(
  'roofline',
  z.object({ gpu: z.string(), flops: notBelow, bytes: notBelow }),
  ({ gpu, flops, bytes }) => {
    const roof = roofOf(knownGpu(gpu));
    if (!roof) throw new RangeError(`gpu '${gpu}': its peak or memory bandwidth is not known`);
    const { flopsPerByte, ...place } = rooflinePlace({ flops, bytes }, roof);
    return { ...place, ...(Number.isFinite(flopsPerByte) ? { flopsPerByte } : {}) };
  },
);

export const die = publishedModel(
  'die',
  z.object({
    gpu: z.string(),
    smActiveRatio: ratio,
    tensorActiveRatio: ratio,
    dramActiveRatio: ratio,
    clockRatio: ratio.default(1),
    gpuTempC: z.number().min(-20).max(150).optional(),
  }),
  ({ gpu, gpuTempC, ...activity }) => {
    const found = dieFigures(activity, knownGpu(gpu));
    if (!found) throw new RangeError(`gpu '${gpu}': its SMs, peak or memory are not known`);
    const { place, ...figures } = found;
    return {
      ...figures,
      ...(place ? { bound: place.bound, attainableFlops: place.attainableFlops } : {}),
      ...(gpuTempC === undefined ? {} : { hbmTempC: hbmTempC(gpuTempC, activity.dramActiveRatio) }),
    };
  },
);

/** A step of a job; with another communication to compare with, its slowdown; with work, its MFU. */
export const step = publishedModel(
  'step',
  z.object({
    computeS: above,
    storageS: notBelow.default(0),
    preprocessS: notBelow.default(0),
    communicationS: notBelow.default(0),
    overlapRatio: ratio.default(0),
    referenceCommunicationS: notBelow.optional(),
    referenceOverlapRatio: ratio.optional(),
    flopsPerStep: above.optional(),
    gpus: z.int().min(1).optional(),
    peakFlops: above.optional(),
  }),
  asked => {
    const { flopsPerStep, gpus, peakFlops, referenceCommunicationS } = asked;
    const { referenceOverlapRatio, ...times } = asked;
    const verdict = stepVerdict(times);
    const { iterationS, exposedS, starvedS, waitsFor } = verdict;
    const reference = {
      ...times,
      communicationS: referenceCommunicationS ?? times.communicationS,
      overlapRatio: referenceOverlapRatio ?? times.overlapRatio,
    };
    const hasWork = flopsPerStep !== undefined && gpus !== undefined && peakFlops !== undefined;
    const isCompared = referenceCommunicationS !== undefined || referenceOverlapRatio !== undefined;
    return {
      ...{ iterationS, exposedS, starvedS, waitsFor },
      ...(isCompared ? { slowdownRatio: slowdownRatio(times, reference) } : {}),
      ...(hasWork ? { mfuRatio: mfuRatio({ flopsPerStep, gpus, peakFlops }, iterationS) } : {}),
    };
  },
  ({ communicationS, referenceCommunicationS, flopsPerStep, gpus, peakFlops }) => {
    const work = { flopsPerStep, gpus, peakFlops };
    const lacking = Object.entries(work).filter(([, value]) => value === undefined);
    const names = lacking.map(([name]) => name).join(' and ');
    const why = names !== '' && `needs ${names}: mfuRatio is made of all three`;
    return {
      ...{ flopsPerStep: why, gpus: why, peakFlops: why },
      overlapRatio: communicationS === 0 && 'needs communicationS above 0',
      referenceOverlapRatio:
        (referenceCommunicationS ?? communicationS) === 0 &&
        'needs referenceCommunicationS or communicationS above 0',
    };
  },
);
