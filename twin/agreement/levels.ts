/**
 * What each equation's residual is now, what it used to be, and what is usual for its family: the
 * evidence that hypotheses are weighed by. Baselines are slow and stand still under suspicion, so
 * that a fault is not learnt.
 */

import { type Parts, partsOf } from '../parts.ts';
import { AGREEMENT } from '../tables/agreement.ts';
import { LEARNING } from '../tables/agreement-learning.ts';
import {
  type FamilyLevel,
  type FamilySample,
  familyLevel,
  learnFamily,
  MAD_SCALE,
} from './family-levels.ts';
import type { Kept } from './keep.ts';
import { Loads } from './loads.ts';
import { EQUATIONS_A_PART, isOfParts, MachineParts } from './machine-parts.ts';
import type { AgreementPlan } from './plan.ts';
import type { Residuals } from './residuals.ts';

const RING = LEARNING.levelBlocks.value;
const JUMP = LEARNING.jumpBlocks.value;
const JUMP_Z = LEARNING.jumpZ.value;
/** Variance of a median over that of a mean. */
const MEDIAN_VARIANCE = Math.PI / 2;
/** Mean absolute deviation to standard deviation. */
const MEAN_ABS_SCALE = 1.2533;
const NOISE_START = LEARNING.noiseStartBlocks.value;
const NOISE_STEP = LEARNING.noiseStep.value;
const LEAST_NOISE = LEARNING.leastNoise.value;
const LEAST_NOISE_PART = LEARNING.leastNoisePart.value;
const BASE_MEMORY = LEARNING.baseBlocks.value;
const MAX_SAMPLED = LEARNING.mostSampled.value;
const MIN_BLOCKS = LEARNING.leastBlocks.value;
export const MIN_BASE = LEARNING.leastBaseBlocks.value;
/** Of equations that no reported sensor is in. */
export const NOBODY = -1;

/** `change`: against the equation's own past; `absolute`: against what is usual for its family. */
export type Mode = 'change' | 'absolute';

interface LevelNotes {
  readonly speaking: number;
  readonly families: readonly FamilyLevel[];
}

export class Levels {
  readonly plan: AgreementPlan;
  readonly residuals: Residuals;
  /** Blocks seen. */
  readonly blocks: Uint32Array;
  /** Median of the last blocks. */
  readonly level: Float32Array;
  /** Blocks that the level stands on. */
  readonly counted: Uint8Array;
  readonly base: Float32Array;
  readonly baseBlocks: Uint16Array;
  /** Standard deviation of one block. */
  readonly noise: Float32Array;
  readonly families: readonly FamilyLevel[];
  /** What the parts of one machine have moved alike in the newest block. */
  readonly common: Float32Array;
  readonly loads: Loads;
  /** Residual of the newest block, less what is common; NaN where it says nothing. */
  readonly newest: Float32Array;
  /** Equations that had a residual in the newest block. */
  speaking = 0;
  readonly #ring: Float32Array;
  readonly #machineParts: MachineParts;
  readonly #sorted = new Float64Array(RING);
  readonly kept: Kept<LevelNotes>;

