/** What power was at each level of utilisation: bins with a forgetting mean. */
import { REPLAY } from '../../tables/trace-replay.ts';

const BINS = REPLAY.mapBins.value;
const IDLE_RATIO = REPLAY.idleRatio.value;

export interface LoadMap {
  /** Weight that the past keeps when a sample comes to its bin, 0-1. */
  readonly keep: number;
  readonly weight: Float64Array;
  readonly mean: Float64Array;
  /** Mean utilisation of the bin's samples, ratio. */
  readonly ratio: Float64Array;
}

/** @param samples how many samples of a bin are remembered, about */
export const makeLoadMap = (samples: number): LoadMap => ({
  keep: 1 - 1 / samples,
  weight: new Float64Array(BINS),
  mean: new Float64Array(BINS),
  ratio: new Float64Array(BINS),
});

export function forgetMap(map: LoadMap) {
  map.weight.fill(0);
}

/** What is known counts as one sample a bin. */
export function doubtMap(map: LoadMap) {
  for (let bin = 0; bin < BINS; bin++) map.weight[bin] = Math.min(1, map.weight[bin]);
}

/** Bin of a utilisation ratio: 0 for idle, the rest by square root. Above 1 is the last bin. */
export function binOf(ratio: number): number {
  if (!(ratio > IDLE_RATIO)) return 0;
  if (ratio >= 1) return BINS - 1;
  return Math.min(BINS - 1, 1 + Math.floor(Math.sqrt(ratio) * (BINS - 1)));
}

export function learnMap(map: LoadMap, bin: number, ratio: number, value: number) {
  const weight = map.weight[bin] * map.keep + 1;
  map.weight[bin] = weight;
  map.mean[bin] += (value - map.mean[bin]) / weight;
  map.ratio[bin] += (ratio - map.ratio[bin]) / weight;
}

/**
 * The value at a utilisation: the bin's mean, moved along the slope to the exact ratio; a bin that
 * was never seen lies between its neighbours. NaN while nothing is known.
 * @param slope change of value per ratio of utilisation, used inside and beyond known bins
 */
export function readMap(map: LoadMap, bin: number, ratio: number, slope: number): number {
  if (map.weight[bin] > 0) return map.mean[bin] + slope * (ratio - map.ratio[bin]);
  let low = bin - 1;
  while (low >= 0 && map.weight[low] === 0) low--;
  let high = bin + 1;
  while (high < BINS && map.weight[high] === 0) high++;
  if (high >= BINS) return low < 0 ? Number.NaN : beyond(map, low, ratio, slope);
  if (low < 0) return beyond(map, high, ratio, slope);
  const part = (ratio - map.ratio[low]) / (map.ratio[high] - map.ratio[low]);
  return map.mean[low] + part * (map.mean[high] - map.mean[low]);
}

const beyond = (map: LoadMap, bin: number, ratio: number, slope: number) =>
  map.mean[bin] + slope * (ratio - map.ratio[bin]);
