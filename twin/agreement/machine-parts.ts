/**
 * What the parts of one machine share: they move alike with air, fans and kernels, and the readings
 * of its supplies are aliased alike. No faulty sensor does that.
 */

import type { Parts } from '../parts.ts';
import { LEARNING } from '../tables/agreement-learning.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import type { Loads } from './loads.ts';
import type { AgreementPlan } from './plan.ts';

/** GPUs share air and kernels; supplies are read at one instant, which waves of training alias. */
const PART_KINDS: ReadonlySet<number> = new Set([KIND_INDEX.gpu, KIND_INDEX.psu]);
const MIN_PARTS = LEARNING.leastParts.value;
const ALIKE_RATIO = LEARNING.alikeRatio.value;
const ALIKE_LEAST = LEARNING.alikeLeast.value;
const ALIAS_KEEP = LEARNING.aliasKeep.value;
/** Equations between pauses. */
export const EQUATIONS_A_PART = 5000;

/** Whether the equations of a family are about parts of machines, and move alike. */
export function isOfParts({ families, topology, equations }: AgreementPlan, f: number): boolean {
  const { members, row } = families[f];
  // a comparison with the other parts has no common movement to take out
  return !row.isMean && PART_KINDS.has(topology.kind[equations.owner[members[0]]]);
}

/** One block: its values, and the residuals, from which what is shared is taken out in place. */
interface BlockNow {
  readonly values: Float64Array;
  readonly residuals: Float32Array;
  /** Blocks of each equation before this one. */
  readonly blocks: Uint32Array;
}

export class MachineParts {
  /** What the parts of one machine have moved alike in the newest block. */
  readonly common: Float32Array;
  readonly #plan: AgreementPlan;
  readonly #loads: Loads;
  /** What the supplies of a host have been off alike lately. */
  readonly #alias: Float32Array;
  readonly columns: readonly Float32Array[];

  constructor(plan: AgreementPlan, loads: Loads) {
    this.common = new Float32Array(plan.equations.count);
    this.#plan = plan;
    this.#loads = loads;
    this.#alias = new Float32Array(plan.topology.ids.length);
    this.columns = [this.common, this.#alias];
  }

  /** What the supplies of a host have been off alike lately; 0 of anything else. */
  aliasOf(entity: number): number {
    return this.#alias[entity];
  }

  /** What compares parts as if they did the same is silent where their work is known. */
  silence(blind: Int32Array, { values, residuals }: BlockNow): void {
    const { owner } = this.#plan.equations;
    for (const e of blind) {
      if (!Number.isNaN(this.#loads.workOf(owner[e], values))) residuals[e] = Number.NaN;
    }
  }

  /**
   * Takes out what the parts of each machine that do the same work have moved alike. A part that no
   * other is like says only what is gross. Parts are neighbours.
   * @param centre usual residual of family `f`
   */
  *takeOut(f: number, centre: number, block: BlockNow): Parts {
    const { families, equations, topology } = this.#plan;
    const { members } = families[f];
    const machineOf = (i: number) => topology.parent[equations.owner[members[i]]];
    for (let from = 0, to = 0, pause = 0; from < members.length; from = to) {
      if (from >= pause) {
        yield;
        pause += EQUATIONS_A_PART;
      }
      for (to = from; to < members.length && machineOf(to) === machineOf(from); ) to++;
      this.#takeOutOf(members.subarray(from, to), centre, block);
    }
  }

  #takeOutOf(parts: Int32Array, centre: number, { values, residuals, blocks }: BlockNow) {
    const { equations, families } = this.#plan;
    const { most } = families[equations.family[parts[0]]].row;
    const works = Array.from(parts, e => this.#loads.workOf(equations.owner[e], values));
    const off = Array.from(parts, e => residuals[e] - centre);
    const usual = sharedBy(off);
    this.#followAlias(equations.owner[parts[0]], usual ?? 0);
    parts.forEach((e, i) => {
      this.#loads.follow(e, works[i], blocks[e] === 0);
      const shared = sharedBy(off.filter((_, j) => isAlike(works[i], works[j])));
      this.common[e] = shared ?? usual ?? 0;
      residuals[e] -= this.common[e];
      const isAlone = usual !== undefined && shared === undefined;
      if (isAlone && Math.abs(off[i] - usual) < most.value) residuals[e] = Number.NaN;
    });
  }

  #followAlias(part: number, shared: number) {
    const { kind, parent } = this.#plan.topology;
    if (kind[part] !== KIND_INDEX.psu) return;
    const host = parent[part];
    this.#alias[host] = Math.max(Math.abs(shared), ALIAS_KEEP * this.#alias[host]);
  }
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
export const isAlike = (a: number, b: number) =>
  Number.isNaN(a) ? Number.isNaN(b) : Math.abs(a - b) <= ALIKE_LEAST + ALIKE_RATIO * a;
