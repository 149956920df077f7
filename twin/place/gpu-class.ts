/** GPU classes by the names that people and Kubernetes labels give them. */
import type { HardwareClass } from '../tables/catalogue.ts';
import { gpuClassNamed } from '../tables/gpu-names.ts';

/** Lower case, letters and digits only; what stands in brackets does not count. */
const plain = (text: string) =>
  text
    .replace(/\(.*\)/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');

/**
 * Position in `classes` of the GPU class that a text names: its id, its title, or the name that
 * tools and Kubernetes labels print (`NVIDIA-H100-80GB-HBM3`, also with `-SHARED`;
 * `AMD_Instinct_MI300X_OAM`); else -1.
 */
export function findGpuClass(text: string, classes: readonly HardwareClass[]): number {
  const wanted = plain(text.replace(/-SHARED$/, ''));
  const isNamed = (row: HardwareClass) => plain(row.id) === wanted || plain(row.title) === wanted;
  const named = classes.find(isNamed) ?? gpuClassNamed(text);
  return classes.findIndex(row => row.kind === 'gpu' && row.id === named?.id);
}

/** Whether a class is of the vendor whose extended resource was asked for. */
export const isOfVendor = (row: HardwareClass, vendor: 'nvidia' | 'amd') =>
  row.title.toLowerCase().startsWith(vendor);
