/** Finds the confluences of a plane; see `confluences.ts` for what they are. */
import type { Plane } from '../topology/plane.ts';
import { supplyEdges } from './junctions.ts';
import type { Losses } from './losses.ts';
import type { Redundancy } from './redundancy.ts';
import type { Found } from './slots.ts';
import { isCutOff, splitAfter } from './splits.ts';

export interface Confluence {
  /** Position that is lost; -1: none. */
  readonly loss: number;
  /** Groups of junctions whose load takes these ways. */
  readonly groups: number[];
  /** Where the parts of a junction's load have got to before they can meet, with each part. */
  readonly seeds: readonly (readonly [position: number, part: number])[];
  /** All ways up from there, from consumers to sources. */
  readonly steps: readonly Step[];
  /** The seeds and all above them. */
  readonly reached: readonly number[];
}

interface Step {
  readonly from: number;
  readonly to: number;
  /** Entry of the supply in the parent arrays. */
  readonly edge: number;
  readonly share: number;
}

interface Seed {
  part: number;
  /** How many of the junction's suppliers lead here. */
  ways: number;
}

/** What the search goes by. */
export interface FinderInput {
  readonly plane: Plane;
  readonly losses: Losses;
  readonly found: Found;
  readonly redundancy: Redundancy;
}

export function findConfluences(input: FinderInput): Confluence[] {
  const finder = new Finder(input);
  const known = new Map<string, Confluence>();
  for (let g = 1; g < input.redundancy.groupCount; g++) {
    if (!finder.mayMeet(g)) continue;
    for (const loss of [-1, ...finder.lossesFor(g)]) {
      const junction = finder.membersOf(g).find(p => p !== loss);
      if (junction === undefined || finder.isCutOff(junction, loss)) continue;
      const seeds = finder.seedsOf(junction, loss);
      const key = `${loss} ${[...seeds].map(([p, { part, ways }]) => `${p}:${part}:${ways}`)}`;
      const confluence = known.get(key) ?? finder.confluence(seeds, loss);
      if (!confluence) continue;
      known.set(key, confluence);
      confluence.groups.push(g);
    }
  }
  return [...known.values()];
}

class Finder {
  readonly plane: Plane;
  readonly losses: Losses;
  readonly found: Found;
  readonly redundancy: Redundancy;
  /** Walk that last came by each position. */
  readonly seenFrom: Int32Array;
  readonly waiting: number[] = [];
  lastSeen = 0;

  constructor({ plane, losses, found, redundancy }: FinderInput) {
    this.plane = plane;
    this.losses = losses;
    this.found = found;
    this.redundancy = redundancy;
    this.seenFrom = new Int32Array(plane.count);
  }

  membersOf(group: number): Int32Array {
    const { members, memberStart } = this.redundancy;
    return members.subarray(memberStart[group], memberStart[group + 1]);
  }

  isCutOff(p: number, loss: number): boolean {
    return loss >= 0 && isCutOff(this.found.dependence, p, loss);
  }

  /** Losses that move load on the way up from the group, and those its members carry for. */
  lossesFor(group: number): Set<number> {
    const { groupOf, slotStart, slotList, loss } = this.redundancy;
    const losses = new Set(this.found.lossesOf[group]);
    const members = this.membersOf(group);
    for (const p of this.upstreamOf(members[0])) {
      for (const lost of this.found.lossesOf[groupOf[p]]) losses.add(lost);
    }
    for (const p of members) {
      for (let i = slotStart[p]; i < slotStart[p + 1]; i++) losses.add(loss[slotList[i]]);
    }
    return losses;
  }

  upstreamOf(p: number): number[] {
    const { parentStart, parents, isAccounting } = this.plane;
    const upstream: number[] = [];
    for (let i = -1; i < upstream.length; i++) {
      const at = i < 0 ? p : upstream[i];
      for (let e = parentStart[at]; e < parentStart[at + 1]; e++) {
        if (isAccounting[e] === 0 && !upstream.includes(parents[e])) upstream.push(parents[e]);
      }
    }
    return upstream;
  }