  constructor(plan: AgreementPlan, residuals: Residuals) {
    const { count } = plan.equations;
    this.plan = plan;
    this.residuals = residuals;
    this.blocks = new Uint32Array(count);
    this.level = new Float32Array(count).fill(Number.NaN);
    this.counted = new Uint8Array(count);
    this.base = new Float32Array(count).fill(Number.NaN);
    this.baseBlocks = new Uint16Array(count);
    this.noise = new Float32Array(count);
    this.loads = new Loads(plan);
    this.#machineParts = new MachineParts(plan, this.loads);
    this.common = this.#machineParts.common;
    this.newest = new Float32Array(count).fill(Number.NaN);
    this.#ring = new Float32Array(RING * count);
    this.families = plan.families.map(({ row }) => familyLevel(row));
    this.kept = {
      columns: [
        ...[this.blocks, this.level, this.counted, this.base, this.baseBlocks, this.noise],
        ...[this.newest, this.#ring, ...this.loads.columns, ...this.#machineParts.columns],
      ],
      notes: () => ({ speaking: this.speaking, families: this.families }),
      recall: ({ speaking, families }) => {
        this.speaking = speaking;
        for (const [f, family] of families.entries()) Object.assign(this.families[f], family);
      },
    };
  }

  /** Takes the residuals of one block. @param heldBy reported sensor that an equation has */
  *take(values: Float64Array, heldBy: Int32Array): Parts {
    const parts = () => partsOf(0, this.plan.equations.count, EQUATIONS_A_PART);
    for (const [from, to] of parts()) {
      for (let e = from; e < to; e++) this.newest[e] = this.residuals.at(e, values);
      yield;
    }
    const block = { values, residuals: this.newest, blocks: this.blocks };
    for (const [f, { row, members }] of this.plan.families.entries()) {
      if (row.isBlind) this.#machineParts.silence(members, block);
      if (!isOfParts(this.plan, f)) continue;
      yield* this.#machineParts.takeOut(f, this.families[f].centre, block);
    }
    this.speaking = 0;
    for (const [from, to] of parts()) {
      for (let e = from; e < to; e++) {
        if (Number.isNaN(this.newest[e])) continue;
        this.speaking++;
        this.#put(e, this.newest[e], heldBy[e] !== NOBODY);
      }
      yield;
    }
    for (const [f, { row, members }] of this.plan.families.entries()) {
      learnFamily(this.families[f], row, this.#sampleOf(members));
      yield;
    }
  }

  #put(e: number, residual: number, isHeld: boolean) {
    const n = this.blocks[e];
    const slot = RING * e + (n % RING);
    const leaving = n >= RING ? this.#ring[slot] : Number.NaN;
    this.#ring[slot] = residual;
    this.blocks[e]++;
    if (n > 0) this.#learnNoise(e, residual, n);
    this.#settle(e, this.blocks[e]);
    // where the baseline starts: one block of the first ones that is odd does not bend it
    if (this.blocks[e] === RING) this.base[e] = this.#median(e, MIN_BASE, MIN_BASE);
    if (!Number.isNaN(leaving) && !isHeld) this.#learnBase(e, leaving);
  }

  /**
   * Follows the median of the absolute deviations, in steps of a tenth: the spikes at the start and
   * end of jobs are not the noise of the rest.
   */
  #learnNoise(e: number, residual: number, n: number) {
    const off = Math.abs(residual - this.level[e]);
    if (n <= NOISE_START) {
      this.noise[e] += (MEAN_ABS_SCALE * off - this.noise[e]) / n;
      return;
    }
    const isMore = MAD_SCALE * off > this.noise[e];
    const step = noiseStep(n);
    this.noise[e] = Math.max(LEAST_NOISE, this.noise[e] * (isMore ? 1 + step : 1 - step));
  }

