/** Limits of a GPU as its driver prints them. */
import { z } from 'zod';
import type { Figure } from '../tables/catalogue.ts';
import { knownGpu } from './known-gpu.ts';
import { type PublishedAnswer, publishedModel } from './model.ts';

/** Output to figure of the class; what a class does not have is not answered. */
const OUTPUTS: Readonly<Record<string, string>> = {
  shutdownTempC: 'shutdownTempC',
  slowdownTempC: 'slowdownTempC',
  maxOperatingTempC: 'maxOpTempC',
  memoryMaxTempC: 'memMaxTempC',
  capMinW: 'powerMinCapW',
  capMaxW: 'powerMaxW',
  idleW: 'powerIdleW',
  shutdownMarginC: 'shutdownMarginK',
  slowdownMarginC: 'slowdownMarginK',
};

/** Margins that follow from temperatures are not what such a card reports. */
const isReported = (output: string, figure: Figure | undefined): figure is Figure =>
  figure !== undefined && !(output.endsWith('MarginC') && figure.mark === 'C');

export const gpuLimitsPaper = publishedModel(
  'gpu_limits',
  z.object({ gpu: z.string() }),
  ({ gpu }): PublishedAnswer => {
    const row = knownGpu(gpu);
    const answer: Record<string, number> = {};
    for (const [output, name] of Object.entries(OUTPUTS)) {
      const figure = row.figures[name];
      if (isReported(output, figure)) answer[output] = figure.value;
    }
    return answer;
  },
);
