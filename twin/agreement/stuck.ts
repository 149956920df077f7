/**
 * Frozen sensors: one value for long while what its partners expect of it moves. A quiet load, or
 * a coarse sensor that has nothing to show, is no fault.
 */
import { AGREEMENT } from '../tables/agreement.ts';
import type { Blocks } from './blocks.ts';
import type { Levels } from './levels.ts';
import { COUNTER_SIGNAL, isJudged } from './plan.ts';

/** Expected movement that one step of resolution cannot hide, in steps and standard deviations. */
const MOVED_STEPS = 1.5;
const MOVED_DEVIATIONS = 5;
/** Runs that must have ended before a point's own habit counts. */
const MIN_RUNS = 6;
/** A load this far from where the habit was learnt may have another one. */
const SAME_LEVEL_RATIO = 0.3;
/** Noise that never repeats a value is soon missed; the odds of one repeat are not under this. */
const LEAST_REPEAT_ODDS = 0.02;

export interface Frozen {
  readonly point: number;
  /** Seconds after the start of watching. */
  readonly sinceS: number;
  readonly nats: number;
}

export class Stuck {
  readonly #blocks: Blocks;
  readonly #levels: Levels;
  /** Range of what the partners expect, since the value came. */
  readonly #low: Float32Array;
  readonly #high: Float32Array;
  /** Points whose run is long enough to be looked at, this time. */
  readonly watched: number[] = [];

  constructor(blocks: Blocks, levels: Levels) {
    const { count } = blocks.plan.points;
    this.#blocks = blocks;
    this.#levels = levels;
    this.#low = new Float32Array(count).fill(Number.POSITIVE_INFINITY);
    this.#high = new Float32Array(count).fill(Number.NEGATIVE_INFINITY);
  }

  /** After a block: points that are frozen. @param rounds readings a block @param nowS as `runSinceS` */
  review(rounds: number, nowS: number): Frozen[] {
    const { run, runSinceS, plan } = this.#blocks;
    const found: Frozen[] = [];
    this.watched.length = 0;
    for (const { signal, firstPoint, count } of plan.points.columns) {
      if (signal === COUNTER_SIGNAL || !isJudged(signal)) continue;
      const habit = this.#habitOf(firstPoint, count);
      for (let p = firstPoint; p < firstPoint + count; p++) {
        if (run[p] < 0.6 * rounds) {
          this.#low[p] = Number.POSITIVE_INFINITY;
          this.#high[p] = Number.NEGATIVE_INFINITY;
          continue;
        }
        const deviation = this.#follow(p);
        if (nowS - runSinceS[p] < AGREEMENT.stuckS.value || Number.isNaN(deviation)) continue;
        this.watched.push(p);
        const nats = this.#nats(p, deviation, habit);
        if (nats >= AGREEMENT.stuckNats.value) found.push({ point: p, sinceS: runSinceS[p], nats });
      }
    }
    return found;
  }

  /** Widens the range of what is expected. @returns its standard deviation; NaN: nobody knows */
  #follow(p: number): number {
    const { mean } = this.#blocks;
    const { points } = this.#levels.plan;
    let deviation = Number.NaN;
    let reference = -1;
    for (let i = points.start[p]; i < points.start[p + 1]; i++) {
      const e = points.equations[i];
      if (!this.#levels.isReady(e, 'absolute')) continue;
      const each = this.#deviationOf(e, p);
      if (deviation <= each || Number.isNaN(each)) continue;
      deviation = each;
      reference = e;
    }
    if (reference < 0) return Number.NaN;
    const mode = this.#levels.isReady(reference, 'change') ? 'change' : 'absolute';
    const wanted = this.#levels.expected(reference, mode);
    const expected = this.#levels.residuals.solve(reference, mean, p, wanted);
    if (Number.isNaN(expected)) return Number.NaN;
    if (expected < this.#low[p]) this.#low[p] = expected;
    if (expected > this.#high[p]) this.#high[p] = expected;
    return deviation;
  }

  /** Standard deviation of what equation `e` expects of `p`: its usual noise through its slope. */
  #deviationOf(e: number, p: number): number {
    const { mean } = this.#blocks;
    const { plan, residuals, families } = this.#levels;
    const family = families[plan.equations.family[e]];
    const slope = Math.abs(residuals.sensitivity(e, mean, p));
    if (!(slope > 1e-3)) return Number.NaN;
    const isRatio = plan.families[plan.equations.family[e]].row.form === 'ratio';
    const noise = Math.max(family.noise, Math.min(this.#levels.noise[e], 2 * family.noise));
    return ((noise + family.wander) / slope) * (isRatio ? Math.abs(mean[p]) : 1);
  }

  /** What is usual for the column: chance of a repeat, and the resolution. */
  #habitOf(first: number, count: number): { repeat: number; quantum: number } {
    const { meanRun, runs, quantum } = this.#blocks;
    const stride = Math.ceil(count / 501);
    const lengths: number[] = [];
    const steps: number[] = [];
    for (let p = first; p < first + count; p += stride) {
      if (runs[p] >= MIN_RUNS) lengths.push(meanRun[p]);
      if (Number.isFinite(quantum[p])) steps.push(quantum[p]);
    }
    const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];
    const usual = lengths.length > 0 ? middle(lengths) : 20;
    return { repeat: usual / (1 + usual), quantum: steps.length > 0 ? middle(steps) : 0 };
  }

  #nats(p: number, deviation: number, habit: { repeat: number; quantum: number }): number {
    const { last, run, runs, runLevel, meanRun, quantum } = this.#blocks;
    const moved = this.#high[p] - this.#low[p];
    const own = Number.isFinite(quantum[p]) ? Math.min(quantum[p], habit.quantum) : habit.quantum;
    const excess = (moved - MOVED_STEPS * own) / deviation;
    // a range of noise alone is some four deviations wide
    if (excess > MOVED_DEVIATIONS) return AGREEMENT.stuckNats.value + excess;
    const isKnown = runs[p] >= MIN_RUNS;
    const isThere = Math.abs(last[p] - runLevel[p]) <= SAME_LEVEL_RATIO * Math.abs(runLevel[p]);
    if (isKnown && !isThere) return 0;
    const usual = meanRun[p] / (1 + meanRun[p]);
    const repeat = Math.max(LEAST_REPEAT_ODDS, isKnown ? usual : habit.repeat);
    // at nought nothing moves, and whoever repeats half of the time is coarse
    if (last[p] === 0 || repeat > 0.5 || moved < own) return 0;
    return -run[p] * Math.log(repeat);
  }
}
