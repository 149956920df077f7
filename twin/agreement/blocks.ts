/**
 * From readings to means over blocks of some minutes, and how long each point has shown one and the
 * same value. The only part that works at the pace of the readings.
 */

import { type Parts, partsOf } from '../parts.ts';
import { LEARNING } from '../tables/agreement-learning.ts';
import { signalIndex } from '../tables/signals.ts';
import type { Kept } from './keep.ts';
import { type AgreementPlan, COUNTER_SIGNAL } from './plan.ts';

const MAX_ALIASING = LEARNING.mostAliasing.value;
const POWER_SIGNAL = signalIndex('gpuPowerW');

const RUN_MEMORY = LEARNING.runMemory.value;
const MAX_RUN = 65_535;
const POINTS_A_PART = 100_000;

export class Blocks {
  readonly plan: AgreementPlan;
  /** Mean of the block that ended last; NaN: too few readings. */
  readonly mean: Float64Array;
  readonly last: Float64Array;
  /** Readings in a row that equal the one before them. */
  readonly run: Uint16Array;
  /** When the value that is shown now came, seconds after `originMs`. */
  readonly runSinceS: Float64Array;
  /** Mean number of repeats between changes, over the runs that have ended, and their number. */
  readonly meanRun: Float32Array;
  readonly runs: Uint8Array;
  /** Value at which the runs have been learnt. */
  readonly runLevel: Float32Array;
  /** Smallest change seen: the resolution, as far as it is known; infinity before any change. */
  readonly quantum: Float32Array;
  rounds = 0;
  originMs = Number.NaN;
  readonly #sum: Float64Array;
  readonly #count: Uint16Array;
  readonly #age: Uint8Array;
  /** Of counters: value and time at the end of the block before. */
  readonly #counterFrom: Float64Array;
  readonly #counterAtS: Float64Array;
  readonly #counterNowS: Float64Array;
  readonly kept: Kept<{ readonly rounds: number; readonly originMs: number }>;

  constructor(plan: AgreementPlan) {
    const { count, columns } = plan.points;
    this.plan = plan;
    this.mean = new Float64Array(count).fill(Number.NaN);
    this.last = new Float64Array(count).fill(Number.NaN);
    this.run = new Uint16Array(count);
    this.runSinceS = new Float64Array(count);
    this.meanRun = new Float32Array(count);
    this.runs = new Uint8Array(count);
    this.runLevel = new Float32Array(count);
    this.quantum = new Float32Array(count).fill(Number.POSITIVE_INFINITY);
    this.#sum = new Float64Array(count);
    this.#count = new Uint16Array(count);
    this.#age = new Uint8Array(count).fill(255);
    const counters = columns.find(column => column.signal === COUNTER_SIGNAL)?.count ?? 0;
    this.#counterFrom = new Float64Array(counters).fill(Number.NaN);
    this.#counterAtS = new Float64Array(counters);
    this.#counterNowS = new Float64Array(counters);
    this.kept = {
      columns: [
        ...[this.mean, this.last, this.run, this.runSinceS, this.meanRun, this.runs],
        ...[this.runLevel, this.quantum, this.#sum, this.#count, this.#age],
        ...[this.#counterFrom, this.#counterAtS, this.#counterNowS],
      ],
      notes: () => ({ rounds: this.rounds, originMs: this.originMs }),
      recall: ({ rounds, originMs }) => {
        this.rounds = rounds;
        this.originMs = originMs;
      },
    };
  }

  /**
   * Takes a round, with pauses.
   * @param values one a point; NaN: no new reading. @param holdRounds rounds that one stands for
   */
  *take(values: Float64Array, atMs: number, holdRounds: number): Parts {
    if (Number.isNaN(this.originMs)) this.originMs = atMs;
    const atS = (atMs - this.originMs) / 1000;
    this.rounds++;
    for (const { signal, firstPoint, count } of this.plan.points.columns) {
      if (signal === COUNTER_SIGNAL) this.#counter(values, firstPoint, count, atS);
      else {
        for (const [from, to] of partsOf(firstPoint, firstPoint + count, POINTS_A_PART)) {
          this.#gauge(values, { from, to, atS, holdRounds });
          yield;
        }
      }
      yield;
    }
  }

  /** sum += the newest reading, held for a while where there is no new one. */
  #gauge(values: Float64Array, by: { from: number; to: number; atS: number; holdRounds: number }) {
    const age = this.#age;
    const sum = this.#sum;
    const count = this.#count;
    for (let p = by.from; p < by.to; p++) {
      const value = values[p];
      if (!Number.isNaN(value)) {
        if (value === this.last[p]) {
          if (this.run[p] < MAX_RUN) this.run[p]++;
        } else this.#change(p, value, by.atS);
        age[p] = 0;
      } else if (age[p] < 255) age[p]++;
      if (age[p] > by.holdRounds) continue;
      sum[p] += this.last[p];
      count[p]++;
    }
  }

  #change(p: number, value: number, atS: number) {
    const before = this.last[p];
    this.last[p] = value;
    this.runSinceS[p] = atS;
    if (Number.isNaN(before)) return;
    const step = Math.abs(value - before);
    if (step < this.quantum[p]) this.quantum[p] = step;
    if (this.runs[p] < RUN_MEMORY) this.runs[p]++;
    this.meanRun[p] += (this.run[p] - this.meanRun[p]) / this.runs[p];
    this.runLevel[p] += (before - this.runLevel[p]) / this.runs[p];
    this.run[p] = 0;
  }

