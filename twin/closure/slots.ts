/** Finds the slots of a plane, loss by loss: who takes over what, and who is spared what. */
import type { Plane } from '../topology/plane.ts';
import { commonAbove, type Dependence, dependenceOf, worstLosses } from './dependence.ts';
import { type Junctions, junctionsOf, supplyEdges } from './junctions.ts';

/** Slots in the order in which they were found, as columns; see `Redundancy` for their meaning. */
export interface Found {
  readonly junctions: Junctions;
  readonly slots: { carrier: number[]; loss: number[]; sparedShare: number[] };
  readonly directs: { slot: number[]; group: number[]; takenShare: number[]; newShare: number[] };
  readonly links: { slot: number[]; above: number[]; share: number[] };
}

export function findSlots(plane: Plane): Found {
  const finder = new SlotFinder(plane);
  for (const [loss, groups] of finder.groupsByLoss()) finder.addLoss(loss, groups);
  return finder.found;
}

/** How the load of a group of junctions is split after a loss. */
interface Split {
  readonly total: number;
  /** Sum of the shares that are left; 0: only standby is left, and takes equal parts. */
  readonly left: number;
  readonly aliveCount: number;
}

class SlotFinder {
  readonly plane: Plane;
  readonly dependence: Dependence;
  readonly found: Found;
  /** Slot of each position for the loss at hand, where it has one. */
  readonly slotAt: Int32Array;
  readonly splits = new Map<number, Split>();

  constructor(plane: Plane) {
    this.plane = plane;
    this.dependence = dependenceOf(plane);
    this.slotAt = new Int32Array(plane.count).fill(-1);
    this.found = {
      junctions: junctionsOf(plane),
      slots: { carrier: [], loss: [], sparedShare: [] },
      directs: { slot: [], group: [], takenShare: [], newShare: [] },
      links: { slot: [], above: [], share: [] },
    };
  }

  edgesOf(group: number): number[] {
    const { memberStart, members } = this.found.junctions;
    return supplyEdges(this.plane, members[memberStart[group]]);
  }

  /** For every loss that is the worst for some junction: all groups that it takes a part from. */
  groupsByLoss(): Map<number, number[]> {
    const { groupCount } = this.found.junctions;
    const { above } = this.dependence;
    const groupsOf = new Map<number, number[]>();
    const suppliers: number[][] = [[]];
    for (let g = 1; g < groupCount; g++) {
      suppliers.push(this.edgesOf(g).map(e => this.plane.parents[e]));
      for (const loss of worstLosses(this.dependence, suppliers[g])) groupsOf.set(loss, []);
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

  isCutOff(p: number, loss: number): boolean {
    return commonAbove(this.dependence, p, loss) === loss;
  }

  addLoss(loss: number, groups: readonly number[]) {
    this.splits.clear();
    for (const group of groups) this.split(group, loss);
    const carriers = this.carriersOf(loss);
    const isShared = this.upstreamOf(loss).some(p => this.slotAt[p] >= 0);
    if (isShared) carriers.push(...this.claim(this.upstreamOf(loss)));
    const { slots } = this.found;
    for (const p of carriers) {
      this.slotAt[p] = slots.carrier.push(p) - 1;
      slots.loss.push(loss);
      slots.sparedShare.push(0);
    }
    for (const group of this.splits.keys()) this.addDirects(group, loss);
    for (const p of carriers) this.addLinks(p, loss);
    if (isShared) this.addSpared(loss);
    for (const p of carriers) this.slotAt[p] = -1;
  }

  split(group: number, loss: number) {
    const { parents, shares } = this.plane;
    const edges = this.edgesOf(group);
    const alive = edges.filter(e => !this.isCutOff(parents[e], loss));
    const sum = (list: number[]) => list.reduce((total, e) => total + shares[e], 0);
    const total = sum(edges);
    const lost = sum(edges.filter(e => !alive.includes(e)));
    // A standby supplier that is lost moves nothing.
    if (lost > 0) this.splits.set(group, { total, left: sum(alive), aliveCount: alive.length });
  }

  /** Share of the supply entry `e` of `p` while `loss` is out of service. */
  shareAfter(p: number, e: number, loss: number): number {
    const share = this.plane.shares[e];
    const split = this.splits.get(this.found.junctions.groupOf[p]);
    if (split === undefined) return share;
    if (this.isCutOff(this.plane.parents[e], loss)) return 0;
    return split.left > 0 ? (split.total * share) / split.left : split.total / split.aliveCount;
  }

  /** Whatever takes over from the lost one, and all upstream of those. */
  carriersOf(loss: number): number[] {
    const { parents } = this.plane;
    const { memberStart, members } = this.found.junctions;
    const carriers: number[] = [];
    const take = (p: number) => {
      for (const e of supplyEdges(this.plane, p)) {
        if (this.shareAfter(p, e, loss) > 0) carriers.push(...this.claim([parents[e]]));
      }
    };
    for (const group of this.splits.keys()) take(members[memberStart[group]]);
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
    const upstream = new Set<number>();
    const visit = (at: number) => {
      for (const e of supplyEdges(this.plane, at)) {
        if (shares[e] === 0 || upstream.has(parents[e])) continue;
        upstream.add(parents[e]);
        visit(parents[e]);
      }
    };
    visit(p);
    return [...upstream];
  }

  addDirects(group: number, loss: number) {
    const { parents, shares } = this.plane;
    const { memberStart, members } = this.found.junctions;
    const { directs } = this.found;
    for (const e of this.edgesOf(group)) {
      const newShare = this.shareAfter(members[memberStart[group]], e, loss);
      if (newShare === 0) continue;
      directs.slot.push(this.slotAt[parents[e]]);
      directs.group.push(group);
      directs.takenShare.push(newShare - shares[e]);
      directs.newShare.push(newShare);
    }
  }

  addLinks(p: number, loss: number) {
    const { links } = this.found;
    for (const e of supplyEdges(this.plane, p)) {
      const share = this.shareAfter(p, e, loss);
      if (share === 0) continue;
      links.slot.push(this.slotAt[p]);
      links.above.push(this.slotAt[this.plane.parents[e]]);
      links.share.push(share);
    }
  }

  addSpared(loss: number) {
    const { parents, shares } = this.plane;
    for (const e of supplyEdges(this.plane, loss)) {
      if (shares[e] > 0) this.found.slots.sparedShare[this.slotAt[parents[e]]] += shares[e];
    }
  }
}
