/** Where a workload stands under the roof of its GPU, and what its profiling metrics say. */
import type { HardwareClass } from '../../tables/catalogue.ts';
import { DIE } from '../../tables/physics/host.ts';

interface Roof {
  /** Dense peak, FLOP/s. */
  readonly peakFlops: number;
  /** Memory bandwidth that kernels reach, B/s. */
  readonly memBytesPerS: number;
}

/** The roof of a GPU class, or undefined where it lacks peak or memory bandwidth. */
export function roofOf(gpu: HardwareClass): Roof | undefined {
  const { peakFlops, memBytesPerS } = gpu.figures;
  if (!peakFlops || !memBytesPerS) return undefined;
  const reached = memBytesPerS.value * DIE.memoryReachRatio.value;
  return { peakFlops: peakFlops.value, memBytesPerS: reached };
}

interface RooflinePlace {
  /** Operations for each byte of memory traffic; infinite where there is no traffic. */
  readonly flopsPerByte: number;
  /** Where the two roofs meet. */
  readonly ridgeFlopsPerByte: number;
  readonly attainableFlops: number;
  readonly bound: 'compute' | 'memory';
  /** Shortest time for the work, s. */
  readonly timeS: number;
}

/**
 * Roofline: `attainable = min(peak, intensity x memory bandwidth)`.
 * @throws RangeError if work or traffic is negative, or both are 0
 */
export function rooflinePlace(
  work: { readonly flops: number; readonly bytes: number },
  { peakFlops, memBytesPerS }: Roof,
): RooflinePlace {
  const { flops, bytes } = work;
  if (!(flops >= 0 && Number.isFinite(flops))) throw new RangeError(`flops: ${flops}`);
  if (!(bytes >= 0 && Number.isFinite(bytes))) throw new RangeError(`bytes: ${bytes}`);
  if (flops === 0 && bytes === 0) throw new RangeError('neither flops nor bytes: nothing to place');
  const flopsPerByte = bytes === 0 ? Number.POSITIVE_INFINITY : flops / bytes;
  const ridgeFlopsPerByte = peakFlops / memBytesPerS;
  return {
    flopsPerByte,
    ridgeFlopsPerByte,
    attainableFlops: Math.min(peakFlops, flopsPerByte * memBytesPerS),
    bound: flopsPerByte >= ridgeFlopsPerByte ? 'compute' : 'memory',
    timeS: Math.max(flops / peakFlops, bytes / memBytesPerS),
  };
}

/** Profiling metrics of a GPU, 0-1 of the time or of the units. */
interface DieActivity {
  readonly smActiveRatio: number;
  readonly tensorActiveRatio: number;
  readonly dramActiveRatio: number;
  /** Clock over the highest; 1 if absent. */
  readonly clockRatio?: number;
}

interface DieFigures {
  /** SMs at work on average, and the clusters they fill. */
  readonly activeSms: number;
  readonly activeGpcs: number;
  readonly tensorFlops: number;
  readonly memBytesPerS: number;
  /** Nothing to place where both are idle. */
  readonly place?: RooflinePlace;
  /** What keeps the work from going faster: the roof that is nearest, or nothing in the die. */
  readonly limitedBy: 'compute' | 'memory' | 'outside';
}

/**
 * What a GPU does, from its profiling metrics: tensor work, memory traffic, SMs and clusters, and its
 * place under the roof. `outside` means that neither roof is near: kernels too small, launches, the
 * network or the host hold it up.
 * @returns undefined where the class lacks peak, memory bandwidth or SM count
 * @throws RangeError if a ratio is outside 0-1.01 (profilers round up)
 */
export function dieFigures(activity: DieActivity, gpu: HardwareClass): DieFigures | undefined {
  const { smActiveRatio, tensorActiveRatio, dramActiveRatio, clockRatio = 1 } = activity;
  const ratios = { smActiveRatio, tensorActiveRatio, dramActiveRatio, clockRatio };
  for (const [name, value] of Object.entries(ratios)) {
    if (!(value >= 0 && value <= 1.01)) throw new RangeError(`${name}: ${value}, not 0-1`);
  }
  const roof = roofOf(gpu);
  const { smCount, smsPerGpc = DIE.smsPerGpc, memBytesPerS } = gpu.figures;
  if (!roof || !smCount || !memBytesPerS) return undefined;
  const activeSms = Math.min(1, smActiveRatio) * smCount.value;
  const tensorFlops = Math.min(1, tensorActiveRatio) * clockRatio * roof.peakFlops;
  const traffic = Math.min(1, dramActiveRatio) * memBytesPerS.value;
  const isIdle = tensorFlops === 0 && traffic === 0;
  const computeRatio = tensorActiveRatio;
  const memoryRatio = traffic / roof.memBytesPerS;
  const nearest = computeRatio >= memoryRatio ? 'compute' : 'memory';
  const isHeldUp = Math.max(computeRatio, memoryRatio) >= DIE.nearRoofRatio.value;
  return {
    activeSms,
    activeGpcs: Math.ceil(activeSms / smsPerGpc.value),
    tensorFlops,
    memBytesPerS: traffic,
    ...(isIdle ? {} : { place: rooflinePlace({ flops: tensorFlops, bytes: traffic }, roof) }),
    limitedBy: isHeldUp ? nearest : 'outside',
  };
}

/**
 * HBM temperature where no sensor gives it, °C: the GPU's own, and more the busier the interface is.
 * @throws RangeError if the ratio is outside 0-1.01
 */
export function hbmTempC(gpuTempC: number, dramActiveRatio: number): number {
  if (!(dramActiveRatio >= 0 && dramActiveRatio <= 1.01)) {
    throw new RangeError(`dramActiveRatio: ${dramActiveRatio}, not 0-1`);
  }
  if (!Number.isFinite(gpuTempC)) throw new RangeError(`gpuTempC: ${gpuTempC}`);
  return gpuTempC + DIE.hbmRestK.value + DIE.hbmBusyK.value * Math.min(1, dramActiveRatio);
}
