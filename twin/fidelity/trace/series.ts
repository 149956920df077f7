/** One predicted series: its model, mixture, band, gate and score; predict, then learn. */
import { REPLAY } from '../../tables/trace-replay.ts';
import { type Band, lowerEnd, makeBand, noteMiss, settleBand, upperEnd } from './band.ts';
import {
  type Baselines,
  deltaBaseline,
  learnBaselines,
  lineBaseline,
  makeBaselines,
} from './baselines.ts';
import { basisOf, EXPERT_COUNT, predictAll } from './experts.ts';
import {
  type Gate,
  inFirstUnit,
  isShift,
  isSpike,
  makeGate,
  noteLoadUnit,
  noteShift,
  watchFrozen,
} from './gate.ts';
import {
  doubtLoad,
  type HostModel,
  learnWindow,
  loadSlope,
  makeHostModel,
  type Window,
} from './host-model.ts';
import { type Lag, learnLag, makeLag, smoothLoads } from './lag.ts';
import { binOf } from './load-map.ts';
import { followUnits, isGlitch, RATIO_MAX } from './load-unit.ts';
import { contextOf, type Mixture, makeMixture, mix, noteLosses, settleLosses } from './mixture.ts';
import { addToHour, addToTally, type Card, makeCard } from './score.ts';

const POWER_MIN = REPLAY.powerMin.value;

/** Index of the expert that says what is usual at a load. */
const USUAL = 10;

export interface Series {
  readonly model: HostModel;
  readonly lag: Lag;
  readonly mixture: Mixture;
  readonly band: Band;
  readonly gate: Gate;
  readonly baselines: Baselines;
  readonly card: Card;
  /** Experts beside the model's own. */
  readonly extra: number;
}

export const makeSeries = (
  columns: number,
  { relative, common, extra = 0 }: { relative: boolean; common?: Mixture; extra?: number },
): Series => ({
  model: makeHostModel(columns, relative),
  lag: makeLag(columns),
  mixture: makeMixture(EXPERT_COUNT + extra, common),
  ...{ band: makeBand(), gate: makeGate(), baselines: makeBaselines(), card: makeCard(), extra },
});

/** What was predicted for the samples of one window; a prediction is NaN if nothing was known. */
export interface Predicted extends Window {
  /** Utilisation as the meter sees it: smoothed by its lag, by sample and column. */
  smooth: Float64Array;
  /** Mean ratio of the columns as they came, and room for its smoothing. */
  rawRatios: Float64Array;
  lagLoads: Float64Array;
  /** Raw utilisation, mean of the columns. */
  rawLoad: Float64Array;
  /** Revealed values in the first unit; `values` lack those that are not to be learnt. */
  revealed: Float64Array;
  /** Entities that a sample is the mean of; scores count their sum. */
  sizes: Float64Array;
  experts: Float64Array;
  contexts: Int32Array;
  mixed: Float64Array;
  lower: Float64Array;
  upper: Float64Array;
  persistence: Float64Array;
  mean: Float64Array;
  line: Float64Array;
  delta: Float64Array;
}

/** Room for the largest window of a series; one serves all series of a trace. */
export function makePredicted(size: number, columns: number, experts: number): Predicted {
  const row = () => new Float64Array(size);
  return {
    ...{ count: 0, atMs: row(), values: row(), load: row(), rawLoad: row(), mixed: row() },
    ...{ lower: row(), upper: row(), persistence: row(), mean: row(), line: row(), delta: row() },
    ...{ revealed: row(), sizes: row().fill(1), rawRatios: row(), lagLoads: row() },
    ...{ ratios: new Float64Array(size * columns), smooth: new Float64Array(size * columns) },
    experts: new Float64Array(size * experts),
    ...{ bins: new Int32Array(size), contexts: new Int32Array(size) },
  };
}

