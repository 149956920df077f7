/** What a placement means to its job, in lines of a term and what is so. */
import { formatDuration } from '../format.ts';
import { kindWord } from '../headroom/words.ts';
import type { PlacedJob } from './types.ts';

type Line = readonly [term: string, text: string];

/** Ratios nearer to 1 than this are said to be the same. */
const SAME_RATIO = 0.005;

const digits = (value: number, n = 3) => String(Number(value.toPrecision(n)));
const percent = (ratio: number) => `${digits(100 * ratio)} %`;

export function jobLines(job: PlacedJob): readonly Line[] {
  const { iterationS, exposedS, waitsFor, mfuRatio, meetsAt, memoryRatio } = job;
  const hidden = exposedS > 0 ? `, ${digits(exposedS)} s of it waiting for the network` : '';
  const lines: Line[] = [
    ['Step', `${digits(iterationS)} s${hidden}; bound by ${waitsFor}`],
    ['Against full hosts alone', `${slowdownText(job)}; hosts meet at the ${kindWord(meetsAt)}`],
    ['Failures', failureText(job)],
  ];
  if (mfuRatio !== null) lines.splice(2, 0, ['MFU', percent(mfuRatio)]);
  if (memoryRatio > 1) lines.push(['Memory', `does not fit: ${digits(memoryRatio)} times of it`]);
  return lines;
}

const slowdownText = ({ slowdown }: PlacedJob) =>
  Math.abs(slowdown - 1) < SAME_RATIO ? 'as fast' : `${digits(slowdown)} times as long`;

const failureText = ({ likelyMttfH, checkpointIntervalS, ettrRatio }: PlacedJob) =>
  `one in ${formatDuration(3600 * likelyMttfH)}; a checkpoint every ` +
  `${formatDuration(checkpointIntervalS)} keeps ${percent(ettrRatio)} of the time`;

/** What stands for the job where nothing was said of it. */
export const assumedText = ({ assumed, class: workload, parameters }: PlacedJob) =>
  assumed.length === 0
    ? ''
    : `Taken for ${workload} of ${digits(parameters / 1e9)} billion parameters: ` +
      `${assumed.length} of its figures were not given and are as usual.`;
