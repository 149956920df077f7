/**
 * Frozen sensors: one value for long while what its partners expect of it moves. A quiet load, or
 * a coarse sensor that has nothing to show, is no fault.
 */

import type { Parts } from '../parts.ts';
import { AGREEMENT } from '../tables/agreement.ts';
import { LEARNING } from '../tables/agreement-learning.ts';
import type { Blocks } from './blocks.ts';
import { Expected } from './expected.ts';
import type { Kept } from './keep.ts';
import { type Levels, NOBODY } from './levels.ts';
import { isOfParts } from './machine-parts.ts';
import { COUNTER_SIGNAL, isJudged, type PointColumn } from './plan.ts';
import { doLikeMove, type Habit, REPEATS_OF_MOVING, stillNats } from './stillness.ts';
import type { Swings } from './swings.ts';

const MODEL_DOUBT = LEARNING.modelDoubt.value;
const SUSPECT_NATS = LEARNING.suspectNats.value;
const LEAST_PART = LEARNING.leastRunPart.value;
const MIN_RUNS = LEARNING.leastRuns.value;
const LEAST_REPEAT_ODDS = LEARNING.leastRepeatOdds.value;
const MOST_REPEATS = LEARNING.mostRepeats.value;
const ODD_REPEATS = LEARNING.oddRepeats.value;
const FINE_STEPS = LEARNING.fineSteps.value;
const POINTS_A_PART = 2000;

export interface Frozen {
  readonly point: number;
  /** Seconds after the start of watching. */
  readonly sinceS: number;
  /** Log of the odds that it is frozen, nats. */
  readonly nats: number;
}

interface StuckNotes {
  readonly proven: readonly Frozen[];
}

interface Evidence {
  readonly blocks: Blocks;
  readonly levels: Levels;
  readonly swings: Swings;
}

export class Stuck {
  readonly #blocks: Blocks;
  readonly #levels: Levels;
  readonly #swings: Swings;
  /** Equations of sensors that lie already, and whose: they expect nothing of others. */
  readonly #heldBy: Int32Array;
  /** Equation that says what is expected of a point, as long as its value stays; -1: none yet. */
  readonly #reference: Int32Array;
  /** What was expected of a point in each block since its value came, and how surely. */
  readonly #expected: Expected;
  /** Begin of the run that these are of. */
  readonly #followedS: Float64Array;
  readonly #startLoad: Float32Array;
  #proven: ReadonlyMap<number, Frozen> = new Map();
  /** Points that may be frozen, and have not been for long enough to say so. */
  readonly suspected: number[] = [];
  readonly kept: Kept<StuckNotes>;

