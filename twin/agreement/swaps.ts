/**
 * Exchanged sensors: two points of one signal, each of which fits the other's place. The evidence
 * is summed over blocks: how much likelier are the equations of both with their values exchanged.
 */

import type { Parts } from '../parts.ts';
import { AGREEMENT } from '../tables/agreement.ts';
import { LEARNING } from '../tables/agreement-learning.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import { SIGNALS, signalIndex } from '../tables/signals.ts';
import { childrenOfKind } from '../topology/walk.ts';
import type { Kept } from './keep.ts';
import type { Levels } from './levels.ts';
import { isOfParts } from './machine-parts.ts';
import type { AgreementPlan } from './plan.ts';
import { surprise } from './surprise.ts';

/** Exchanges that are followed at one time; beyond it new ones wait. */
const MAX_PAIRS = 4096;
/** Points of one signal that are paired with one another. */
const MAX_SUSPECTS = 120;
const MAX_STEP_NATS = LEARNING.mostSwapStepNats.value;
const MIN_BLOCKS = LEARNING.leastSwapBlocks.value;
const PENDING_PART = LEARNING.pendingSwapPart.value;
const ALLOWED_NATS = LEARNING.allowedSwapNats.value;
const MOST_NOISE = LEARNING.mostSwapNoise.value;
const BESIDE_NATS = LEARNING.besideSwapNats.value;
const EQUATIONS_A_PART = 20_000;
const PAIRS_A_PART = 20;

export interface Exchange {
  readonly first: number;
  readonly second: number;
  readonly nats: number;
  readonly sinceMs: number;
  readonly isFromStart: boolean;
}

interface Followed {
  readonly first: number;
  readonly second: number;
  nats: number;
  blocks: number;
  sinceMs: number;
  isFromStart: boolean;
}

/**
 * Signals of which one may stand in the place of another. The input of a supply is read by the BMC
 * of its host: it comes to stand for another one only with all of that BMC.
 */
const EXCHANGED: ReadonlySet<string> = new Set(['outletPowerW', 'bmcPowerW', 'pduPowerW']);

export class Swaps {
  readonly #levels: Levels;
  readonly #followed = new Map<number, Followed>();
  /** Equations of sensors that lie in another way: they prove no exchange. */
  readonly #isSpoilt: Uint8Array;
  readonly kept: Kept<readonly (readonly [number, Followed])[]> = {
    columns: [],
    notes: () => [...this.#followed],
    recall: followed => {
      for (const [key, pair] of followed) this.#followed.set(key, pair);
    },
  };

  constructor(levels: Levels, isSpoilt: Uint8Array) {
    this.#levels = levels;
    this.#isSpoilt = isSpoilt;
  }

  /** Points of exchanges that are likely and not proven: no other guess is made of them. */
  *pending(): Generator<number> {
    for (const { first, second, nats } of this.#followed.values()) {
      if (nats < PENDING_PART * AGREEMENT.swapNats.value) continue;
      yield first;
      yield second;
    }
  }

  /** Takes the block that ended at `nowMs`. @returns the exchanges that stand proven */
  *review(values: Float64Array, nowMs: number, isFirst: boolean): Parts<Exchange[]> {
    yield* this.#follow(nowMs, isFirst);
    // what stands proven is put right before others are weighed: their balances have its sensors too
    const settled = this.#settled();
    const proven: Exchange[] = [];
    let done = 0;
    for (const [key, pair] of this.#followed) {
      if (++done % PAIRS_A_PART === 0) yield;
      const others = settled.filter(other => !shareOne(other, pair));
      for (const other of others) this.exchange(other, values);
      this.#weigh(pair, values, nowMs);
      for (const other of others) this.exchange(other, values);
      const known = others.some(other => this.#isBeside(pair, other)) ? BESIDE_NATS : 0;
      const judged = { ...pair, nats: pair.nats + known };
      if (pair.nats <= 0) this.#followed.delete(key);
      else if (isProven(judged)) proven.push(judged);
    }
    return this.#strongestFirst(proven);
  }

  /** Of exchanges as likely, that of the same slot is the plainest. */
  #strongestFirst<T extends Pick<Exchange, 'first' | 'second' | 'nats'>>(pairs: T[]): T[] {
    return pairs.sort((a, b) => b.nats - a.nats || this.#slotsApart(a) - this.#slotsApart(b));
  }

  /** Cords of the same two hosts on the same PDU: who exchanged one may have exchanged all. */
  #isBeside(a: Followed, b: Followed): boolean {
    const { points, topology } = this.#levels.plan;
    const hostOf = (p: number) => topology.parent[points.entity[p]];
    return (
      topology.kind[points.entity[a.first]] === KIND_INDEX.psu &&
      hostOf(a.first) === hostOf(b.first) &&
      hostOf(a.second) === hostOf(b.second) &&
      this.#scopeOf(a.first) === this.#scopeOf(b.first)
    );
  }

  /** Exchanges that stood proven before this block, each sensor in the strongest of them only. */
  #settled(): Followed[] {
    const chosen: Followed[] = [];
    for (const pair of this.#strongestFirst([...this.#followed.values()].filter(isProven))) {
      if (!chosen.some(other => shareOne(other, pair))) chosen.push(pair);
    }
    return chosen;
  }

