/**
 * Power of racks from their GPUs, processors and fans:
 * `P = a + b gpu + c cpu + d fan^3 + e gpu^2`, fitted per rack against its PDUs, so that gains of
 * meters, supplies and PDUs are in the coefficients; and what the fit leaves over now, which is
 * what it does not know of the jobs that run.
 */
import { PREDICTION, RACK_POWER_FIT } from '../tables/physics/prediction.ts';
import { FitBank, shapeOf } from './fit-bank.ts';
import type { LearnedColumn, LearnedNotes, Learner } from './learned.ts';

/** kW, so that the features are of one size. */
const KW = 1e3;
const SHAPE = shapeOf(RACK_POWER_FIT);

export class RackPower implements Learner {
  readonly #fits: FitBank;
  readonly #restKW: Float64Array;
  /** Rests taken in; the first ones weigh alike. */
  readonly #ticks: Float64Array;
  readonly #row = new Float64Array(RACK_POWER_FIT.length);
  /** Mean square of the change from tick to tick over the value: twice that of the noise. */
  #noise = Number.NaN;
  readonly #last: Float64Array;

  constructor(rackCount: number) {
    this.#fits = new FitBank(rackCount, SHAPE, PREDICTION.keepPerTick.value);
    this.#restKW = new Float64Array(rackCount);
    this.#ticks = new Float64Array(rackCount);
    this.#last = new Float64Array(rackCount).fill(Number.NaN);
  }

  #rowOf(gpuW: number, cpuW: number, fanCubes: number): Float64Array {
    const kW = gpuW / KW;
    this.#row.set([1, kW, cpuW / KW, fanCubes, kW * kW]);
    return this.#row;
  }

  /** One tick of a rack: what its meters say, beside what its parts say. */
  take(rack: number, powerW: number, gpuW: number, cpuW: number, fanCubes: number) {
    const row = this.#rowOf(gpuW, cpuW, fanCubes);
    const rest = powerW / KW - this.#fits.valueAt(rack, row);
    if (!Number.isFinite(rest)) return;
    const share = Math.max(PREDICTION.residualShare.value, 1 / ++this.#ticks[rack]);
    this.#restKW[rack] += share * (rest - this.#restKW[rack]);
    this.#noteNoise(rack, rest / Math.max(1, powerW / KW));
    this.#fits.add(rack, row, powerW / KW);
  }

  /** Ticks differ by noise; a change of load would be in the fit as well. */
  #noteNoise(rack: number, rest: number) {
    const change = rest - this.#last[rack];
    this.#last[rack] = rest;
    if (!Number.isFinite(change) || Math.abs(change) > PREDICTION.noiseJumpRatio.value) return;
    if (Number.isNaN(this.#noise)) this.#noise = change * change;
    this.#noise += PREDICTION.noiseShare.value * (change * change - this.#noise);
  }

  /** Standard deviation of one reading over its value. */
  get noiseRatio(): number {
    return Number.isNaN(this.#noise) ? 0 : Math.sqrt(this.#noise / 2);
  }

  solve() {
    for (let rack = 0; rack < this.#fits.count; rack++) this.#fits.solve(rack);
  }

  /** By the fit alone, W. */
  fitW(rack: number, gpuW: number, cpuW: number, fanCubes: number): number {
    return KW * this.#fits.valueAt(rack, this.#rowOf(gpuW, cpuW, fanCubes));
  }

  /** What the fit leaves over now, W: it holds for what goes on as it is. */
  restW(rack: number): number {
    return KW * this.#restKW[rack];
  }

  learnedColumns(): readonly LearnedColumn[] {
    return [
      ...this.#fits.learnedColumns('rack power', 'rack'),
      { name: 'rack power rest', of: 'rack', values: this.#restKW },
      { name: 'rack power ticks', of: 'rack', values: this.#ticks },
    ];
  }

  learnedNotes = (): LearnedNotes => ({ 'rack power noise': [this.#noise] });

  restoreNotes({ 'rack power noise': noise }: LearnedNotes) {
    if (noise?.length === 1) [this.#noise] = noise;
  }
}