  #counter(values: Float64Array, first: number, count: number, atS: number) {
    for (let i = 0; i < count; i++) {
      const value = values[first + i];
      if (Number.isNaN(value)) continue;
      this.last[first + i] = value;
      this.#counterNowS[i] = atS;
      this.#count[first + i]++;
      if (!Number.isNaN(this.#counterFrom[i])) continue;
      this.#counterFrom[i] = value;
      this.#counterAtS[i] = atS;
    }
  }

  /** Makes the means of the block. @param minReadings fewer make no mean @param blockS its length */
  *close(minReadings: number, blockS: number): Parts {
    const { mean } = this;
    const count = this.#count;
    for (const column of this.plan.points.columns) {
      const { firstPoint, signal } = column;
      for (const [from, to] of partsOf(0, column.count, POINTS_A_PART)) {
        for (let i = from; i < to; i++) {
          const p = firstPoint + i;
          if (signal === COUNTER_SIGNAL)
            mean[p] = count[p] > 0 ? this.#rate(p, i, blockS) : Number.NaN;
          else mean[p] = count[p] >= minReadings ? this.#sum[p] / count[p] : Number.NaN;
        }
        yield;
      }
    }
    this.#preferCounters();
    this.#sum.fill(0);
    count.fill(0);
    this.rounds = 0;
  }

  #preferCounters() {
    const { columns } = this.plan.points;
    const power = columns.find(({ signal }) => signal === POWER_SIGNAL);
    const energy = columns.find(({ signal }) => signal === COUNTER_SIGNAL);
    if (!power || !energy) return;
    for (let i = 0; i < power.count; i++) {
      const sampled = this.mean[power.firstPoint + i];
      const rate = this.mean[energy.firstPoint + i];
      if (rate < MAX_ALIASING * sampled && sampled < MAX_ALIASING * rate) {
        this.mean[power.firstPoint + i] = rate;
      }
    }
  }

  /** Rise of a counter a second; NaN after a restart, and when it spans less or more than the block. */
  #rate(p: number, i: number, blockS: number): number {
    const rise = this.last[p] - this.#counterFrom[i];
    const tookS = this.#counterNowS[i] - this.#counterAtS[i];
    this.#counterFrom[i] = this.last[p];
    this.#counterAtS[i] = this.#counterNowS[i];
    const isOfBlock = tookS > 0.6 * blockS && tookS < 1.4 * blockS;
    return rise >= 0 && isOfBlock ? rise / tookS : Number.NaN;
  }
}
