/**
 * Frozen sensors: one value for long while what its partners expect of it moves. A quiet load, or
 * a coarse sensor that has nothing to show, is no fault.
 */
import { AGREEMENT } from '../tables/agreement.ts';
import type { Blocks } from './blocks.ts';
import type { Levels } from './levels.ts';
import type { Parts } from './parts.ts';
import { COUNTER_SIGNAL, isJudged } from './plan.ts';

/** Expected movement that one step of resolution cannot hide, in steps and standard deviations. */
const MOVED_STEPS = 1.5;
const MOVED_DEVIATIONS = 5;
/** A model is wrong by more than its noise says. */
const MODEL_DOUBT = 2;
/** Part of the readings of a block that a run must have to be followed. */
const LEAST_PART = 0.6;
/** Runs that must have ended before a point's own habit counts. */
const MIN_RUNS = 6;
/** A load this far from where the habit was learnt may have another one. */
const SAME_LEVEL_RATIO = 0.3;
/** Noise that never repeats a value is soon missed; the odds of one repeat are not under this. */
const LEAST_REPEAT_ODDS = 0.02;
const MOST_REPEATS = 0.3;
/** Repeats in a row that are odd for a fine sensor. */
const ODD_REPEATS = 5;
/** Steps of resolution in a value of which the noise shows. */
const FINE_STEPS = 100;
/** Part of the odds that repeats of a coarse sensor count for, and what must have moved beside. */
const COARSE_PART = 0.4;
const COARSE_DEVIATIONS = 3;
const POINTS_A_PART = 2000;

export interface Frozen {
  readonly point: number;
  /** Seconds after the start of watching. */
  readonly sinceS: number;
  readonly nats: number;
}

export class Stuck {
  readonly #blocks: Blocks;
  readonly #levels: Levels;
  /** Equations of sensors that lie already: they expect nothing of others. */
  readonly #isHeld: Uint8Array;
  /** Equation that says what is expected of a point, as long as its value stays; -1: none yet. */
  readonly #reference: Int32Array;
  /** Two lowest and two highest expectations since the value came: one block alone proves nothing. */
  readonly #range: Float32Array;
  /** Begin of the run that the range is of. */
  readonly #followedS: Float64Array;
  #proven: ReadonlyMap<number, Frozen> = new Map();
  /** Points that may be frozen, and have not been for long enough to say so. */
  readonly suspected: number[] = [];

  constructor(blocks: Blocks, levels: Levels, isHeld: Uint8Array) {
    this.#isHeld = isHeld;
    const { count } = blocks.plan.points;
    this.#blocks = blocks;
    this.#levels = levels;
    this.#reference = new Int32Array(count).fill(-1);
    this.#range = new Float32Array(4 * count);
    this.#followedS = new Float64Array(count);
  }

