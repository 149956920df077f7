/** The hardware catalogue. An inventory may add classes or extend these (`extends`). */
import type { HardwareClass } from './catalogue.ts';
import { ACCELERATOR_CLASSES } from './classes/accelerators.ts';
import { COOLING_CLASSES } from './classes/cooling.ts';
import { GPU_CLASSES } from './classes/gpus.ts';
import { AMD_GPU_CLASSES } from './classes/gpus-amd.ts';
import { CARD_GPU_CLASSES } from './classes/gpus-cards.ts';
import { EARLIER_GPU_CLASSES } from './classes/gpus-earlier.ts';
import { EXPORT_GPU_CLASSES } from './classes/gpus-export.ts';
import { HOST_CLASSES } from './classes/hosts.ts';
import { POWER_CLASSES } from './classes/power.ts';
import { RACK_CLASSES } from './classes/racks.ts';
import { SWITCH_CLASSES } from './classes/switches.ts';

export const CLASSES: readonly HardwareClass[] = [
  ...GPU_CLASSES,
  ...EARLIER_GPU_CLASSES,
  ...EXPORT_GPU_CLASSES,
  ...CARD_GPU_CLASSES,
  ...AMD_GPU_CLASSES,
  ...HOST_CLASSES,
  ...POWER_CLASSES,
  ...RACK_CLASSES,
  ...SWITCH_CLASSES,
  ...COOLING_CLASSES,
  ...ACCELERATOR_CLASSES,
];

const BY_ID: ReadonlyMap<string, HardwareClass> = new Map(CLASSES.map(row => [row.id, row]));

/** The class of that id, or undefined. */
export const classById = (id: string): HardwareClass | undefined => BY_ID.get(id);
