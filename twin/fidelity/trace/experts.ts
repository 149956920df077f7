/** The simple predictions that are mixed. Each looks at the present utilisation and the model. */
import { changeFrom, type HostModel, loadSlope } from './host-model.ts';
import { readLine } from './line.ts';
import { binOf, readMap } from './load-map.ts';

/** By name, in the order in which `predictAll` fills them. */
const EXPERTS = [
  'last value',
  'last value + change of load',
  'mean of 10 min + change of load',
  'mean of 1 h + change of load',
  'line of 6 h',
  'line of 4 d',
  'line of 40 d',
  'mean of 10 min + slope of 40 d',
  'newest at this load',
  'recent at this load',
  'usual at this load',
  'mean of 10 min + recent difference between loads',
  'mean of 10 min x recent ratio between loads',
  'last value + usual difference between loads',
  'recent at this load x what it is off by',
  'last value, or newest if load is another',
] as const;

export const EXPERT_COUNT = EXPERTS.length;

/** What the experts look at: ratios of utilisation from `at` on, their mean and its bin. */
interface Present {
  ratios: Float64Array;
  at: number;
  load: number;
  bin: number;
}

/** What stays the same between two reveals. */
interface Basis {
  readonly slope: number;
  readonly lastLoad: number;
  readonly lastBin: number;
  /** The usual value at the newest revealed sample's load. */
  readonly usualBefore: number;
  /** The slow line at the short anchor's utilisation. */
  readonly lineBefore: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Beyond what was ever seen by a third and three times, or 30 K, no prediction is believed.
 */
export function basisOf(model: HostModel): Basis {
  const [last, short] = model.anchors;
  const slope = loadSlope(model);
  let lastLoad = 0;
  for (const ratio of last.utils) lastLoad += ratio / model.columns;
  const lastBin = binOf(lastLoad);
  return {
    ...{ slope, lastLoad, lastBin },
    usualBefore: readMap(model.slow, lastBin, lastLoad, slope),
    lineBefore: readLine(model.lines[2].line, short.utils, 0),
    low: model.relative ? model.min / 3 : model.min - 30,
    high: model.relative ? model.max * 3 : model.max + 30,
  };
}

/**
 * All predictions into `into[from...]`, finite and within bounds. Needs a model that has learnt.
 */
export function predictAll(
  model: HostModel,
  basis: Basis,
  now: Present,
  { into, from }: { readonly into: Float64Array; readonly from: number },
) {
  const { ratios, at, load, bin } = now;
  const { slope } = basis;
  const last = model.anchors[0];
  const short = model.anchors[1];
  const newest = readMap(model.fast, bin, load, slope);
  const recent = readMap(model.middle, bin, load, slope);
  const usual = readMap(model.slow, bin, load, slope);
  const line = readLine(model.lines[2].line, ratios, at);
  into[from] = last.value;
  into[from + 1] = changeFrom(model, last, ratios, at);
  into[from + 2] = changeFrom(model, short, ratios, at);
  into[from + 3] = changeFrom(model, model.anchors[2], ratios, at);
  into[from + 4] = readLine(model.lines[0].line, ratios, at);
  into[from + 5] = readLine(model.lines[1].line, ratios, at);
  into[from + 6] = line;
  into[from + 7] = short.value + line - basis.lineBefore;
  into[from + 8] = newest;
  into[from + 9] = recent;
  into[from + 10] = usual;
  into[from + 11] = short.value + recent - short.mapped;
  into[from + 12] = short.mapped > 0 ? (short.value * recent) / short.mapped : recent;
  into[from + 13] = last.value + usual - basis.usualBefore;
  into[from + 14] = recent * model.offRatio;
  into[from + 15] = bin === basis.lastBin ? last.value : newest;
  const { low, high } = basis;
  for (let k = from; k < from + EXPERT_COUNT; k++) {
    const value = into[k];
    if (value >= low && value <= high) continue;
    into[k] = value > high ? high : value < low ? low : last.value;
  }
}
