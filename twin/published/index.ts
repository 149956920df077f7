/** Every kind of model that is asked by its inputs: those with published results first. */
import { allreducePaper } from './allreduce.ts';
import { binBoundPaper } from './bin-bound.ts';
import { cpuStealPaper } from './cpu-steal.ts';
import { cracCopPaper } from './crac-cop.ts';
import { ettrPaper } from './ettr.ts';
import { gpuLimitsPaper } from './gpu-limits.ts';
import { interruptionsPaper } from './interruptions.ts';
import { loopPaper } from './loop.ts';
import type { PublishedModel } from './model.ts';
import { MORE_MODELS } from './more/index.ts';
import { mttfPaper } from './mttf.ts';
import { networkCrashPaper } from './network-crash.ts';
import { powerCapPaper } from './power-cap.ts';
import { psuCurvePaper } from './psu-curve.ts';
import { pueMixPaper } from './pue-mix.ts';
import { queueMmcPaper } from './queue-mmc.ts';
import { rideThroughPaper } from './ride-through.ts';
import { serverAirPaper } from './server-air.ts';

const MODELS: readonly PublishedModel[] = [
  allreducePaper,
  binBoundPaper,
  cpuStealPaper,
  cracCopPaper,
  ettrPaper,
  gpuLimitsPaper,
  interruptionsPaper,
  loopPaper,
  mttfPaper,
  networkCrashPaper,
  powerCapPaper,
  psuCurvePaper,
  pueMixPaper,
  queueMmcPaper,
  rideThroughPaper,
  serverAirPaper,
];

export const publishedModels: ReadonlyMap<string, PublishedModel> = new Map(
  [...MODELS, ...MORE_MODELS].map(model => [model.kind, model]),
);
