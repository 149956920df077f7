/** Every kind of published result the twin can be held against: one line per kind, sorted. */
import type { PublishedModel } from './model.ts';

const MODELS: readonly PublishedModel[] = [];

export const publishedModels: ReadonlyMap<string, PublishedModel> = new Map(
  MODELS.map(model => [model.kind, model]),
);
