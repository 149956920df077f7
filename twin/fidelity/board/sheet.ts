/**
 * The score of one line of the fidelity board: errors that fade with time, kept as sums, so that
 * adding one costs the same after a minute and after a year.
 */

import { BOARD } from '../../tables/fidelity-board.ts';
import { addBlock, type Drift, newDrift } from './drift.ts';
import { BAND_BINS, binOf, quantileOf } from './error-band.ts';

/** Sums over what was scored, each fading by half in the half-life. */
const SUMS = [
  ...(['weight', 'error', 'absError', 'square', 'actual', 'relative', 'relativeWeight'] as const),
  ...(['scaled', 'scaledPersistence', 'scaledMean', 'covered', 'banded'] as const),
] as const;
type SheetSum = (typeof SUMS)[number];
export const SHEET_SUMS: readonly SheetSum[] = SUMS;

/** Parts of all errors below the two edges of the band. */
const BAND_PARTS = [0.05, 0.95] as const;
const BAND_WEIGHT_MIN = BOARD.bandValuesLeast.value;
const RELATIVE_MIN = BOARD.relativeLeast.value;

export interface SheetOptions {
  /** Errors are in parts of the prediction (powers); otherwise in the unit (temperatures). */
  readonly isRelative: boolean;
  readonly halfLifeS: number;
  readonly blockS: number;
  /** Spread of block means below which a change of the error is of no interest. */
  readonly spreadMin: number;
}

export interface SheetState {
  readonly sums: Float64Array;
  readonly bins: Float64Array;
  /** Of the mean error, and of its size. */
  readonly bias: Drift;
  readonly size: Drift;
  count: number;
  /** Rounds in which something was scored. */
  rounds: number;
  lastMs: number;
}

const at = Object.fromEntries(SUMS.map((name, i) => [name, i])) as Readonly<
  Record<SheetSum, number>
>;

export class Sheet {
  readonly options: SheetOptions;
  readonly state: SheetState;
  /** Edges of the band as they were before the values now being scored. */
  low = Number.NaN;
  high = Number.NaN;
  #blockError = 0;
  #blockAbsError = 0;
  #blockCount = 0;
  #blockEndsMs = Number.NaN;
  /** Values scored before this round. */
  #countBefore = 0;

  constructor(options: SheetOptions) {
    this.options = options;
    this.state = newSheetState();
  }

  /** Goes on from a record of before. */
  restore({ sums, bins, bias, size, count, rounds, lastMs }: SheetState) {
    this.state.sums.set(sums);
    this.state.bins.set(bins);
    Object.assign(this.state.bias, bias);
    Object.assign(this.state.size, size);
    this.state.count = count;
    this.state.rounds = rounds;
    this.#countBefore = count;
    this.state.lastMs = lastMs;
    this.#drawBand();
  }

  sum(name: SheetSum): number {
    return this.state.sums[at[name]];
  }

  /**
   * Scores a prediction whose maker had not seen `actual`; what is not finite is left out.
   * @param persistence the last value known when the prediction was made
   * @param mean mean of the values known then
   */
  add(predicted: number, actual: number, persistence: number, mean: number) {
    const baselines = persistence + mean;
    if (!Number.isFinite(predicted + actual + baselines)) return;
    const { sums, bins } = this.state;
    const { isRelative } = this.options;
    const error = predicted - actual;
    const size = Math.abs(error);
    sums[at.weight]++;
    sums[at.error] += error;
    sums[at.absError] += size;
    sums[at.square] += error * error;
    sums[at.actual] += actual;
    // Skill is told in the measure of the line: parts of what was measured, or the unit.
    const unit = isRelative ? Math.max(RELATIVE_MIN, Math.abs(actual)) : 1;
    sums[at.scaled] += size / unit;
    sums[at.scaledPersistence] += Math.abs(persistence - actual) / unit;
    sums[at.scaledMean] += Math.abs(mean - actual) / unit;
    if (Math.abs(actual) >= RELATIVE_MIN) {
      sums[at.relative] += size / Math.abs(actual);
      sums[at.relativeWeight]++;
    }
    const scale = isRelative ? Math.max(RELATIVE_MIN, Math.abs(predicted)) : 1;
    const off = -error / scale;
    if (!Number.isNaN(this.low)) {
      sums[at.banded]++;
      if (off >= this.low && off <= this.high) sums[at.covered]++;
    }
    bins[binOf(off)]++;
    this.#blockError += off;
    this.#blockAbsError += Math.abs(off);
    this.#blockCount++;
    this.state.count++;
  }

  /** After all values of one moment: lets the past fade, and looks for drift. */
  endRound(nowMs: number) {
    const { state, options } = this;
    const passedS = Number.isNaN(state.lastMs) ? 0 : Math.max(0, (nowMs - state.lastMs) / 1000);
    state.lastMs = nowMs;
    if (state.count > this.#countBefore) state.rounds++;
    this.#countBefore = state.count;
    const kept = 0.5 ** (passedS / options.halfLifeS);
    for (let i = 0; i < state.sums.length; i++) state.sums[i] *= kept;
    for (let i = 0; i < state.bins.length; i++) state.bins[i] *= kept;
    this.#drawBand();
    if (Number.isNaN(this.#blockEndsMs)) this.#blockEndsMs = nowMs + 1000 * options.blockS;
    if (nowMs < this.#blockEndsMs) return;
    this.#blockEndsMs = nowMs + 1000 * options.blockS;
    const { spreadMin } = options;
    addBlock(state.bias, this.#blockError / this.#blockCount, spreadMin, nowMs);
    addBlock(state.size, this.#blockAbsError / this.#blockCount, spreadMin, nowMs);
    this.#blockError = 0;
    this.#blockAbsError = 0;
    this.#blockCount = 0;
  }

  #drawBand() {
    if (this.sum('weight') < BAND_WEIGHT_MIN) {
      this.low = Number.NaN;
      this.high = Number.NaN;
      return;
    }
    this.low = quantileOf(this.state.bins, BAND_PARTS[0]);
    this.high = quantileOf(this.state.bins, BAND_PARTS[1]);
  }
}

export const newSheetState = (): SheetState => ({
  sums: new Float64Array(SUMS.length),
  bins: new Float64Array(BAND_BINS),
  bias: newDrift(),
  size: newDrift(),
  ...{ count: 0, rounds: 0, lastMs: Number.NaN },
});
