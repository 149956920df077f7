/** What a power cap does to the power, time and energy of a piece of work. */
import { z } from 'zod';
import { gpuPowerModel, runUnderCap } from '../physics/power/gpu.ts';
import { CAPPED_WORK, WORKLOAD_FIGURES, WORKLOADS } from '../tables/physics/power.ts';
import { knownGpu } from './known-gpu.ts';
import { publishedModel } from './model.ts';

const watts = z.number().positive();

const input = z.object({
  gpu: z.string(),
  workload: z
    .string()
    .transform(workload => workload.toLowerCase())
    .pipe(z.enum(WORKLOADS)),
  /** The cap that the ratios are over. */
  defaultW: watts,
  capW: watts,
  /** Mean draw of the work with no cap; else what is usual for it. */
  uncappedDrawW: watts.optional(),
});

export const powerCapPaper = publishedModel('power_cap', input, asked => {
  const model = gpuPowerModel(knownGpu(asked.gpu));
  const { drawRatio } = WORKLOAD_FIGURES[asked.workload];
  const drawW = asked.uncappedDrawW ?? drawRatio.value * asked.defaultW;
  const work = CAPPED_WORK[asked.workload];
  const shape = {
    computeBoundRatio: work.computeBoundRatio.value,
    peakRatio: work.peakRatio.value,
    lowRatio: work.lowRatio.value,
    staticRatio: work.staticRatio.value,
  };
  // The default is the highest cap, so what a phase may draw at most, where the class allows more.
  const capped = { ...model, maxW: Math.max(model.idleW, Math.min(model.maxW, asked.defaultW)) };
  const before = runUnderCap(capped, asked.defaultW, drawW, shape);
  const after = runUnderCap(capped, asked.capW, drawW, shape);
  const powerRatio = after.powerW / before.powerW;
  const timeRatio = after.timeRatio / before.timeRatio;
  return {
    energyRatio: powerRatio * timeRatio,
    timeRatio,
    powerRatio,
    clockRatio: after.clockRatio,
    capActs: after.clockRatio < 1,
    capOutOfRange: asked.capW < (model.capMinW ?? 0) || asked.capW > model.maxW,
  };
});