/** Takes in raw utilisation, `columns` values a sample; once for each window. */
export function takeLoads(series: Series, window: Predicted, raw: Float64Array, from: number) {
  const { columns } = series.model;
  for (let i = 0; i < window.count; i++) {
    let rawLoad = 0;
    for (let j = 0; j < columns; j++) rawLoad += raw[from + i * columns + j];
    window.rawLoad[i] = columns > 0 ? rawLoad / columns : 0;
  }
  smoothLoads(series.lag, window, raw.subarray(from), series.model.scales);
  scaleLoads(series.model, window);
}

/** Turns smoothed utilisation into ratios, means and bins. */
function scaleLoads({ columns, scales }: HostModel, window: Predicted) {
  for (let i = 0; i < window.count; i++) {
    let load = 0;
    for (let j = 0; j < columns; j++) {
      const ratio = Math.min(window.smooth[i * columns + j] / scales[j], RATIO_MAX);
      window.ratios[i * columns + j] = ratio;
      load += ratio;
    }
    window.load[i] = columns > 0 ? load / columns : 0;
    window.bins[i] = binOf(window.load[i]);
  }
}

/** Mean ratio of the columns, not smoothed. */
function rawRatiosOf({ columns, scales }: HostModel, window: Predicted, raw: Float64Array) {
  for (let i = 0; i < window.count; i++) {
    let load = 0;
    for (let j = 0; j < columns; j++) load += raw[i * columns + j] / scales[j];
    window.rawRatios[i] = columns > 0 ? Math.min(load / columns, RATIO_MAX) : 0;
  }
}

/** Fills the model's experts, and the baselines, for the window's samples. */
export function predictWindow(series: Series, window: Predicted, revealMs: number) {
  const { model, extra } = series;
  const known = !Number.isNaN(model.anchors[0].value);
  const stride = EXPERT_COUNT + extra;
  const now = { ratios: window.ratios, at: 0, load: 0, bin: 0 };
  const basis = basisOf(model);
  const place = { into: window.experts, from: 0 };
  for (let i = 0; i < window.count; i++) {
    predictBaselines(series.baselines, window, i);
    if (!known) continue;
    now.at = i * model.columns;
    now.load = window.load[i];
    now.bin = window.bins[i];
    place.from = i * stride;
    predictAll(model, basis, now, place);
    const age = (window.atMs[i] - model.anchorAtMs) / revealMs;
    window.contexts[i] = contextOf(age, now.load, basis.lastLoad);
  }
  if (!known) window.mixed.fill(Number.NaN, 0, window.count);
}

function predictBaselines(baselines: Baselines, window: Predicted, i: number) {
  const load = window.rawLoad[i];
  window.persistence[i] = baselines.last;
  window.mean[i] = baselines.n > 0 ? baselines.meanValue : Number.NaN;
  window.line[i] = baselines.n > 0 ? lineBaseline(baselines, load) : Number.NaN;
  window.delta[i] = deltaBaseline(baselines, load);
}

/** Mixes the experts, all filled by now, and draws the band. */
export function mixWindow(series: Series, window: Predicted) {
  const { model, mixture, band, extra } = series;
  if (Number.isNaN(model.anchors[0].value)) return;
  const stride = EXPERT_COUNT + extra;
  for (let i = 0; i < window.count; i++) {
    const context = window.contexts[i];
    const value = mix(mixture, context, window.experts, i * stride);
    const unit = model.relative ? value : 1;
    window.mixed[i] = value;
    window.lower[i] = lowerEnd(band, context, value, unit);
    window.upper[i] = upperEnd(band, context, value, unit);
  }
}

/** The window is revealed: values are judged, scored and learnt, in this order. */
export function revealWindow(series: Series, window: Predicted, raw: Float64Array, from: number) {
  const { model, gate } = series;
  const off = judge(series, window);
  score(series, window);
  const loads = raw.subarray(from, from + window.count * model.columns);
  for (let i = 0; i < window.count; i++) {
    const value = window.values[i];
    window.revealed[i] = value;
    if (Number.isNaN(value)) continue;
    learnBaselines(series.baselines, value, window.rawLoad[i]);
    if (model.relative && isSpike(gate, value, model)) window.values[i] = Number.NaN;
  }
  judgeLoads(series, window, loads, off);
  learnWindow(model, window, !gate.frozen);
  if (gate.frozen) return;
  rawRatiosOf(model, window, loads);
  learnLag(series.lag, window);
}

