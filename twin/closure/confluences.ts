/**
 * Confluences: where the load of one junction meets again further up, after it was split over
 * several suppliers (two feeds under one switchgear, CRAHs on the same chillers). Each supplier on
 * its own sees only its part arrive there; the confluence knows the whole, of everything upstream.
 *
 * There is one for a group of junctions with everything in service, and one for each loss that
 * changes how its load flows or what flows there; none where nothing upstream is shared, as with
 * feeds A and B that come from different grids.
 */
import type { Plane } from '../topology/plane.ts';
import type { Redundancy } from './redundancy.ts';
import type { Found } from './slots.ts';
import { isCutOff, splitAfter } from './splits.ts';

interface Confluence {
  readonly group: number;
  /** Position that is lost; -1: none. */
  readonly loss: number;
  /** What flows where for one unit drawn by the junction, from consumers to sources. */
  readonly steps: readonly Step[];
  /** Everything on those ways, with its slot under the loss; -1 where it has none. */
  readonly reached: readonly Reached[];
  /** Slots of the members under this loss, those nearest to the sources first. */
  readonly slots: readonly number[];
}

interface Step {
  /** -1: the junction itself. */
  readonly from: number;
  readonly to: number;
  /** Entry of the supply in the parent arrays. */
  readonly edge: number;
  readonly share: number;
  /** Slot of `from` under the loss, for its load then; -1 where it has none. */
  readonly slot: number;
}

interface Reached {
  readonly position: number;
  readonly slot: number;
}

/** Confluences as columns, for the passes. */
export interface ConfluenceTable {
  readonly count: number;
  readonly group: Int32Array;
  readonly stepStart: Int32Array;
  readonly stepFrom: Int32Array;
  readonly stepTo: Int32Array;
  /** Entry in the parent arrays; -1 under a loss, which has shares of its own. */
  readonly stepEdge: Int32Array;
  readonly stepShare: Float64Array;
  readonly stepSlot: Int32Array;
  readonly reachedStart: Int32Array;
  readonly reachedPosition: Int32Array;
  readonly reachedSlot: Int32Array;
  /** The confluence of a group with everything in service; -1 where its load meets nowhere. */
  readonly plainOf: Int32Array;
  /** Its confluences under losses: `lossList[lossStart[g] .. lossStart[g + 1])`. */
  readonly lossStart: Int32Array;
  readonly lossList: Int32Array;
  /** 1 for direct entries of a group whose loss has a confluence, which says more. */
  readonly isMet: Uint8Array;
  /** Slots that a confluence bounds: `slotList[slotStart[c] .. slotStart[c + 1])`. */
  readonly slotStart: Int32Array;
  readonly slotList: Int32Array;
  /** Confluence of each slot, or -1. */
  readonly ofSlot: Int32Array;
  /** What flows to each position; zero but for the confluence at hand. */
  readonly flow: Float64Array;
}

export function confluenceTable(
  plane: Plane,
  found: Found,
  redundancy: Redundancy,
): ConfluenceTable {
  const list = findConfluences(plane, found, redundancy);
  const steps = list.flatMap(({ steps }) => steps);
  const reached = list.flatMap(({ reached }) => reached);
  const underLoss = list
    .map((_, c) => c)
    .filter(c => list[c].loss >= 0)
    .sort((a, b) => list[a].group - list[b].group || a - b);
  const plainOf = new Int32Array(redundancy.groupCount).fill(-1);
  const ofSlot = new Int32Array(redundancy.slotCount).fill(-1);
  list.forEach(({ group, loss, slots }, c) => {
    if (loss < 0) plainOf[group] = c;
    for (const slot of slots) ofSlot[slot] = c;
  });
  const lossStart = new Int32Array(redundancy.groupCount + 1);
  for (const c of underLoss) lossStart[list[c].group + 1]++;
  for (let g = 0; g < redundancy.groupCount; g++) lossStart[g + 1] += lossStart[g];
  const isMet = new Uint8Array(redundancy.directSlot.length);
  for (const { group, loss } of list) {
    for (let i = redundancy.takeoverStart[group]; i < redundancy.takeoverStart[group + 1]; i++) {
      const entry = redundancy.takeoverEntry[i];
      if (redundancy.loss[redundancy.directSlot[entry]] === loss) isMet[entry] = 1;
    }
  }
  return {
    count: list.length,
    group: Int32Array.from(list, ({ group }) => group),
    stepStart: startsOf(list.map(({ steps }) => steps.length)),
    stepFrom: Int32Array.from(steps, ({ from }) => from),
    stepTo: Int32Array.from(steps, ({ to }) => to),
    stepEdge: Int32Array.from(
      list.flatMap(({ loss, steps }) => steps.map(({ edge }) => (loss < 0 ? edge : -1))),
    ),
    stepShare: Float64Array.from(steps, ({ share }) => share),
    stepSlot: Int32Array.from(steps, ({ slot }) => slot),
    reachedStart: startsOf(list.map(({ reached }) => reached.length)),
    reachedPosition: Int32Array.from(reached, ({ position }) => position),
    reachedSlot: Int32Array.from(reached, ({ slot }) => slot),
    plainOf,
    lossStart,
    lossList: Int32Array.from(underLoss),
    isMet,
    slotStart: startsOf(list.map(({ slots }) => slots.length)),
    slotList: Int32Array.from(list.flatMap(({ slots }) => slots)),
    ofSlot,
    flow: new Float64Array(plane.count),
  };
}

