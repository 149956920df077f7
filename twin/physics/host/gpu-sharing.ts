/** Several workloads on one GPU: slices of hardware (MIG) or slices of time. */
import { GPU_SHARING, MIG_PROFILE } from '../../tables/physics/host.ts';

const GIB = 2 ** 30;

interface MigShare {
  /** Part of the SMs and of the memory bandwidth. */
  readonly computeRatio: number;
  readonly memoryRatio: number;
}

/**
 * What a MIG profile such as `3g.40gb` has of its GPU. SMs and memory are its own; PCIe, power and
 * cooling are not.
 * @param memoryBytes of the whole GPU
 * @returns undefined where the name is no profile
 */
export function migShare(profile: string, memoryBytes: number): MigShare | undefined {
  const match = MIG_PROFILE.exec(profile);
  if (!match) return undefined;
  const [slices, memoryGb] = [Number(match[1]), Number(match[2])];
  const { migComputeSlices, migMemorySlices } = GPU_SHARING;
  if (slices < 1 || slices > migComputeSlices.value) return undefined;
  // Memory comes in eighths; the name rounds them to GiB.
  const eighths = Math.round((memoryGb * GIB * migMemorySlices.value) / memoryBytes);
  const memorySlices = Math.min(migMemorySlices.value, Math.max(1, eighths));
  return {
    computeRatio: slices / migComputeSlices.value,
    memoryRatio: memorySlices / migMemorySlices.value,
  };
}

interface MigLoad {
  readonly share: MigShare;
  /** Part of the time that the work computes; the rest it waits for memory. */
  readonly computeBoundRatio: number;
  /** Load of the other instances, 0-1 of what they have together. */
  readonly othersUtilRatio: number;
}

/**
 * Time of work in a MIG instance over its time on the whole GPU: each part slows down as its share
 * shrinks, and the others take a little by PCIe, power and heat.
 * @throws RangeError if a ratio is outside 0-1
 */
export function migTimeRatio({ share, computeBoundRatio, othersUtilRatio }: MigLoad): number {
  for (const [name, value] of Object.entries({ computeBoundRatio, othersUtilRatio })) {
    if (!(value >= 0 && value <= 1)) throw new RangeError(`${name}: ${value}, not 0-1`);
  }
  const alone =
    computeBoundRatio / share.computeRatio + (1 - computeBoundRatio) / share.memoryRatio;
  const othersRatio = othersUtilRatio * (1 - share.computeRatio);
  return alone * (1 + GPU_SHARING.migInterferenceRatio.value * othersRatio);
}

/**
 * Time of a piece of work on a GPU that `sharers` workloads take turns on, all busy, s: theirs and
 * its own, and the change of context after every slice.
 * @param workS time it takes alone
 * @throws RangeError if sharers is not a whole number from 1 or the time is negative
 */
export function timeSlicedS(workS: number, sharers: number): number {
  if (!(Number.isInteger(sharers) && sharers >= 1)) throw new RangeError(`sharers: ${sharers}`);
  if (!(workS >= 0 && Number.isFinite(workS))) throw new RangeError(`workS: ${workS}`);
  if (sharers === 1) return workS;
  const slices = Math.ceil(workS / GPU_SHARING.sliceS.value);
  return sharers * (workS + slices * GPU_SHARING.switchS.value);
}
