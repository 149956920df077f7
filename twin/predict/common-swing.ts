/**
 * What all inlets of a room do together beyond what the powers say: cooling units that hunt about
 * their set-point. Its course over the last half hour tells where it will be, by coefficients that
 * are learned for each horizon that is asked for.
 */
import { PREDICTION, SWING_FIT } from '../tables/physics/prediction.ts';
import { FitBank, shapeOf } from './fit-bank.ts';
import { type LearnedNotes, notesUnder } from './learned.ts';

const BIN_MS = 1000 * PREDICTION.swingBinS.value;
/** Past means that a prediction rests on, five bins apart: half an hour. */
const LAGS = SWING_FIT.length;
const SPACING = 5;
/** Two hours of bins, beyond any horizon and its lags. */
const KEPT = 120;
const KEEP = PREDICTION.swingKeep.value;

const SHAPE = shapeOf(SWING_FIT);

export class CommonSwing {
  /** Means of whole bins, newest last; NaN: nothing was heard. */
  #bins: number[] = [];
  #sum = 0;
  #count = 0;
  #bin = Number.NaN;
  readonly #fits = new Map<number, FitBank>();

  add(atMs: number, restK: number) {
    const bin = Math.floor(atMs / BIN_MS);
    if (Number.isNaN(this.#bin)) this.#bin = bin;
    for (; this.#bin < bin; this.#bin++) this.#close();
    if (!Number.isFinite(restK)) return;
    this.#sum += restK;
    this.#count++;
  }

  #close() {
    this.#bins.push(this.#count > 0 ? this.#sum / this.#count : Number.NaN);
    if (this.#bins.length > KEPT) this.#bins.shift();
    this.#sum = 0;
    this.#count = 0;
    const last = this.#bins.length - 1;
    for (const [ahead, fit] of this.#fits) {
      fit.add(0, this.#rowAt(last - ahead), this.#bins[last]);
    }
  }

  #rowAt(last: number): Float64Array {
    return Float64Array.from(
      { length: LAGS },
      (_, lag) => this.#bins[last - lag * SPACING] ?? Number.NaN,
    );
  }

  solve() {
    for (const fit of this.#fits.values()) fit.solve(0);
  }

  /** Where it will be at an instant, K; the newest mean's part of it while the past is short. */
  at(atMs: number): number {
    if (Number.isNaN(this.#bin)) return 0;
    // the newest whole bin is the one before the open one
    const bins = Math.max(1, Math.floor(atMs / BIN_MS) - (this.#bin - 1));
    let fit = this.#fits.get(bins);
    if (!fit) {
      fit = new FitBank(1, SHAPE, KEEP);
      this.#fits.set(bins, fit);
    }
    const row = this.#rowAt(this.#bins.length - 1).map(k => (Number.isFinite(k) ? k : 0));
    return fit.valueAt(0, row);
  }

  /** Coefficients and sums of each horizon, by its bins. */
  learnedNotes(): LearnedNotes {
    return Object.fromEntries(
      [...this.#fits].map(([bins, { coefficients, gram, moment }]) => [
        `swing ${bins}`,
        [...coefficients, ...gram, ...moment],
      ]),
    );
  }

  restoreNotes(notes: LearnedNotes) {
    for (const [bins, numbers] of notesUnder(notes, 'swing ')) {
      const fit = new FitBank(1, SHAPE, KEEP);
      if (numbers.length !== 2 * LAGS + LAGS * LAGS) continue;
      fit.coefficients.set(numbers.slice(0, LAGS));
      fit.gram.set(numbers.slice(LAGS, LAGS + LAGS * LAGS));
      fit.moment.set(numbers.slice(LAGS + LAGS * LAGS));
      this.#fits.set(Number(bins), fit);
    }
  }
}