function startsOf(lengths: readonly number[]): Int32Array {
  const start = new Int32Array(lengths.length + 1);
  lengths.forEach((length, i) => {
    start[i + 1] = start[i] + length;
  });
  return start;
}

function findConfluences(plane: Plane, found: Found, redundancy: Redundancy): Confluence[] {
  const finder = new Finder(plane, found, redundancy);
  const confluences: Confluence[] = [];
  for (let g = 1; g < redundancy.groupCount; g++) {
    if (!finder.mayMeet(g)) continue;
    for (const loss of [-1, ...finder.lossesFor(g)]) {
      const confluence = finder.confluence(g, loss);
      if (confluence) confluences.push(confluence);
    }
  }
  return confluences;
}

class Finder {
  readonly plane: Plane;
  readonly found: Found;
  readonly redundancy: Redundancy;
  /** Walk that last came by each position. */
  readonly seenFrom: Int32Array;
  readonly waiting: number[] = [];
  lastSeen = 0;

  constructor(plane: Plane, found: Found, redundancy: Redundancy) {
    this.plane = plane;
    this.found = found;
    this.redundancy = redundancy;
    this.seenFrom = new Int32Array(plane.count);
  }

  membersOf(group: number): Int32Array {
    const { members, memberStart } = this.redundancy;
    return members.subarray(memberStart[group], memberStart[group + 1]);
  }

  /** Losses that move load on the way up from the group, and those its members carry for. */
  lossesFor(group: number): Set<number> {
    const { groupOf, slotStart, slotList, loss } = this.redundancy;
    const losses = new Set<number>();
    const members = this.membersOf(group);
    for (const p of [members[0], ...this.reached(members[0], -1)]) {
      for (const lost of this.found.lossesOf[groupOf[p]]) losses.add(lost);
    }
    for (const p of members) {
      for (let i = slotStart[p]; i < slotStart[p + 1]; i++) losses.add(loss[slotList[i]]);
    }
    return losses;
  }

  reached(junction: number, loss: number): number[] {
    return this.stepsFrom(junction, loss).map(({ to }) => to);
  }

  confluence(group: number, loss: number): Confluence | undefined {
    const members = this.membersOf(group);
    const junction = members.find(p => p !== loss);
    if (junction === undefined || this.isCutOff(junction, loss)) return undefined;
    const steps = this.stepsFrom(junction, loss);
    const positions = [...new Set(steps.map(({ to }) => to))];
    const reached = positions.map(position => ({ position, slot: this.slotOf(position, loss) }));
    const slots = [...members].map(p => this.slotOf(p, loss)).filter(slot => slot >= 0);
    return { group, loss, steps, reached, slots: slots.sort((a, b) => b - a) };
  }

  slotOf(p: number, lost: number): number {
    const { slotStart, slotList, loss } = this.redundancy;
    if (p < 0 || lost < 0) return -1;
    for (let i = slotStart[p]; i < slotStart[p + 1]; i++) {
      if (loss[slotList[i]] === lost) return slotList[i];
    }
    return -1;
  }

  /** Every way up that carries a part of the junction's load, those from consumers first. */
  stepsFrom(junction: number, loss: number): Step[] {
    const { parents } = this.plane;
    const steps: Step[] = [];
    const seen = new Set([junction]);
    const waiting = [junction];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const { edges, shares } = splitAfter(this.plane, this.found.dependence, at, loss);
      const from = at === junction ? -1 : at;
      const slot = this.slotOf(from, loss);
      edges.forEach((e, i) => {
        // A what-if may bring standby suppliers into service: with no loss they are kept in mind.
        if (shares[i] === 0 && loss >= 0) return;
        steps.push({ from, to: parents[e], edge: e, share: shares[i], slot });
        if (!seen.has(parents[e])) waiting.push(parents[e]);
        seen.add(parents[e]);
      });
    }
    const rank = (from: number) => (from < 0 ? this.plane.count : from);
    return steps.sort((a, b) => rank(b.from) - rank(a.from));
  }

  /** Whether any two suppliers have something upstream in common, in service or on standby. */
  mayMeet(group: number): boolean {
    const { parentStart, parents, isAccounting } = this.plane;
    const junction = this.redundancy.members[this.redundancy.memberStart[group]];
    const { seenFrom, waiting } = this;
    const first = this.lastSeen + 1;
    for (let e = parentStart[junction]; e < parentStart[junction + 1]; e++) {
      if (isAccounting[e] === 1) continue;
      this.lastSeen++;
      waiting.push(parents[e]);
      for (let p = waiting.pop(); p !== undefined; p = waiting.pop()) {
        if (seenFrom[p] >= first && seenFrom[p] !== this.lastSeen) {
          waiting.length = 0;
          return true;
        }
        if (seenFrom[p] === this.lastSeen) continue;
        seenFrom[p] = this.lastSeen;
        for (let i = parentStart[p]; i < parentStart[p + 1]; i++) {
          if (isAccounting[i] === 0) waiting.push(parents[i]);
        }
      }
    }
    return false;
  }

  isCutOff(p: number, loss: number): boolean {
    return loss >= 0 && isCutOff(this.found.dependence, p, loss);
  }
}
