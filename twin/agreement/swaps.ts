/**
 * Exchanged sensors: cords, feeds, BMCs or PDUs that stand in each other's place. Each exchange is
 * one hypothesis with all its parts. Block after block it is asked how well the equations of both
 * sides were foretold with the values exchanged, and how well as they are.
 */
import { AGREEMENT } from '../tables/agreement.ts';
import { SIGNALS } from '../tables/signals.ts';
import { childrenOfKind } from '../topology/walk.ts';
import { addressOf, exchangesOf, type PointPair, scopeOf } from './exchanges.ts';
import { type Foretold, foretell } from './foretell.ts';
import type { Levels } from './levels.ts';
import type { Parts } from './parts.ts';

/** Exchanges that are followed at one time; beyond it new ones wait. */
const MAX_FOLLOWED = 4096;
/** Points of one signal that are paired with one another. */
const MAX_SUSPECTS = 120;
/** A sum of more hides an exchange; equations of fewer show it. */
const MAX_MEMBERS = 16;
/** No block alone proves or refutes more, nats a side. */
const MAX_STEP_NATS = 12;
/**
 * Blocks that must speak for it on both sides. Whatever one address answers is read at one instant:
 * a load that changes just then puts all of it off at once.
 */
const MIN_BLOCKS = 2;
const MIN_BLOCKS_OF_ADDRESS = 3;
const LEAST_STEP_NATS = 0.5;
const EQUATIONS_A_PART = 20_000;
const FOLLOWED_A_PART = 20;

export interface Exchange {
  /** All points that stand in each other's place, and those that are reported. */
  readonly pairs: readonly PointPair[];
  readonly shown: readonly PointPair[];
  readonly nats: number;
  /** All that it explains, nats: of two that explain the same things, the one that explains more. */
  readonly explainedNats: number;
  readonly sinceMs: number;
  readonly isFromStart: boolean;
  /** Otherwise it is only likely, and keeps others from being believed. */
  readonly isProven: boolean;
}

interface Followed extends Omit<Exchange, 'isProven'> {
  nats: number;
  explainedNats: number;
  /** Blocks in which both sides gained. */
  blocks: number;
  readonly sides: readonly Side[];
}

/** One of the two places: what its equations say, as they are and exchanged. */
interface Side {
  nats: number;
  readonly tests: readonly Test[];
}

interface Test {
  readonly e: number;
  /** As it is, against its past and against what is usual; and exchanged. */
  readonly past: Foretold;
  readonly usual: Foretold;
  readonly exchanged: Foretold;
  /** How well each has foretold the blocks so far, nats. */
  pastNats: number;
  usualNats: number;
  exchangedNats: number;
}

export class Swaps {
  readonly #levels: Levels;
  readonly #followed = new Map<string, Followed>();
  /** Equations of sensors that lie in another way: they prove no exchange. */
  readonly #isSpoilt: Uint8Array;

  constructor(levels: Levels, isSpoilt: Uint8Array) {
    this.#levels = levels;
    this.#isSpoilt = isSpoilt;
  }

  /** Points of exchanges that are likely and not proven: no other guess is made of them. */
  *pending(): Generator<number> {
    for (const { pairs, nats } of this.#followed.values()) {
      if (isLikely({ nats })) for (const pair of pairs) yield* pair;
    }
  }

  /** Takes the block that ended at `nowMs`. @returns the likely exchanges, most explaining first */
  *review(values: Float64Array, nowMs: number, isFirst: boolean): Parts<Exchange[]> {
    yield* this.#follow(nowMs, isFirst);
    const likely: Exchange[] = [];
    let done = 0;
    for (const [key, each] of this.#followed) {
      if (++done % FOLLOWED_A_PART === 0) yield;
      this.#weigh(each, values);
      if (each.nats <= 0) this.#followed.delete(key);
      else if (isLikely(each)) likely.push({ ...each, isProven: isProven(each) });
    }
    // of exchanges as likely, that of the same slot is the plainest
    return likely.sort(
      (a, b) => b.explainedNats - a.explainedNats || this.#slotsApart(a) - this.#slotsApart(b),
    );
  }

