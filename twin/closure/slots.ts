/** Finds the slots of a plane, loss by loss: who takes over what, and who is spared what. */
import type { Plane } from '../topology/plane.ts';
import { mergeAlike } from './alike.ts';
import { commonAbove, type Dependence, dependenceOf, worstLosses } from './dependence.ts';
import { type Junctions, junctionsOf, supplyEdges } from './junctions.ts';
import { type Split, splitAfter } from './splits.ts';

/** Slots in the order in which they were found, as columns; see `Redundancy` for their meaning. */
export interface Found {
  readonly dependence: Dependence;
  readonly junctions: Junctions;
  readonly slots: { carrier: number[]; loss: number[]; sparedShare: number[] };
  /** Further losses under which a slot carries the same. */
  readonly alike: { slot: number[]; loss: number[] };
  readonly directs: { slot: number[]; group: number[]; takenShare: number[]; newShare: number[] };
  readonly links: { slot: number[]; above: number[]; share: number[] };
  /** Losses that move a part of the load of each group. */
  readonly lossesOf: readonly (readonly number[])[];
}

export function findSlots(plane: Plane): Found {
  const finder = new SlotFinder(plane);
  for (const [loss, groups] of finder.groupsByLoss()) finder.addLoss(loss, groups);
  return mergeAlike(plane, finder.found);
}

class SlotFinder {
  readonly plane: Plane;
  readonly dependence: Dependence;
  readonly found: Found;
  readonly lossesOf: number[][];
  /** Slot of each position for the loss at hand, where it has one. */
  readonly slotAt: Int32Array;
  /** Splits of the groups that lose a part under the loss at hand. */
  readonly splits = new Map<number, Split>();

  constructor(plane: Plane) {
    this.plane = plane;
    this.dependence = dependenceOf(plane);
    this.slotAt = new Int32Array(plane.count).fill(-1);
    const junctions = junctionsOf(plane);
    this.lossesOf = Array.from({ length: junctions.groupCount }, () => []);
    this.found = {
      dependence: this.dependence,
      junctions,
      slots: { carrier: [], loss: [], sparedShare: [] },
      alike: { slot: [], loss: [] },
      directs: { slot: [], group: [], takenShare: [], newShare: [] },
      links: { slot: [], above: [], share: [] },
      lossesOf: this.lossesOf,
    };
  }

  memberOf(group: number): number {
    const { memberStart, members } = this.found.junctions;
    return members[memberStart[group]];
  }

  /** For every loss that is the worst for some junction: all groups that it takes a part from. */
  groupsByLoss(): Map<number, number[]> {
    const { groupCount } = this.found.junctions;
    const { above } = this.dependence;
    const groupsOf = new Map<number, number[]>();
    const suppliers: number[][] = [[]];
    for (let g = 1; g < groupCount; g++) {
      const edges = supplyEdges(this.plane, this.memberOf(g));
      suppliers.push(edges.map(e => this.plane.parents[e]));
      const takers = suppliers[g].map(p => [p, ...this.upstreamOf(p)]);
      for (const loss of worstLosses(this.dependence, suppliers[g], takers)) groupsOf.set(loss, []);
    }
    for (let g = 1; g < groupCount; g++) {
      const common = suppliers[g].reduce((a, b) => commonAbove(this.dependence, a, b));
      for (const supplier of suppliers[g]) {
        for (let at = supplier; at !== common; at = above[at]) {
          const groups = groupsOf.get(at);
          if (groups && groups[groups.length - 1] !== g) groups.push(g);
        }
      }
    }
    return groupsOf;
  }

  addLoss(loss: number, groups: readonly number[]) {
    this.splits.clear();
    for (const group of groups) {
      const split = splitAfter(this.plane, this.dependence, this.memberOf(group), loss);
      if (split.moved === 0) continue;
      this.splits.set(group, split);
      this.lossesOf[group].push(loss);
    }
    const carriers = this.carriers();
    const upstream = this.upstreamOf(loss);
    const isShared = upstream.some(p => this.slotAt[p] >= 0);
    if (isShared) carriers.push(...this.claim(upstream));
    const { slots } = this.found;
    for (const p of carriers) {
      this.slotAt[p] = slots.carrier.push(p) - 1;
      slots.loss.push(loss);
      slots.sparedShare.push(0);
    }
    for (const [group, split] of this.splits) this.addDirects(group, split);
    for (const p of carriers) this.addLinks(p);
    if (isShared) this.addSpared(loss);
    for (const p of carriers) this.slotAt[p] = -1;
  }

  /** Supply entries of `p` that carry a part under the loss at hand, with their shares. */
  sharesOf(p: number): { readonly edges: readonly number[]; readonly shares: readonly number[] } {
    const split = this.splits.get(this.found.junctions.groupOf[p]);
    if (split) return split;
    const edges = supplyEdges(this.plane, p);
    return { edges, shares: edges.map(e => this.plane.shares[e]) };
  }

  /** Whatever takes over under the loss at hand, and all upstream of it. */
  carriers(): number[] {
    const { parents } = this.plane;
    const carriers: number[] = [];
    const take = (p: number) => {
      const { edges, shares } = this.sharesOf(p);
      edges.forEach((e, i) => {
        if (shares[i] > 0) carriers.push(...this.claim([parents[e]]));
      });
    };
    for (const group of this.splits.keys()) take(this.memberOf(group));
    for (let at = 0; at < carriers.length; at++) take(carriers[at]);
    return carriers;
  }

  /** Those of the positions that have no slot for this loss yet; they get one. */
  claim(positions: readonly number[]): number[] {
    const claimed = positions.filter(p => this.slotAt[p] < 0);
    for (const p of claimed) this.slotAt[p] = 0;
    return claimed;
  }

  /** Everything that carries a part of what `p` draws. */
  upstreamOf(p: number): number[] {
    const { parents, shares } = this.plane;
    const upstream: number[] = [];
    for (let i = -1; i < upstream.length; i++) {
      for (const e of supplyEdges(this.plane, i < 0 ? p : upstream[i])) {
        // A chain upwards has a handful of layers: a search is quicker than a set.
        if (shares[e] > 0 && !upstream.includes(parents[e])) upstream.push(parents[e]);
      }
    }
    return upstream;
  }

  addDirects(group: number, { edges, shares }: Split) {
    const { directs } = this.found;
    edges.forEach((e, i) => {
      if (shares[i] === 0) return;
      directs.slot.push(this.slotAt[this.plane.parents[e]]);
      directs.group.push(group);
      directs.takenShare.push(shares[i] - this.plane.shares[e]);
      directs.newShare.push(shares[i]);
    });
  }

  addLinks(p: number) {
    const { links } = this.found;
    const { edges, shares } = this.sharesOf(p);
    edges.forEach((e, i) => {
      if (shares[i] === 0) return;
      links.slot.push(this.slotAt[p]);
      links.above.push(this.slotAt[this.plane.parents[e]]);
      links.share.push(shares[i]);
    });
  }

  addSpared(loss: number) {
    const { parents, shares } = this.plane;
    for (const e of supplyEdges(this.plane, loss)) {
      if (shares[e] > 0) this.found.slots.sparedShare[this.slotAt[parents[e]]] += shares[e];
    }
  }
}
