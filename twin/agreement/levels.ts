/**
 * What each equation's residual is now, what it used to be, and what is usual for its family: the
 * evidence that hypotheses are weighed by. Baselines are slow and stand still under suspicion, so
 * that a fault is not learnt.
 */
import { AGREEMENT } from '../tables/agreement.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';
import { type Parts, partsOf } from './parts.ts';
import type { AgreementPlan } from './plan.ts';
import type { Residuals } from './residuals.ts';

/** Blocks whose median is the level now. */
export const RING = 6;
/** Blocks that must agree that the residual has jumped, and how far, in standard deviations. */
const JUMP = 3;
const JUMP_Z = 4;
/** Variance of a median over that of a mean. */
const MEDIAN_VARIANCE = Math.PI / 2;
/** Median absolute deviation to standard deviation. */
const MAD_SCALE = 1.4826;
/** Mean absolute deviation to standard deviation. */
const MEAN_ABS_SCALE = 1.2533;
/** Blocks whose mean deviation is the first guess of the noise, steps after that, and its floor. */
const NOISE_START = 4;
const NOISE_STEP = 0.1;
const LEAST_NOISE = 1e-4;
/** Blocks that the baseline remembers: a day. */
const BASE_MEMORY = 288;
/** A family of fewer is judged by its table row alone. */
const MIN_FAMILY = 8;
const MAX_SAMPLED = 501;
/** Blocks before an equation says anything, and before its past does. */
const MIN_BLOCKS = 2;
export const MIN_BASE = 3;
/** Least part of the spread of the table that many machines in agreement may shrink it to. */
const LEAST_SPREAD = 0.3;

/** Of equations that no reported sensor is in. */
export const NOBODY = -1;

/** `change`: against the equation's own past; `absolute`: against what is usual for its family. */
export type Mode = 'change' | 'absolute';
/** GPUs share air and kernels; supplies are read at one instant, which waves of training alias. */
const PART_KINDS: ReadonlySet<number> = new Set([KIND_INDEX.gpu, KIND_INDEX.psu]);
/** Parts of one machine at the same work, of which the median is not that of the faulty one. */
const MIN_PARTS = 4;
/** What tells the work of a part, and how far two that do the same may differ in it. */
const WORK = signalIndex('smActiveRatio');
const ALIKE_RATIO = 0.05;
const ALIKE_LEAST = 0.01;
/** Work that is none, and how fast the load of a level follows it: as the median of its blocks. */
const LEAST_WORK = 0.1;
const LOAD_STEP = 0.3;
/** What is kept of aliasing from block to block: as long as a level stands on them. */
const ALIAS_KEEP = 0.8;
/** Faulty sensors of one family that are no sign of how nature moves it. */
const FEW_FAULTY = 3;
/** What experience may add to the price of a physical cause. */
const MOST_LEARNT_NATS = 5;
const EQUATIONS_A_PART = 5000;