  /** Cords of one host carry the same: exchanged on one feed they do no harm, and show nothing. */
  #isHarmless(first: number, second: number): boolean {
    const { points, topology } = this.#levels.plan;
    const [a, b] = [points.entity[first], points.entity[second]];
    return topology.kind[a] === KIND_INDEX.psu && topology.parent[a] === topology.parent[b];
  }

  #slotsApart({ first, second }: Pick<Exchange, 'first' | 'second'>): number {
    const { points, topology } = this.#levels.plan;
    const slot = (p: number) => {
      const entity = points.entity[p];
      const { parent, kind } = topology;
      return childrenOfKind(topology, parent[entity], kind[entity]).indexOf(entity);
    };
    return Math.abs(slot(first) - slot(second));
  }

  /** Pairs up the points of equations that deviate. */
  *#follow(nowMs: number, isFirst: boolean): Parts {
    const suspects = yield* this.#suspects();
    for (const points of suspects.values()) {
      yield;
      const some = [...points].sort((a, b) => a - b).slice(0, MAX_SUSPECTS);
      some.forEach((first, i) => {
        for (const second of some.slice(i + 1)) {
          const key = first * this.#levels.plan.points.count + second;
          if (this.#isHarmless(first, second)) continue;
          if (this.#followed.has(key) || this.#followed.size >= MAX_PAIRS) continue;
          const pair = { first, second, blocks: 0, nats: 0 };
          this.#followed.set(key, { ...pair, sinceMs: nowMs, isFromStart: isFirst });
        }
      });
    }
  }

  /** Points by signal and scope, of which some equation deviates to which they matter. */
  *#suspects(): Parts<Map<string, Set<number>>> {
    const { plan } = this.#levels;
    const { points, equations } = plan;
    const byScope = new Map<string, Set<number>>();
    for (let e = 0; e < equations.count; e++) {
      if (e % EQUATIONS_A_PART === 0) yield;
      if (!this.#isOff(e)) continue;
      for (let i = equations.start[e]; i < equations.start[e + 1]; i++) {
        const p = equations.point[i];
        // a sum of many hides an exchange; its equations of few show it
        if (equations.start[e + 1] - equations.start[e] > 16) continue;
        if (!EXCHANGED.has(SIGNALS[points.signal[p]].id)) continue;
        const key = `${points.signal[p]} ${this.#scopeOf(p)}`;
        const known = byScope.get(key);
        if (known) known.add(p);
        else byScope.set(key, new Set([p]));
      }
    }
    return byScope;
  }

  /** In the newest block: what is exchanged moves with two loads, and has no level. */
  #isOff(e: number): boolean {
    const levels = this.#levels;
    if (this.#isSpoilt[e] === 1 || !levels.isReady(e, 'absolute')) return false;
    return Math.abs(this.#z(e, levels.newest[e])) > AGREEMENT.freezeZ.value;
  }

  /** Standard deviations that a residual of one block, less what is common, is off. */
  #z(e: number, residual: number): number {
    const { plan, families, noise } = this.#levels;
    const { centre, spread, noise: usual, wander } = families[plan.equations.family[e]];
    // an exchange makes its own noise: only so much of it is believed to be the equation's
    const own = Math.max(usual, wander, Math.min(noise[e], MOST_NOISE * usual));
    return (residual - centre) / Math.sqrt(spread ** 2 + own ** 2);
  }

  /** Cords are exchanged on one PDU, GPUs in one host; addresses of BMCs and PDUs anywhere. */
  #scopeOf(p: number): number {
    const { topology, points } = this.#levels.plan;
    const signal = SIGNALS[points.signal[p]].id;
    const entity = points.entity[p];
    if (signal === 'bmcPowerW' || signal === 'pduPowerW') return -1;
    if (signal === 'gpuPowerW') return topology.parent[entity];
    const { positionOf, parentStart, parents, entities } = topology.planes.power;
    const at = positionOf[entity];
    return at >= 0 && parentStart[at] < parentStart[at + 1]
      ? entities[parents[parentStart[at]]]
      : topology.parent[entity];
  }

  #weigh(pair: Followed, values: Float64Array, nowMs: number) {
    const gains = this.gains(pair, values);
    // both sides must gain: one that fits everywhere proves nothing
    const gain = 2 * Math.min(...gains);
    if (Number.isNaN(gain)) return;
    // of sensors that show the same a block says nothing, neither for an exchange nor against it
    const said = gain > 0 ? Math.max(0, gain - ALLOWED_NATS) : gain;
    const step = Math.max(-MAX_STEP_NATS, Math.min(MAX_STEP_NATS, said));
    if (pair.nats + step <= 0) {
      pair.nats = 0;
      return;
    }
    if (pair.nats === 0) pair.sinceMs = nowMs;
    pair.nats = Math.min(pair.nats + step, 4 * AGREEMENT.swapNats.value);
    pair.blocks++;
  }

  /** Nats that the equations of each of the two gain when all that goes with them is exchanged. */
  gains({ first, second }: Pick<Followed, 'first' | 'second'>, values: Float64Array) {
    const pairs = this.#alongWith(first, second);
    if (Number.isNaN(values[first]) || Number.isNaN(values[second])) return [Number.NaN, 0];
    const sides = [0, 1].map(side => this.#equationsOf(pairs.map(pair => pair[side])));
    const before = sides.map(equations => this.#surprise(equations, values));
    exchange(pairs, values);
    const after = sides.map(equations => this.#surprise(equations, values));
    exchange(pairs, values);
    return [0, 1].map(side => {
      let gain = 0;
      before[side].forEach((nats, i) => {
        const left = nats - after[side][i];
        if (!Number.isNaN(left)) gain += left;
      });
      return gain;
    });
  }

  /** Exchanges two points, and all that is exchanged with them, in `values`. */
  exchange({ first, second }: Pick<Followed, 'first' | 'second'>, values: Float64Array) {
    exchange(this.#alongWith(first, second), values);
  }

  forget({ first, second }: Pick<Followed, 'first' | 'second'>) {
    this.#followed.delete(first * this.#levels.plan.points.count + second);
  }

  /** With the address of a BMC all its sensors are exchanged. */
  #alongWith(first: number, second: number): (readonly [number, number])[] {
    const a = alongWith(this.#levels.plan, first);
    const b = alongWith(this.#levels.plan, second);
    if (a.length !== b.length) return [[first, second]];
    return a.map((p, i) => [p, b[i]] as const).filter(([p, q]) => p >= 0 && q >= 0);
  }

  #equationsOf(list: readonly number[]): number[] {
    const { start, equations } = this.#levels.plan.points;
    const found = new Set<number>();
    for (const p of list) for (let i = start[p]; i < start[p + 1]; i++) found.add(equations[i]);
    const levels = this.#levels;
    const { family } = levels.plan.equations;
    // what all parts of a machine share says nothing of an exchange of the whole
    const isAsked = (e: number) => list.length === 1 || !isOfParts(levels.plan, family[e]);
    return [...found].filter(
      e => isAsked(e) && this.#isSpoilt[e] === 0 && levels.isReady(e, 'absolute'),
    );
  }

  #surprise(equations: readonly number[], values: Float64Array): number[] {
    const { residuals, common } = this.#levels;
    return equations.map(e => surprise(this.#z(e, residuals.at(e, values) - common[e])));
  }
}

const BMC_SIGNALS = ['bmcPowerW', 'dcmiPowerW', 'inletTempC', 'exhaustTempC'].map(signalIndex);
const PSU_SIGNAL = signalIndex('psuInputPowerW');

/** The point and, where it is the power of a BMC, whatever else that BMC gives. */
export function alongWith({ topology, points, pointOf }: AgreementPlan, p: number): number[] {
  if (points.signal[p] !== BMC_SIGNALS[0]) return [p];
  const host = points.entity[p];
  const psus = childrenOfKind(topology, host, KIND_INDEX.psu);
  return [
    ...BMC_SIGNALS.map(signal => pointOf(signal, host)),
    ...psus.map(psu => pointOf(PSU_SIGNAL, psu)),
  ];
}

function exchange(pairs: readonly (readonly [number, number])[], values: Float64Array) {
  for (const [a, b] of pairs) {
    const kept = values[a];
    values[a] = values[b];
    values[b] = kept;
  }
}

const isProven = ({ nats, blocks }: Followed) =>
  nats >= AGREEMENT.swapNats.value && blocks >= MIN_BLOCKS;

const shareOne = (a: Pick<Exchange, 'first' | 'second'>, b: Pick<Exchange, 'first' | 'second'>) =>
  [a.first, a.second].some(p => p === b.first || p === b.second);
