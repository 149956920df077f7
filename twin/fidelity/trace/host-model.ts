/** What is known of one series from its revealed past: lines, maps, anchors, and their refit. */
import { REPLAY } from '../../tables/trace-replay.ts';
import {
  addToSums,
  foldSums,
  type Line,
  makeLine,
  makeSums,
  type Sums,
  solveLine,
} from './line.ts';
import { doubtMap, forgetMap, type LoadMap, learnMap, makeLoadMap, readMap } from './load-map.ts';

/** A mean of the newest samples, or the newest sample itself. */
interface Anchor {
  /** Time constant, ms; 0 is the newest sample. */
  readonly forMs: number;
  value: number;
  readonly utils: Float64Array;
  /** What the middle map says for the same samples. */
  mapped: number;
}

/** A line, the sums behind it and how fast they fade. */
interface Fit {
  readonly forMs: number;
  readonly sums: Sums;
  readonly line: Line;
}

export interface HostModel {
  readonly columns: number;
  /** Errors count relative to the value (power) or as they are (temperature). */
  readonly relative: boolean;
  /** Divides utilisation to make it a ratio. */
  readonly scales: Float64Array;
  /** Samples beyond the scale, by column: a single glitch does not change the unit. */
  readonly beyond: Float64Array;
  /** Samples in a row that look like a lower unit. */
  lower: number;
  readonly lines: readonly Fit[];
  /** Change of value against change of utilisation, from the anchor to the samples revealed next. */
  readonly change: Fit;
  readonly fast: LoadMap;
  readonly middle: LoadMap;
  readonly slow: LoadMap;
  readonly anchors: readonly Anchor[];
  /** Revealed over mapped, lately: what the middle map is off by. */
  offRatio: number;
  anchorAtMs: number;
  learnt: number;
  meanValue: number;
  min: number;
  max: number;
  /** Slopes expected before anything is learnt. */
  readonly prior: Float64Array;
}

export function makeHostModel(columns: number, relative: boolean): HostModel {
  const fit = (forMs: number): Fit => ({
    ...{ forMs, sums: makeSums(columns), line: makeLine(columns) },
  });
  const anchor = (forMs: number): Anchor => ({
    ...{ forMs, value: Number.NaN, mapped: Number.NaN, utils: new Float64Array(columns) },
  });
  return {
    ...{ columns, relative },
    scales: new Float64Array(columns).fill(1),
    beyond: new Float64Array(columns),
    lower: 0,
    lines: [REPLAY.lineFastMs, REPLAY.lineMiddleMs, REPLAY.lineSlowMs].map(t => fit(t.value)),
    change: fit(REPLAY.lineSlowMs.value),
    fast: makeLoadMap(REPLAY.mapFastCount.value),
    middle: makeLoadMap(REPLAY.mapMiddleCount.value),
    slow: makeLoadMap(REPLAY.mapSlowCount.value),
    anchors: [0, REPLAY.anchorShortMs.value, REPLAY.anchorLongMs.value].map(anchor),
    ...{ offRatio: 1, anchorAtMs: Number.NaN, learnt: 0, meanValue: 0 },
    ...{ min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY },
    prior: new Float64Array(columns),
  };
}

/**
 * The host behind the series may be another one: what is known counts as a single sample, good
 * until the next one comes.
 */
export function doubtLoad(model: HostModel) {
  for (const map of [model.fast, model.middle, model.slow]) doubtMap(map);
  for (const { sums } of [...model.lines, model.change]) {
    const keep = 1 / Math.max(1, sums[0]);
    for (let i = 0; i < sums.length; i++) sums[i] *= keep;
  }
}

/** What was learnt about utilisation is let go: its unit has changed. */
export function forgetLoad(model: HostModel) {
  for (const map of [model.fast, model.middle, model.slow]) forgetMap(map);
  for (const { sums, line } of [...model.lines, model.change]) {
    sums.fill(0);
    line.base = Number.NaN;
    line.slopes.fill(0);
  }
  model.offRatio = 1;
}

/** Samples of one revealed window, utilisation already as ratios. */
export interface Window {
  count: number;
  atMs: Float64Array;
  values: Float64Array;
  /** `columns` values a sample. */
  ratios: Float64Array;
  /** Mean of a sample's columns. */
  load: Float64Array;
  bins: Int32Array;
}

/**
 * Learns a revealed window. Values that are NaN are passed over.
 * @param trusted false for a sensor that is frozen: it moves the anchors, and teaches nothing
 */
export function learnWindow(model: HostModel, window: Window, trusted: boolean) {
  if (trusted) {
    refit(model, window, model.anchorAtMs);
    learnMaps(model, window);
  }
  moveAnchors(model, window);
}