  /** After a block: points that are frozen. @param rounds readings a block @param nowS as `runSinceS` */
  *review(rounds: number, nowS: number): Parts<Frozen[]> {
    const { run, runSinceS, plan } = this.#blocks;
    const found: Frozen[] = [];
    this.suspected.length = 0;
    for (const { signal, firstPoint, count } of plan.points.columns) {
      if (signal === COUNTER_SIGNAL || !isJudged(signal)) continue;
      const habit = this.#habitOf(firstPoint, count);
      for (let p = firstPoint; p < firstPoint + count; p++) {
        if ((p - firstPoint) % POINTS_A_PART === 0) yield;
        if (run[p] < LEAST_PART * rounds) {
          this.#reference[p] = -1;
          continue;
        }
        this.#follow(p);
        if (this.#isOdd(p, habit)) this.suspected.push(p);
        if (nowS - runSinceS[p] < AGREEMENT.stuckS.value) continue;
        const before = this.#proven.get(p);
        // once proven it holds for as long as the value stays
        const isSame = before?.sinceS === runSinceS[p];
        const nats = isSame ? before.nats : this.#reference[p] < 0 ? 0 : this.#nats(p, habit);
        if (nats >= AGREEMENT.stuckNats.value) found.push({ point: p, sinceS: runSinceS[p], nats });
      }
    }
    this.#proven = new Map(found.map(each => [each.point, each]));
    return found;
  }

  /** Widens the range of what is expected of a point while its value stays. */
  #follow(p: number) {
    const { mean } = this.#blocks;
    const { runSinceS } = this.#blocks;
    if (this.#reference[p] < 0 || this.#followedS[p] !== runSinceS[p] || this.#isSpoilt(p)) {
      this.#followedS[p] = runSinceS[p];
      this.#reference[p] = this.#sharpest(p);
      this.#range.fill(Number.POSITIVE_INFINITY, 4 * p, 4 * p + 2);
      this.#range.fill(Number.NEGATIVE_INFINITY, 4 * p + 2, 4 * p + 4);
    }
    const e = this.#reference[p];
    if (e < 0 || !this.#levels.isReady(e, 'absolute')) return;
    const wanted = this.#levels.expectedNow(e);
    const expected = this.#levels.residuals.solve(e, mean, p, wanted);
    if (Number.isNaN(expected)) return;
    const range = this.#range;
    if (expected < range[4 * p]) {
      range[4 * p + 1] = range[4 * p];
      range[4 * p] = expected;
    } else if (expected < range[4 * p + 1]) range[4 * p + 1] = expected;
    if (expected > range[4 * p + 3]) {
      range[4 * p + 2] = range[4 * p + 3];
      range[4 * p + 3] = expected;
    } else if (expected > range[4 * p + 2]) range[4 * p + 2] = expected;
  }

  /** A fine sensor that repeats itself as its kind does not: no other guess is made of it. */
  #isOdd(p: number, habit: { repeat: number; quantum: number }): boolean {
    const { last, run } = this.#blocks;
    const isFine = Math.abs(last[p]) >= FINE_STEPS * habit.quantum;
    return isFine && habit.repeat <= MOST_REPEATS && run[p] >= ODD_REPEATS;
  }

  /** Another sensor of the reference has been found to lie; what is held for `p` itself stays. */
  #isSpoilt(p: number): boolean {
    return this.#isHeld[this.#reference[p]] === 1 && !this.#proven.has(p);
  }

  /** The equation that says most sharply what a point should show; -1: none does. */
  #sharpest(p: number): number {
    const { points } = this.#levels.plan;
    let least = Number.POSITIVE_INFINITY;
    let sharpest = -1;
    for (let i = points.start[p]; i < points.start[p + 1]; i++) {
      const e = points.equations[i];
      if (this.#isHeld[e] === 1 || !this.#levels.isReady(e, 'absolute')) continue;
      const deviation = this.#deviationOf(e, p);
      if (!(deviation < least)) continue;
      least = deviation;
      sharpest = e;
    }
    return sharpest;
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
    const { physicalNats } = plan.families[plan.equations.family[e]].row;
    const trust = physicalNats.value >= AGREEMENT.hardNats.value ? 1 : MODEL_DOUBT;
    return ((trust * (noise + family.wander)) / slope) * (isRatio ? Math.abs(mean[p]) : 1);
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

  #nats(p: number, habit: { repeat: number; quantum: number }): number {
    const { last, run, runs, runLevel, meanRun, quantum } = this.#blocks;
    const deviation = this.#deviationOf(this.#reference[p], p);
    const moved = this.#range[4 * p + 2] - this.#range[4 * p + 1];
    if (Number.isNaN(deviation) || !(moved > 0)) return 0;
    const own = Number.isFinite(quantum[p]) ? Math.min(quantum[p], habit.quantum) : habit.quantum;
    const excess = (moved - MOVED_STEPS * own) / deviation;
    // a range of noise alone is some four deviations wide
    if (excess > MOVED_DEVIATIONS) return AGREEMENT.stuckNats.value + excess;
    const isKnown = runs[p] >= MIN_RUNS;
    const isThere = Math.abs(last[p] - runLevel[p]) <= SAME_LEVEL_RATIO * Math.abs(runLevel[p]);
    if (isKnown && !isThere) return 0;
    const usual = meanRun[p] / (1 + meanRun[p]);
    const repeat = Math.max(LEAST_REPEAT_ODDS, isKnown ? usual : habit.repeat);
    // at nought nothing moves
    if (last[p] === 0 || moved < own) return 0;
    const nats = -run[p] * Math.log(repeat);
    const isFine = Math.abs(last[p]) >= FINE_STEPS * own && repeat <= MOST_REPEATS;
    if (isFine) return nats;
    // whether a coarse sensor flickers depends on where between two steps it is: it must have moved
    return excess > COARSE_DEVIATIONS ? COARSE_PART * nats : 0;
  }
}