  /** The supply of a position that passes on all it gets to one supplier; else -1. */
  onlySupply(p: number): number {
    if (this.losses.isLossy[p] === 1) return -1;
    const edges = supplyEdges(this.plane, p);
    return edges.length === 1 ? edges[0] : -1;
  }

  /**
   * Follows each part up single supplies, where it only passes through, to where it splits again,
   * loses something or meets another part; so hosts with PSUs of their own come to one place.
   */
  seedsOf(junction: number, loss: number): Map<number, Seed> {
    const { parents, shares } = this.plane;
    const seeds = new Map<number, Seed>();
    const add = (p: number, { part, ways }: Seed) => {
      const seed = seeds.get(p);
      seeds.set(p, { part: part + (seed?.part ?? 0), ways: ways + (seed?.ways ?? 0) });
    };
    const split = splitAfter(this.plane, this.found.dependence, junction, loss);
    split.edges.forEach((e, i) => {
      // A what-if may bring standby suppliers into service: with no loss they are kept in mind.
      if (split.shares[i] > 0 || loss < 0) add(parents[e], { part: split.shares[i], ways: 1 });
    });
    const settled = new Set<number>();
    // Upstream of what has settled, parts may meet anywhere.
    const meeting = new Set<number>();
    while (settled.size < seeds.size) {
      // Nearest to the consumers first: whatever else comes to a position has come by then.
      const at = Math.max(...[...seeds.keys()].filter(p => !settled.has(p)));
      const seed = seeds.get(at) as Seed;
      const edge = seed.ways === 1 && !meeting.has(at) ? this.onlySupply(at) : -1;
      if (edge < 0) {
        settled.add(at);
        for (const p of this.upstreamOf(at)) meeting.add(p);
        continue;
      }
      seeds.delete(at);
      add(parents[edge], { part: seed.part * shares[edge], ways: 1 });
    }
    return new Map([...seeds].sort(([a], [b]) => b - a));
  }

  confluence(seeds: ReadonlyMap<number, Seed>, loss: number): Confluence | undefined {
    const steps = this.stepsFrom([...seeds.keys()], loss);
    if (loss >= 0 && !this.doMeet(seeds, steps)) return undefined;
    return {
      loss,
      groups: [],
      seeds: [...seeds].map(([p, { part }]) => [p, part] as const),
      steps,
      reached: [...new Set([...seeds.keys(), ...steps.map(({ to }) => to)])],
    };
  }

  /** Every way up that carries a part of the load, those from consumers first. */
  stepsFrom(starts: readonly number[], loss: number): Step[] {
    const { parents } = this.plane;
    const steps: Step[] = [];
    const seen = new Set(starts);
    for (const from of seen) {
      const { edges, shares } = splitAfter(this.plane, this.found.dependence, from, loss);
      edges.forEach((edge, i) => {
        if (shares[i] === 0 && loss >= 0) return;
        steps.push({ from, to: parents[edge], edge, share: shares[i] });
        seen.add(parents[edge]);
      });
    }
    return steps.sort((a, b) => b.from - a.from);
  }

  /** Whether parts that left the junction over several suppliers reach one position. */
  doMeet(seeds: ReadonlyMap<number, Seed>, steps: readonly Step[]): boolean {
    const origin = new Map<number, number>();
    for (const [p, { ways }] of seeds) {
      if (ways > 1) return true;
      origin.set(p, p);
    }
    for (const { from, to } of steps) {
      const source = origin.get(from) as number;
      if ((origin.get(to) ?? source) !== source) return true;
      origin.set(to, source);
    }
    return false;
  }

  /** Whether any two suppliers have something upstream in common, in service or on standby. */
  mayMeet(group: number): boolean {
    const { parentStart, parents, isAccounting } = this.plane;
    const junction = this.membersOf(group)[0];
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
}
