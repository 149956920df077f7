/** Inputs that the kinds about jobs of many GPUs share. */
import { z } from 'zod';
import type { Fleet } from '../physics/reliability/interruptions.ts';

export const fleetInput = {
  gpus: z.int().positive().max(1e8),
  gpusPerNode: z.int().positive().max(1e4),
};

export const failuresPer1000NodeDays = z.number().positive();

export const fleetOf = (input: { gpus: number; gpusPerNode: number }): Fleet => ({
  gpus: input.gpus,
  gpusPerHost: input.gpusPerNode,
});
