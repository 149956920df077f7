/** The GPU class that an input names. */
import type { HardwareClass } from '../tables/catalogue.ts';
import { gpuClassNamed, knownGpuNames } from '../tables/gpu-names.ts';

/** @throws RangeError naming the classes there are */
export function knownGpu(gpu: string): HardwareClass {
  const row = gpuClassNamed(gpu);
  if (row) return row;
  throw new RangeError(`gpu '${gpu}' is unknown; known are ${knownGpuNames.join(', ')}`);
}