  constructor({ blocks, levels, swings }: Evidence, heldBy: Int32Array) {
    this.#swings = swings;
    this.#heldBy = heldBy;
    const { count } = blocks.plan.points;
    this.#blocks = blocks;
    this.#levels = levels;
    this.#reference = new Int32Array(count).fill(-1);
    this.#followedS = new Float64Array(count);
    this.#startLoad = new Float32Array(count);
    this.#expected = new Expected(count);
    this.kept = {
      columns: [this.#reference, this.#followedS, this.#startLoad],
      notes: () => ({ proven: [...this.#proven.values()] }),
      recall: ({ proven }) => {
        this.#proven = new Map(proven.map(each => [each.point, each]));
      },
      loose: this.#expected,
    };
  }

  /** After a block: points that are frozen. @param rounds readings a block @param nowS as `runSinceS` */
  *review(rounds: number, nowS: number): Parts<Frozen[]> {
    const { run, runSinceS, plan } = this.#blocks;
    const found: Frozen[] = [];
    this.suspected.length = 0;
    for (const column of plan.points.columns) {
      const { signal, firstPoint, count } = column;
      if (signal === COUNTER_SIGNAL || !isJudged(signal)) continue;
      const habit = this.#habitOf(firstPoint, count);
      for (let p = firstPoint; p < firstPoint + count; p++) {
        if ((p - firstPoint) % POINTS_A_PART === 0) yield;
        if (run[p] < LEAST_PART * rounds) {
          this.#reference[p] = -1;
          this.#expected.drop(p);
          continue;
        }
        this.#follow(p);
        if (this.#isOdd(p, habit)) this.suspected.push(p);
        if (nowS - runSinceS[p] < AGREEMENT.stuckS.value) continue;
        const before = this.#proven.get(p);
        // once proven it holds for as long as the value stays
        const isSame = before?.sinceS === runSinceS[p];
        const nats = isSame ? before.nats : this.#odds(p, habit, column);
        if (nats > 0) found.push({ point: p, sinceS: runSinceS[p], nats });
      }
    }
    this.#proven = new Map(found.map(each => [each.point, each]));
    return found;
  }

  /** Log of the odds where they are proof, by what it should have shown or by its like; or 0. */
  #odds(p: number, habit: Habit, column: PointColumn): number {
    const { stuckNats, lastingNats, sensorNats, reportNats } = AGREEMENT;
    const byLike = Math.max(this.#swings.natsOf(p), this.#natsByLike(p, habit, column));
    const bySensor = byLike - sensorNats.value;
    const moved = this.#reference[p] < 0 ? 0 : this.#nats(p, habit);
    const byMovement = moved < stuckNats.value ? 0 : moved - lastingNats.value;
    return Math.max(byMovement, bySensor < reportNats.value ? 0 : bySensor);
  }

  /** Notes what is expected of a point while its value stays. */
  #follow(p: number) {
    const { mean, runSinceS } = this.#blocks;
    const levels = this.#levels;
    if (this.#reference[p] < 0 || this.#followedS[p] !== runSinceS[p] || this.#isSpoilt(p)) {
      this.#followedS[p] = runSinceS[p];
      this.#reference[p] = this.#sharpest(p);
      this.#startLoad[p] = this.#reference[p] < 0 ? 0 : levels.loads.of(this.#reference[p]);
      this.#expected.drop(p);
    }
    const e = this.#reference[p];
    if (e < 0 || !levels.isReady(e, 'absolute')) return;
    const value = levels.residuals.solve(e, mean, p, levels.expectedNow(e));
    const deviation = this.#deviationOf(e, p);
    if (Number.isNaN(value) || Number.isNaN(deviation)) return;
    this.#expected.put(p, value, deviation);
  }

  /** A sensor that repeats itself as its kind does not, or stays where it should have moved. */
  #isOdd(p: number, habit: Habit): boolean {
    const { last, run } = this.#blocks;
    if (this.#expected.natsOfMovement(p, habit.quantum) > SUSPECT_NATS) return true;
    if (this.#swings.natsOf(p) > SUSPECT_NATS) return true;
    const isFine = Math.abs(last[p]) >= FINE_STEPS * habit.quantum;
    return isFine && habit.repeat <= MOST_REPEATS && run[p] >= ODD_REPEATS;
  }

  /** Another sensor of the reference has been found to lie; what is held for `p` itself stays. */
  #isSpoilt(p: number): boolean {
    return this.#isHeldByOther(this.#reference[p], p) && !this.#proven.has(p);
  }

  #isHeldByOther(e: number, p: number): boolean {
    return this.#heldBy[e] !== NOBODY && this.#heldBy[e] !== p;
  }

  /** The equation that says most sharply what a point should show; -1: none does. */
  #sharpest(p: number): number {
    const { points } = this.#levels.plan;
    let least = Number.POSITIVE_INFINITY;
    let sharpest = -1;
    for (let i = points.start[p]; i < points.start[p + 1]; i++) {
      const e = points.equations[i];
      if (this.#isHeldByOther(e, p) || !this.#levels.isReady(e, 'absolute')) continue;
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
    const byLoad = this.#levels.loads.deviation(e, this.#startLoad[p]);
    // what the parts of a machine share is taken out, and with it how a model wanders
    const wander = isOfParts(plan, plan.equations.family[e]) ? 0 : family.wander;
    return ((trust * noise + wander + byLoad) / slope) * (isRatio ? Math.abs(mean[p]) : 1);
  }

  #habitOf(first: number, count: number): Habit {
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

  /** Nats against it that a sensor that works would have stayed as this one has. */
  stillNats(p: number, rounds: number): number {
    const { run, plan } = this.#blocks;
    if (run[p] < LEAST_PART * rounds) return 0;
    const column = plan.points.columns.findLast(({ firstPoint }) => firstPoint <= p);
    if (!column) throw new RangeError(`point ${p} is in no column`);
    return stillNats(this.#blocks, p, column, this.#habitOf(column.firstPoint, column.count));
  }

  /** Of a fine sensor: odds against its repeating itself for so long where its like do not, nats. */
  #natsByLike(p: number, habit: Habit, column: PointColumn): number {
    const { last, run, runs, meanRun } = this.#blocks;
    if (last[p] === 0 || !this.#isFine(p, habit)) return 0;
    if (!doLikeMove(this.#blocks, p, column)) return 0;
    const own = runs[p] >= MIN_RUNS ? meanRun[p] / (1 + meanRun[p]) : 0;
    const repeat = Math.max(REPEATS_OF_MOVING, own);
    return repeat > MOST_REPEATS ? 0 : -run[p] * Math.log(repeat);
  }

  /** Odds that a point is frozen and not quiet, nats: by what it should have shown, or by noise. */
  #nats(p: number, habit: Habit): number {
    const { last, run, runs, runLevel, meanRun } = this.#blocks;
    const own = this.#stepOf(p, habit);
    const moved = this.#expected.natsOfMovement(p, own);
    const isKnown = runs[p] >= MIN_RUNS;
    const isThere =
      Math.abs(last[p] - runLevel[p]) <= AGREEMENT.sameLevelRatio.value * Math.abs(runLevel[p]);
    const usual = meanRun[p] / (1 + meanRun[p]);
    const repeat = Math.max(LEAST_REPEAT_ODDS, isKnown ? usual : habit.repeat);
    // whether a coarse sensor flickers depends on where between two steps it is; at nought none does
    if (!this.#isFine(p, habit) || repeat > MOST_REPEATS) return moved;
    if (last[p] === 0 || (isKnown && !isThere)) return moved;
    if (this.#expected.rangeOf(p) < own) return moved;
    return moved - run[p] * Math.log(repeat);
  }

  /** Resolution: its own as far as it has been seen, or that of its kind. */
  #stepOf(p: number, { quantum }: Habit): number {
    const own = this.#blocks.quantum[p];
    return Number.isFinite(own) ? Math.min(own, quantum) : quantum;
  }

  #isFine(p: number, habit: Habit): boolean {
    return Math.abs(this.#blocks.last[p]) >= FINE_STEPS * this.#stepOf(p, habit);
  }
}