export interface FamilyLevel {
  centre: number;
  spread: number;
  wander: number;
  noise: number;
  /** Blocks of members seen, and of them those beyond what few faulty sensors would make. */
  seen: number;
  strange: number;
  readonly aliased: number;
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
  /** What the parts of one machine have moved alike in the newest block: nobody's sensor does that. */
  readonly common: Float32Array;
  /** Residual of the newest block, less what is common; NaN where it says nothing. */
  readonly newest: Float32Array;
  /** Equations that had a residual in the newest block. */
  speaking = 0;
  readonly #ring: Float32Array;
  /** Logarithm of the work at which the level and the base of a part were learnt. */
  readonly #levelLoad: Float32Array;
  readonly #baseLoad: Float32Array;
  /** What the supplies of a host have been off alike lately. */
  readonly #alias: Float32Array;
  readonly #sorted = new Float64Array(RING);

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
    this.common = new Float32Array(count);
    this.newest = new Float32Array(count).fill(Number.NaN);
    this.#levelLoad = new Float32Array(count);
    this.#baseLoad = new Float32Array(count);
    this.#alias = new Float32Array(plan.topology.ids.length);
    this.#ring = new Float32Array(RING * count);
    this.families = plan.families.map(({ row }) => ({
      ...{ centre: row.level.value, spread: row.spread.value },
      ...{ wander: row.wander.value, noise: row.wander.value, seen: 0, strange: 0 },
      aliased: row.aliased.value,
    }));
  }

  /** Takes the residuals of one block. @param heldBy reported sensor that an equation has */
  *take(values: Float64Array, heldBy: Int32Array): Parts {
    const parts = () => partsOf(0, this.plan.equations.count, EQUATIONS_A_PART);
    for (const [from, to] of parts()) {
      for (let e = from; e < to; e++) this.newest[e] = this.residuals.at(e, values);
      yield;
    }
    for (const [f, { row, members }] of this.plan.families.entries()) {
      if (row.isBlind) this.#silence(members, values);
      if (this.isOfParts(f)) yield* this.#takeOutCommon(f, values);
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
    for (const f of this.plan.families.keys()) {
      this.#learnFamily(f);
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
    const step = Math.max(NOISE_STEP, 2 / n);
    this.noise[e] = Math.max(LEAST_NOISE, this.noise[e] * (isMore ? 1 + step : 1 - step));
  }

  /** base moves towards what has left the ring, unless the level now says that it no longer holds. */
  #learnBase(e: number, leaving: number) {
    const n = this.baseBlocks[e];
    this.#baseLoad[e] += (this.#levelLoad[e] - this.#baseLoad[e]) / Math.min(n + 1, BASE_MEMORY);
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
    this.level[e] = this.#median(e, n, size);
    this.counted[e] = size;
    if (size < RING) return;
    const before = this.#median(e, n - JUMP, JUMP);
    const after = this.#median(e, n, JUMP);
    const family = this.families[this.plan.equations.family[e]];
    const least = JUMP_Z * Math.max(this.noise[e], 0.3 * family.noise);
    if (Math.abs(after - before) < least) return;
    for (let i = n - JUMP; i < n; i++) {
      if (Math.abs(this.#ring[RING * e + (i % RING)] - after) > Math.abs(after - before) / 3)
        return;
    }
    this.level[e] = after;
    this.counted[e] = JUMP;
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

  /** Whether the equations of a family are about parts of machines, and move alike. */
  isOfParts(f: number): boolean {
    const { families, topology, equations } = this.plan;
    const { members, row } = families[f];
    // a comparison with the other parts has no common movement to take out
    return !row.isMean && PART_KINDS.has(topology.kind[equations.owner[members[0]]]);
  }

  /**
   * Takes out what the parts of each machine that do the same work have moved alike: air, fans and
   * kernels. A part that no other is like says only what is gross. Parts are neighbours.
   */
  *#takeOutCommon(f: number, values: Float64Array): Parts {
    const { families, equations, topology } = this.plan;
    const { members } = families[f];
    const machineOf = (i: number) => topology.parent[equations.owner[members[i]]];
    for (let from = 0, to = 0, pause = 0; from < members.length; from = to) {
      if (from >= pause) {
        yield;
        pause += EQUATIONS_A_PART;
      }
      for (to = from; to < members.length && machineOf(to) === machineOf(from); ) to++;
      this.#takeOutOf(members.subarray(from, to), values);
    }
  }

  #takeOutOf(parts: Int32Array, values: Float64Array) {
    const { equations } = this.plan;
    const centre = this.expected(parts[0], 'absolute');
    const { most } = this.plan.families[equations.family[parts[0]]].row;
    const works = Array.from(parts, e => this.#workOf(equations.owner[e], values));
    const off = Array.from(parts, e => this.newest[e] - centre);
    const usual = sharedBy(off);
    this.#followAlias(equations.owner[parts[0]], usual ?? 0);
    parts.forEach((e, i) => {
      this.#followLoad(e, works[i]);
      const shared = sharedBy(off.filter((_, j) => isAlike(works[i], works[j])));
      this.common[e] = shared ?? usual ?? 0;
      this.newest[e] -= this.common[e];
      const isAlone = usual !== undefined && shared === undefined;
      if (isAlone && Math.abs(off[i] - usual) < most.value) this.newest[e] = Number.NaN;
    });
  }

  #silence(blind: Int32Array, values: Float64Array) {
    const { owner } = this.plan.equations;
    for (const e of blind) {
      if (!Number.isNaN(this.#workOf(owner[e], values))) this.newest[e] = Number.NaN;
    }
  }

  #followAlias(part: number, shared: number) {
    const { kind, parent } = this.plan.topology;
    if (kind[part] !== KIND_INDEX.psu) return;
    const host = parent[part];
    this.#alias[host] = Math.max(Math.abs(shared), ALIAS_KEEP * this.#alias[host]);
  }

  /** NaN where it is not known. */
  #workOf(part: number, values: Float64Array): number {
    const point = this.plan.pointOf(WORK, part);
    return point < 0 ? Number.NaN : values[point];
  }

  #followLoad(e: number, work: number) {
    if (Number.isNaN(work)) return;
    const step = this.blocks[e] === 0 ? 1 : LOAD_STEP;
    this.#levelLoad[e] += step * (Math.log(LEAST_WORK + work) - this.#levelLoad[e]);
  }

  variance(e: number, mode: Mode): number {
    const family = this.families[this.plan.equations.family[e]];
    const noise = Math.max(this.noise[e], 0.3 * family.noise);
    const alias = family.aliased * this.#alias[this.plan.equations.owner[e]];
    const now = (MEDIAN_VARIANCE * noise * noise) / this.counted[e] + alias * alias;
    if (mode === 'absolute') return now + family.spread ** 2;
    const byLoad = this.loadDeviation(e, this.#baseLoad[e]);
    return now + (noise * noise) / this.baseBlocks[e] + family.wander ** 2 + byLoad ** 2;
  }

  /** Standard deviation that a change of work by now adds to residuals at work `load`. */
  loadDeviation(e: number, load: number): number {
    const { loadWander } = this.plan.families[this.plan.equations.family[e]].row;
    return loadWander.value * Math.abs(this.#levelLoad[e] - load);
  }

  /** Logarithm of the work of a part, as it was in the last blocks. */
  loadOf(e: number): number {
    return this.#levelLoad[e];
  }

  /** Standard deviations that the level is away from what is expected. */
  z(e: number, mode: Mode): number {
    return (this.level[e] - this.expected(e, mode)) / Math.sqrt(this.variance(e, mode));
  }

  /** Counts members far from the others; the few that sensors may explain are left out. */
  #learnOdds(family: FamilyLevel, levels: readonly number[]) {
    const { centre, spread } = family;
    const least = AGREEMENT.triggerZ.value * spread;
    const far = levels.filter(level => Math.abs(level - centre) > least).length;
    family.seen += levels.length;
    family.strange += Math.max(0, far - FEW_FAULTY);
  }

  /** Price of a physical cause, nats: of the table, or more where none has been seen for long. */
  physicalNats(e: number): number {
    const f = this.plan.equations.family[e];
    const { seen, strange } = this.families[f];
    const given = this.plan.families[f].row.physicalNats.value;
    const learnt = Math.log((seen + 1) / (strange + 1));
    return Math.max(given, Math.min(given + MOST_LEARNT_NATS, learnt));
  }

  #learnFamily(f: number) {
    const { row, members } = this.plan.families[f];
    const family = this.families[f];
    const stride = Math.ceil(members.length / MAX_SAMPLED);
    const levels: number[] = [];
    const moves: number[] = [];
    const noises: number[] = [];
    for (let i = 0; i < members.length; i += stride) {
      const e = members[i];
      if (this.blocks[e] < MIN_BLOCKS) continue;
      levels.push(this.level[e]);
      noises.push(this.noise[e]);
      if (this.baseBlocks[e] < MIN_BASE) continue;
      moves.push(Math.abs(this.level[e] - this.base[e]));
    }
    if (levels.length < MIN_FAMILY) return;
    this.#learnOdds(family, levels);
    const centre = middle(levels);
    const bound = 2 * row.spread.value;
    const { value: usual } = row.level;
    family.centre = row.fitted ? centre : Math.max(usual - bound, Math.min(usual + bound, centre));
    const spread = MAD_SCALE * middle(levels.map(level => Math.abs(level - centre)));
    family.spread = Math.max(LEAST_SPREAD * row.spread.value, spread);
    family.noise = middle(noises);
    if (moves.length >= MIN_FAMILY) {
      family.wander = Math.max(row.wander.value, MAD_SCALE * middle(moves));
    }
  }
}

function middle(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1];
}

/** What most of them have moved alike; of two halves, that which moved less. */
function sharedBy(moves: readonly number[]): number | undefined {
  const known = moves.filter(each => !Number.isNaN(each)).sort((a, b) => a - b);
  if (known.length < MIN_PARTS) return undefined;
  const upper = known[known.length >> 1];
  const lower = known[(known.length - 1) >> 1];
  return Math.abs(lower) < Math.abs(upper) ? lower : upper;
}

/** Of parts whose work nobody knows all may do the same. */
const isAlike = (a: number, b: number) =>
  Number.isNaN(a) ? Number.isNaN(b) : Math.abs(a - b) <= ALIKE_LEAST + ALIKE_RATIO * a;
