/**
 * Exchanged sensors: two points of one signal, each of which fits the other's place. The evidence
 * is summed over blocks: how much likelier are the equations of both with their values exchanged.
 */

import type { Parts } from '../parts.ts';
import { AGREEMENT } from '../tables/agreement.ts';
import { LEARNING } from '../tables/agreement-learning.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import { SIGNALS } from '../tables/signals.ts';
import { childrenOfKind } from '../topology/walk.ts';
import type { Kept } from './keep.ts';
import type { Levels } from './levels.ts';
import { isKnownByPast, type Pair, SwapGains } from './swap-gains.ts';

/** Exchanges that are followed at one time; beyond it new ones wait. */
const MAX_PAIRS = 4096;
/** Points of one signal that are paired with one another. */
const MAX_SUSPECTS = 120;
const MAX_STEP_NATS = LEARNING.mostSwapStepNats.value;
const MIN_BLOCKS = LEARNING.leastSwapBlocks.value;
const PENDING_PART = LEARNING.pendingSwapPart.value;
const ALLOWED_NATS = LEARNING.allowedSwapNats.value;
const BESIDE_NATS = LEARNING.besideSwapNats.value;
const EQUATIONS_A_PART = 20_000;
const PAIRS_A_PART = 20;

export interface Exchange extends Pair {
  readonly nats: number;
  readonly sinceMs: number;
  readonly isFromStart: boolean;
}

interface Followed extends Pair {
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
  readonly gains: SwapGains;
  readonly kept: Kept<readonly (readonly [number, Followed])[]> = {
    columns: [],
    notes: () => [...this.#followed],
    recall: followed => {
      for (const [key, pair] of followed) this.#followed.set(key, pair);
    },
  };

  /** @param isSpoilt equations of sensors that lie in another way: they prove no exchange */
  constructor(levels: Levels, isSpoilt: Uint8Array) {
    this.#levels = levels;
    this.gains = new SwapGains(levels, isSpoilt);
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
      for (const other of others) this.gains.exchange(other, values);
      this.#weigh(pair, values, nowMs);
      for (const other of others) this.gains.exchange(other, values);
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

  #slotsApart({ first, second }: Pair): number {
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
      const isOff = this.gains.isOff(e, 'absolute');
      if (!isOff && !this.gains.isOff(e, 'change')) continue;
      for (let i = equations.start[e]; i < equations.start[e + 1]; i++) {
        const p = equations.point[i];
        // a sum of many hides an exchange; its equations of few show it
        if (equations.start[e + 1] - equations.start[e] > 16) continue;
        if (!EXCHANGED.has(SIGNALS[points.signal[p]].id)) continue;
        if (!isOff && !isKnownByPast(points.signal[p])) continue;
        const key = `${points.signal[p]} ${this.#scopeOf(p)}`;
        const known = byScope.get(key);
        if (known) known.add(p);
        else byScope.set(key, new Set([p]));
      }
    }
    return byScope;
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
    const gain = this.gains.ofBlock(pair, values);
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

  forget({ first, second }: Pair) {
    this.#followed.delete(first * this.#levels.plan.points.count + second);
  }
}

const isProven = ({ nats, blocks }: Followed) =>
  nats >= AGREEMENT.swapNats.value && blocks >= MIN_BLOCKS;

const shareOne = (a: Pair, b: Pair) =>
  [a.first, a.second].some(p => p === b.first || p === b.second);
