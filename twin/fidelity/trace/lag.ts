/**
 * Meters lag behind utilisation: a BMC averages over a minute or two, and shows the same value in
 * between. So utilisation is smoothed by the time constant with which the revealed power followed it
 * best. Only moves within a reveal count: levels are what jobs differ in, not meters.
 */
import { REPLAY } from '../../tables/trace-replay.ts';
import { RATIO_MAX } from './load-unit.ts';

const LAGS_MS = REPLAY.lagsMs.map(lag => lag.value);

export interface Lag {
  readonly columns: number;
  /** Utilisation smoothed up to `atMs`, by column. */
  readonly smoothed: Float64Array;
  atMs: number;
  /** What moves of load leave unexplained of moves of the value, by lag; old reveals fade. */
  readonly losses: Float64Array;
  /** Reveals with moves of load that were seen. */
  seen: number;
  /** Index of the lag in use; the first is none. */
  chosen: number;
}

export const makeLag = (columns: number): Lag => ({
  ...{ columns, smoothed: new Float64Array(columns), atMs: Number.NaN },
  ...{ losses: new Float64Array(LAGS_MS.length), seen: 0, chosen: 0 },
});

/** What a sample counts in a mean with that time constant, so long after the one before. */
const partOf = (lagMs: number, stepMs: number) =>
  lagMs > 0 && stepMs >= 0 ? 1 - Math.exp(-stepMs / lagMs) : 1;

/** Samples of a window; `smooth` has `columns` values a sample. */
interface Smoothed {
  readonly count: number;
  readonly atMs: Float64Array;
  readonly smooth: Float64Array;
}

/**
 * Smooths `raw`, `columns` values a sample, into the window by the lag in use. A window that begins
 * before what was smoothed last starts anew. Values beyond their scale leave it as it was.
 */
export function smoothLoads(lag: Lag, window: Smoothed, raw: Float64Array, scales: Float64Array) {
  const { columns, smoothed } = lag;
  const lagMs = LAGS_MS[lag.chosen];
  let [stepMs, part] = [0, 0];
  for (let i = 0; i < window.count; i++) {
    const passedMs = window.atMs[i] - lag.atMs;
    lag.atMs = window.atMs[i];
    if (passedMs !== stepMs) part = partOf(lagMs, passedMs);
    stepMs = passedMs;
    for (let j = 0; j < columns; j++) {
      const value = raw[i * columns + j];
      if (scales[j] === 1 || value <= scales[j] * RATIO_MAX)
        smoothed[j] += part * (value - smoothed[j]);
      window.smooth[i * columns + j] = smoothed[j];
    }
  }
}

/** A revealed window: loads as they came, values that are NaN where nothing is to be learnt. */
interface RevealedLoads {
  readonly count: number;
  readonly atMs: Float64Array;
  readonly values: Float64Array;
  readonly rawRatios: Float64Array;
  /** Room to work in. */
  readonly lagLoads: Float64Array;
}

/** Chooses the shortest of the lags that leave the least unexplained, or hardly more. */
export function learnLag(lag: Lag, window: RevealedLoads) {
  if (!isMoving(window) || !isDue(lag.seen++)) return;
  const { losses } = lag;
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < losses.length; k++) {
    smoothInto(window, LAGS_MS[k]);
    losses[k] = REPLAY.lagKeep.value * losses[k] + unexplained(window);
    if (losses[k] < least) least = losses[k];
  }
  lag.chosen = losses.findIndex(loss => loss <= REPLAY.lagClose.value * least);
}

function isMoving({ count, rawRatios }: RevealedLoads): boolean {
  let [low, high] = [rawRatios[0], rawRatios[0]];
  for (let i = 1; i < count; i++) {
    if (rawRatios[i] < low) low = rawRatios[i];
    else if (rawRatios[i] > high) high = rawRatios[i];
  }
  return high - low > REPLAY.lagMoveRatio.value;
}

/** A lag is a property of the meter: after a day of moves a look now and then is enough. */
const isDue = (seen: number) => seen < 24 || seen % 4 === 0;

function smoothInto({ count, atMs, rawRatios, lagLoads }: RevealedLoads, lagMs: number) {
  let [load, stepMs, part] = [rawRatios[0], Number.NaN, 1];
  for (let i = 0; i < count; i++) {
    const passedMs = i > 0 ? atMs[i] - atMs[i - 1] : 0;
    if (passedMs !== stepMs) part = partOf(lagMs, passedMs);
    stepMs = passedMs;
    load += part * (rawRatios[i] - load);
    lagLoads[i] = load;
  }
}

/** Sum of |value - its line on the smoothed load|, the line fitted on the same window. */
function unexplained({ count, values, lagLoads }: RevealedLoads): number {
  let [known, loads, sum] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(values[i])) continue;
    loads += lagLoads[i];
    sum += values[i];
    known++;
  }
  const [load, value] = [loads / known, sum / known];
  let [squares, products] = [0, 0];
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(values[i])) continue;
    const move = lagLoads[i] - load;
    squares += move * move;
    products += move * (values[i] - value);
  }
  const slope = squares > 0 && products > 0 ? products / squares : 0;
  let loss = 0;
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(values[i])) continue;
    const off = values[i] - value - slope * (lagLoads[i] - load);
    loss += off < 0 ? -off : off;
  }
  return loss;
}
