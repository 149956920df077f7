/** The planes of supply in numbers: the signal that is the load of each, and the unit of both. */
import type { Unit } from './units.ts';

export const PLANE_LOADS = {
  power: 'powerLoadW',
  cooling: 'heatW',
  network: 'networkLoadBytesPerS',
} as const;

/** Unit of loads, limits and headroom on each plane. */
export const PLANE_UNITS = {
  power: 'W',
  cooling: 'W',
  network: 'BytesPerS',
} as const satisfies Record<keyof typeof PLANE_LOADS, Unit>;
