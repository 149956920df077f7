/** Every kind of published result the twin can be held against: one line per kind, sorted. */
import { binBoundPaper } from './bin-bound.ts';
import { ettrPaper } from './ettr.ts';
import { interruptionsPaper } from './interruptions.ts';
import { loopPaper } from './loop.ts';
import type { PublishedModel } from './model.ts';
import { mttfPaper } from './mttf.ts';

const MODELS: readonly PublishedModel[] = [
  binBoundPaper,
  ettrPaper,
  interruptionsPaper,
  loopPaper,
  mttfPaper,
];

export const publishedModels: ReadonlyMap<string, PublishedModel> = new Map(
  MODELS.map(model => [model.kind, model]),
);
