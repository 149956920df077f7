/** Models that are asked by kind like those with a published case, in the order of the list. */
import type { PublishedModel } from '../model.ts';
import * as heat from './heat.ts';
import * as host from './host.ts';
import * as power from './power.ts';
import * as reliability from './reliability.ts';

export const MORE_MODELS: readonly PublishedModel[] = [power, heat, host, reliability].flatMap(of =>
  Object.values(of),
);