  /** base moves towards what has left the ring, unless the level now says that it no longer holds. */
  #learnBase(e: number, leaving: number) {
    const n = this.baseBlocks[e];
    this.loads.learnBase(e, Math.min(n + 1, BASE_MEMORY));
    if (n < MIN_BASE) {
      this.baseBlocks[e]++;
      return;
    }
    if (Math.abs(this.z(e, 'change')) > AGREEMENT.freezeZ.value) return this.#recover(e);
    const bound = 3 * Math.sqrt(this.variance(e, 'change') + this.noise[e] ** 2);
    const off = Math.max(-bound, Math.min(bound, leaving - this.base[e]));
    if (n < BASE_MEMORY) this.baseBlocks[e]++;
    this.base[e] += off / Math.min(n + 1, BASE_MEMORY);
  }

  /** The past was the fault, and it is over: what is shown now is what is usual. */
  #recover(e: number) {
    const { centre, spread } = this.families[this.plan.equations.family[e]];
    const wasOff = Math.abs(this.base[e] - centre) / spread;
    const isOff = Math.abs(this.level[e] - centre) / spread;
    if (isOff > 2 || wasOff < isOff + 2) return;
    this.base[e] = this.level[e];
    this.baseBlocks[e] = MIN_BASE;
  }

  /**
   * Median of the last blocks. Where the newest three agree with each other and not with those
   * before them, the residual has jumped, and only what is after the jump counts.
   */
  #settle(e: number, n: number) {
    const size = Math.min(n, RING);
    const hadJumped = this.counted[e] === JUMP;
    this.level[e] = this.#median(e, n, size);
    this.counted[e] = size;
    if (size < RING) return;
    const before = this.#median(e, n - JUMP, JUMP);
    const after = this.#median(e, n, JUMP);
    const family = this.families[this.plan.equations.family[e]];
    // the blocks after a jump have been taken for noise
    const noise = this.noise[e] / (hadJumped ? 1 : noiseOfJump(n));
    const least = JUMP_Z * Math.max(noise, LEAST_NOISE_PART * family.noise);
    if (Math.abs(after - before) < least) return;
    for (let i = n - JUMP; i < n; i++) {
      if (Math.abs(this.#ring[RING * e + (i % RING)] - after) > Math.abs(after - before) / 3)
        return;
    }
    this.level[e] = after;
    this.counted[e] = JUMP;
    if (!hadJumped) this.noise[e] = Math.max(LEAST_NOISE, noise);
  }

  /** Median of `size` blocks up to block `end`. */
  #median(e: number, end: number, size: number): number {
    const sorted = this.#sorted;
    for (let i = 0; i < size; i++) {
      const value = this.#ring[RING * e + ((end - 1 - i) % RING)];
      let at = i;
      for (; at > 0 && sorted[at - 1] > value; at--) sorted[at] = sorted[at - 1];
      sorted[at] = value;
    }
    return size % 2 === 1 ? sorted[size >> 1] : (sorted[size / 2 - 1] + sorted[size / 2]) / 2;
  }

  /** Residuals of the last blocks, oldest first. */
  recent(e: number): number[] {
    const n = Math.min(this.blocks[e], RING);
    const from = this.blocks[e] - n;
    return Array.from({ length: n }, (_, i) => this.#ring[RING * e + ((from + i) % RING)]);
  }

  isReady(e: number, mode: Mode): boolean {
    if (Number.isNaN(this.newest[e])) return false;
    return mode === 'absolute' ? this.blocks[e] >= MIN_BLOCKS : this.baseBlocks[e] >= MIN_BASE;
  }

  /** What the residual is without a fault. */
  expected(e: number, mode: Mode): number {
    return mode === 'change' ? this.base[e] : this.families[this.plan.equations.family[e]].centre;
  }

  /** What the residual of the newest block, as it was worked out, is without a fault. */
  expectedNow(e: number): number {
    return this.expected(e, 'absolute') + this.common[e];
  }

  variance(e: number, mode: Mode): number {
    const family = this.families[this.plan.equations.family[e]];
    const noise = Math.max(this.noise[e], LEAST_NOISE_PART * family.noise);
    const alias = this.aliasOf(e);
    const now = (MEDIAN_VARIANCE * noise * noise) / this.counted[e] + alias * alias;
    if (mode === 'absolute') return now + family.spread ** 2;
    const byLoad = this.loads.deviation(e, this.loads.ofBase(e));
    return now + (noise * noise) / this.baseBlocks[e] + family.wander ** 2 + byLoad ** 2;
  }

  /** How far what the supplies of its host have been off alike lately moves a residual. */
  aliasOf(e: number): number {
    const { family, owner } = this.plan.equations;
    return this.families[family[e]].aliased * this.#machineParts.aliasOf(owner[e]);
  }

  /** Standard deviations that the level is away from what is expected. */
  z(e: number, mode: Mode): number {
    return (this.level[e] - this.expected(e, mode)) / Math.sqrt(this.variance(e, mode));
  }

  #sampleOf(members: Int32Array): FamilySample {
    const stride = Math.ceil(members.length / MAX_SAMPLED);
    const sample: FamilySample = { levels: [], noises: [], moves: [] };
    for (let i = 0; i < members.length; i += stride) {
      const e = members[i];
      if (this.blocks[e] < MIN_BLOCKS) continue;
      sample.levels.push(this.level[e]);
      sample.noises.push(this.noise[e]);
      if (this.baseBlocks[e] < MIN_BASE) continue;
      sample.moves.push(Math.abs(this.level[e] - this.base[e]));
    }
    return sample;
  }
}

const noiseStep = (n: number) => Math.max(NOISE_STEP, 2 / n);

/** Factor by which the noise has grown in the blocks since a jump, of `n` blocks in all. */
function noiseOfJump(n: number): number {
  let factor = 1;
  for (let i = n - JUMP; i < n; i++) if (i > NOISE_START) factor *= 1 + noiseStep(i);
  return factor;
}