  #slotsApart({ pairs }: Exchange): number {
    const { points, topology } = this.#levels.plan;
    const slot = (p: number) => {
      const entity = points.entity[p];
      const { parent, kind } = topology;
      return childrenOfKind(topology, parent[entity], kind[entity]).indexOf(entity);
    };
    return Math.abs(slot(pairs[0][0]) - slot(pairs[0][1]));
  }

  /** Takes up the exchanges among the points of equations that deviate. */
  *#follow(nowMs: number, isFirst: boolean): Parts {
    const suspects = yield* this.#suspects();
    for (const points of suspects.values()) {
      yield;
      for (const { pairs, shown } of exchangesOf(this.#levels.plan, points)) {
        const key = keyOf(pairs);
        if (this.#followed.has(key) || this.#followed.size >= MAX_FOLLOWED) continue;
        const sides = [0, 1].map(side => this.#sideOf(pairs, side));
        if (sides.some(({ tests }) => tests.length === 0)) continue;
        const fresh = {
          sinceMs: nowMs,
          isFromStart: isFirst,
          nats: 0,
          explainedNats: 0,
          blocks: 0,
        };
        this.#followed.set(key, { pairs, shown, sides, ...fresh });
      }
    }
  }

  /** Points by signal and scope, of which some equation deviates to which they matter. */
  *#suspects(): Parts<Map<string, number[]>> {
    const { plan } = this.#levels;
    const { points, equations } = plan;
    const byScope = new Map<string, Set<number>>();
    for (let e = 0; e < equations.count; e++) {
      if (e % EQUATIONS_A_PART === 0) yield;
      if (!this.#isOff(e)) continue;
      const isSum = equations.start[e + 1] - equations.start[e] > MAX_MEMBERS;
      const end = isSum ? equations.middle[e] : equations.start[e + 1];
      for (let i = equations.start[e]; i < end; i++) {
        const p = addressOf(plan, equations.point[i]);
        if (p < 0) continue;
        const key = `${points.signal[p]} ${scopeOf(plan, p)}`;
        const known = byScope.get(key);
        if (known) known.add(p);
        else byScope.set(key, new Set([p]));
      }
    }
    const sorted = (set: ReadonlySet<number>) => [...set].sort((a, b) => a - b);
    return new Map([...byScope].map(([key, set]) => [key, sorted(set).slice(0, MAX_SUSPECTS)]));
  }

  #isOff(e: number): boolean {
    if (this.#isSpoilt[e] === 1) return false;
    const levels = this.#levels;
    if (!levels.isReady(e, 'absolute')) return false;
    const least = AGREEMENT.freezeZ.value;
    if (Math.abs(levels.z(e, 'absolute')) > least) return true;
    if (levels.isReady(e, 'change') && Math.abs(levels.z(e, 'change')) > least) return true;
    // loads that part for one block only
    const { mean, variance } = this.#asItIs(e);
    const sd = Math.sqrt(variance + this.#noise(e) ** 2);
    return Math.abs(levels.newest[e] - levels.common.absolute[e] - mean) > least * sd;
  }

  /** What an equation shows when nothing is exchanged: its past, or what is usual. */
  #asItIs(e: number): Foretold {
    const { families, base, baseBlocks, plan } = this.#levels;
    const { centre, spread } = families[plan.equations.family[e]];
    if (!this.#levels.isReady(e, 'change')) return { mean: centre, variance: spread ** 2 };
    return { mean: base[e], variance: this.#noise(e) ** 2 / baseBlocks[e] };
  }

  #exchanged(e: number): Foretold {
    const { centre, spread } = this.#levels.families[this.#levels.plan.equations.family[e]];
    return { mean: centre, variance: spread ** 2 };
  }

  /** Standard deviation of one block: an exchange makes its own noise, which is not believed. */
  #noise(e: number): number {
    const family = this.#levels.plan.equations.family[e];
    const { noise, wander, spread } = this.#levels.families[family];
    // a model strays, with fans and processors, by more than its noise
    const stray = this.#levels.plan.families[family].row.fitted ? spread / 2 : 0;
    const own = Math.max(noise, Math.min(this.#levels.noise[e], 1.5 * noise));
    return Math.hypot(own, wander, stray);
  }

  #sideOf(pairs: readonly PointPair[], side: number): Side {
    const { points, equations } = this.#levels.plan;
    const own = new Set(pairs.map(pair => pair[side]));
    const found = new Set<number>();
    for (const p of own) {
      if (SIGNALS[points.signal[p]].unit !== 'W') continue;
      for (let i = points.start[p]; i < points.start[p + 1]; i++) found.add(points.equations[i]);
    }
    // an equation between the exchanged alone holds in either place
    const isOutside = (e: number) =>
      equations.point.subarray(equations.start[e], equations.start[e + 1]).some(p => !own.has(p));
    const fit = [...found].filter(
      e => isOutside(e) && this.#isSpoilt[e] === 0 && this.#levels.isReady(e, 'absolute'),
    );
    // exchanging the other half of a load makes its shares agree too: they decide only alone
    const sharp = fit.filter(e => !this.#levels.plan.families[equations.family[e]].row.isMean);
    const tests = (sharp.length > 0 ? sharp : fit).map(e => ({
      ...{ e, past: this.#asItIs(e), usual: this.#exchanged(e), exchanged: this.#exchanged(e) },
      ...{ pastNats: 0, usualNats: 0, exchangedNats: 0 },
    }));
    return { nats: 0, tests };
  }

  #weigh(each: Followed, values: Float64Array) {
    const { residuals } = this.#levels;
    const { pairs, sides } = each;
    const read = () => sides.map(({ tests }) => tests.map(({ e }) => residuals.at(e, values)));
    const asIs = read();
    exchange(pairs, values);
    const exchanged = read();
    exchange(pairs, values);
    let isGaining = true;
    sides.forEach((side, s) => {
      let step = 0;
      side.tests.forEach((test, i) => {
        step += this.#stepOf(test, asIs[s][i], exchanged[s][i]);
      });
      each.explainedNats += step;
      isGaining &&= step > LEAST_STEP_NATS;
      const most = 4 * AGREEMENT.swapNats.value;
      side.nats += Math.max(-MAX_STEP_NATS, Math.min(MAX_STEP_NATS, step));
      side.nats = Math.min(side.nats, most / 2);
    });
    // both sides must gain: one that fits everywhere proves nothing
    each.nats = 2 * Math.min(...sides.map(side => side.nats));
    if (isGaining) each.blocks++;
  }

  /** Nats by which the exchange foretold this block better. */
  #stepOf(test: Test, is: number, would: number): number {
    const { e } = test;
    if (this.#isSpoilt[e] === 1 || Number.isNaN(is) || Number.isNaN(would)) return 0;
    // the same sum either way
    if (Math.abs(is - would) < 1e-9) return 0;
    const noise = this.#noise(e);
    const before = test.exchangedNats - Math.max(test.pastNats, test.usualNats);
    test.pastNats += foretell(test.past, is, noise);
    test.usualNats += foretell(test.usual, is, noise);
    test.exchangedNats += foretell(test.exchanged, would, noise);
    return test.exchangedNats - Math.max(test.pastNats, test.usualNats) - before;
  }

  /** Equations of the exchange. */
  equationsOf({ pairs }: Exchange): number[] {
    return [0, 1].flatMap(side => this.#sideOf(pairs, side).tests.map(({ e }) => e));
  }
}

const keyOf = (pairs: readonly PointPair[]) => pairs.map(pair => pair.join('-')).join(' ');

function exchange(pairs: readonly PointPair[], values: Float64Array) {
  for (const [a, b] of pairs) {
    const kept = values[a];
    values[a] = values[b];
    values[b] = kept;
  }
}

const isLikely = ({ nats }: Pick<Followed, 'nats'>) => nats >= AGREEMENT.likelySwapNats.value;

const isProven = ({ nats, blocks, pairs, shown }: Followed) =>
  nats >= AGREEMENT.swapNats.value &&
  blocks >= (pairs.length > shown.length ? MIN_BLOCKS_OF_ADDRESS : MIN_BLOCKS);