/** The load may be in another unit now; if it is not, the host may be another one. */
function judgeLoads(series: Series, window: Predicted, loads: Float64Array, off: number) {
  const { model, gate, lag } = series;
  const unit = followUnits(model, window, loads);
  if (unit !== 'same') {
    smoothLoads(lag, window, loads, model.scales);
    scaleLoads(model, window);
  }
  const fromMs = window.atMs[0];
  if (unit === 'changed' && model.relative) noteLoadUnit(gate, fromMs, model.scales);
  else if (off !== 0) {
    noteShift(gate, off, fromMs);
    doubtLoad(model);
  }
  for (let i = 0; i < window.count; i++) {
    if (!isGlitch(model, loads, i)) continue;
    if (!Number.isNaN(window.values[i])) gate.utilSpikes++;
    window.values[i] = Number.NaN;
  }
}

/** @returns how far the window is off, if so many were that the host may be another one; else 0 */
function judge(series: Series, window: Predicted): number {
  const { model, gate, extra } = series;
  if (!model.relative) return 0;
  const stride = EXPERT_COUNT + extra;
  const slope = loadSlope(model);
  const sample = { value: 0, expected: 0, load: 0, atMs: 0 };
  let [revealed, usual] = [0, 0];
  for (let i = 0; i < window.count; i++) {
    sample.value = window.values[i];
    sample.expected = window.mixed[i];
    if (Number.isNaN(sample.value) || Number.isNaN(sample.expected)) continue;
    sample.atMs = window.atMs[i];
    sample.load = window.load[i];
    sample.value = inFirstUnit(gate, sample, model);
    window.values[i] = sample.value;
    watchFrozen(gate, sample, slope);
    revealed += sample.value;
    usual += window.experts[i * stride + USUAL];
  }
  if (!(usual > 0) || gate.frozen) return 0;
  const off = revealed / usual - 1;
  return isShift(gate, off) ? off : 0;
}

/** Power of 0 is true for a host that is off, but has no relative error: it is not scored. */
function score(series: Series, window: Predicted) {
  const { model, mixture, band, card } = series;
  for (let i = 0; i < window.count; i++) {
    const value = window.values[i];
    const mixed = window.mixed[i];
    if (Number.isNaN(value)) continue;
    const unit = model.relative ? value : 1;
    if (Number.isNaN(mixed)) card.unknown++;
    else if (!(unit > POWER_MIN)) card.zero++;
    if (Number.isNaN(mixed) || !(unit > POWER_MIN)) continue;
    const error = (mixed > value ? mixed - value : value - mixed) / unit;
    scoreOne(card, window, i, unit);
    addToHour(card, window.atMs[i], error);
    noteLosses(mixture, window, i, unit);
    noteMiss(band, window.contexts[i], (value - mixed) / (model.relative ? mixed : 1));
  }
  settleLosses(mixture);
  settleBand(band);
}

function scoreOne(card: Card, window: Predicted, i: number, unit: number) {
  const size = window.sizes[i];
  const value = window.values[i];
  const [truth, scale] = [value * size, unit * size];
  addToTally(card.model, truth, window.mixed[i] * size, scale);
  addToTally(card.persistence, truth, window.persistence[i] * size, scale);
  addToTally(card.mean, truth, window.mean[i] * size, scale);
  addToTally(card.line, truth, window.line[i] * size, scale);
  addToTally(card.delta, truth, window.delta[i] * size, scale);
  if (value >= window.lower[i] && value <= window.upper[i]) card.inside++;
}