function refit(model: HostModel, window: Window, sinceMs: number) {
  const { columns, lines, change, anchors } = model;
  const level = makeSums(columns);
  const moved = makeSums(columns);
  const row = new Float64Array(columns + 2);
  let lastMs = Number.NaN;
  for (let i = 0; i < window.count; i++) {
    const value = window.values[i];
    if (Number.isNaN(value)) continue;
    model.learnt++;
    model.meanValue += (value - model.meanValue) / model.learnt;
    if (value < model.min) model.min = value;
    if (value > model.max) model.max = value;
    lastMs = window.atMs[i];
    const weight = weightOf(model, value);
    row[0] = 1;
    for (let j = 0; j < columns; j++) row[j + 1] = window.ratios[i * columns + j];
    row[columns + 1] = value;
    addToSums(level, row, weight);
    const anchor = anchors[0];
    if (Number.isNaN(anchor.value)) continue;
    row[0] = 0;
    for (let j = 0; j < columns; j++) row[j + 1] -= anchor.utils[j];
    row[columns + 1] -= anchor.value;
    addToSums(moved, row, weight);
  }
  if (Number.isNaN(lastMs)) return;
  const passedMs = lastMs > sinceMs ? lastMs - sinceMs : 0;
  let prior = model.prior;
  for (let k = lines.length - 1; k >= 0; k--) {
    const fit = lines[k];
    foldSums(fit.sums, Math.exp(-passedMs / fit.forMs), level);
    solveLine(fit.line, fit.sums, prior, REPLAY.slopePrior.value);
    prior = fit.line.slopes;
  }
  foldSums(change.sums, Math.exp(-passedMs / change.forMs), moved);
  solveLine(change.line, change.sums, lines[lines.length - 1].line.slopes, REPLAY.slopePrior.value);
}

/** Relative errors count: a watt matters more to an idle host. Bounded for hosts that were off. */
function weightOf(model: HostModel, value: number): number {
  if (!model.relative) return 1;
  const part = model.meanValue > 0 ? value / model.meanValue : 1;
  return 1 / Math.max(part * part, 0.01);
}

function learnMaps(model: HostModel, window: Window) {
  const { fast, middle, slow } = model;
  const slope = loadSlope(model);
  for (let i = 0; i < window.count; i++) {
    const value = window.values[i];
    if (Number.isNaN(value)) continue;
    const [bin, load] = [window.bins[i], window.load[i]];
    const mapped = readMap(middle, bin, load, slope);
    if (mapped > 0) {
      const ratio = Math.min(3, Math.max(1 / 3, value / mapped));
      model.offRatio += 0.3 * (ratio - model.offRatio);
    }
    learnMap(fast, bin, load, value);
    learnMap(middle, bin, load, value);
    learnMap(slow, bin, load, value);
  }
}

/** Slope of the middle line along the mean of the columns. */
export function loadSlope(model: HostModel): number {
  let slope = 0;
  for (const each of model.lines[1].line.slopes) slope += each;
  return slope;
}

function moveAnchors(model: HostModel, window: Window) {
  const { columns, anchors } = model;
  let [partsMs, parts] = [Number.NaN, partsOf(anchors, Number.NaN)];
  const slope = loadSlope(model);
  for (let i = 0; i < window.count; i++) {
    const value = window.values[i];
    if (Number.isNaN(value)) continue;
    const stepMs = window.atMs[i] - model.anchorAtMs;
    model.anchorAtMs = window.atMs[i];
    const mapped = readMap(model.middle, window.bins[i], window.load[i], slope);
    if (stepMs !== partsMs) parts = partsOf(anchors, stepMs);
    partsMs = stepMs;
    for (let a = 0; a < anchors.length; a++) {
      const anchor = anchors[a];
      const part = parts[a];
      const keep = !Number.isNaN(anchor.value) ? 1 - part : 0;
      anchor.value = keep > 0 ? value + keep * (anchor.value - value) : value;
      anchor.mapped = keep > 0 ? mapped + keep * (anchor.mapped - mapped) : mapped;
      if (Number.isNaN(anchor.mapped)) anchor.mapped = mapped;
      for (let j = 0; j < columns; j++) {
        const ratio = window.ratios[i * columns + j];
        anchor.utils[j] = keep > 0 ? ratio + keep * (anchor.utils[j] - ratio) : ratio;
      }
    }
  }
}

/** What a sample counts in each anchor, so long after the one before. */
const partsOf = (anchors: readonly Anchor[], stepMs: number) =>
  anchors.map(({ forMs }) => (forMs > 0 && stepMs >= 0 ? 1 - Math.exp(-stepMs / forMs) : 1));

/** Value of the change line from an anchor to the present. */
export function changeFrom(model: HostModel, anchor: Anchor, ratios: Float64Array, at: number) {
  const { slopes } = model.change.line;
  let value = anchor.value;
  for (let j = 0; j < slopes.length; j++) value += slopes[j] * (ratios[at + j] - anchor.utils[j]);
  return value;
}
