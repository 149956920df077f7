/**
 * Confluences: where the load of one junction meets again further up, after it was split over
 * several suppliers (two feeds under one switchgear, CRAHs on the same chillers). Each supplier on
 * its own sees only its part arrive there; the confluence knows the whole.
 *
 * There is one for junctions whose parts take the same ways with everything in service, and one for
 * each loss that changes how they flow or what flows there; none where nothing upstream is shared,
 * as with feeds A and B that come from different grids.
 */
import { type Confluence, type FinderInput, findConfluences } from './confluence-finder.ts';
import { type Redundancy, slotUnder } from './redundancy.ts';

/** Confluences as columns, for the passes. */
export interface ConfluenceTable {
  readonly count: number;
  /** Position that is lost; -1: none. */
  readonly loss: Int32Array;
  /** Groups of confluence `c`: `groupList[groupStart[c] .. groupStart[c + 1])`. */
  readonly groupStart: Int32Array;
  readonly groupList: Int32Array;
  /** Its lowest member, which is the first that reads it with everything in service. */
  readonly firstMember: Int32Array;
  /** Where the parts of a junction's draw have got to, and how large they are. */
  readonly seedStart: Int32Array;
  readonly seedPosition: Int32Array;
  readonly seedPart: Float64Array;
  /** The ways up from there, from consumers to sources; entries in the parent arrays. */
  readonly stepStart: Int32Array;
  readonly stepFrom: Int32Array;
  readonly stepTo: Int32Array;
  readonly stepEdge: Int32Array;
  /** Share with everything in service, or after the loss. */
  readonly stepShare: Float64Array;
  /** Slot of `from` under the loss, for its load then; -1 where it has none. */
  readonly stepSlot: Int32Array;
  /** Everything that is reached, with its slot under the loss, or -1. */
  readonly reachedStart: Int32Array;
  readonly reachedPosition: Int32Array;
  readonly reachedSlot: Int32Array;
  /** The confluence of a group with everything in service; -1 where nothing can meet. */
  readonly plainOf: Int32Array;
  /** Its confluences under losses: `lossList[lossStart[g] .. lossStart[g + 1])`. */
  readonly lossStart: Int32Array;
  readonly lossList: Int32Array;
  /** Slots that a confluence bounds, those nearest to the sources first. */
  readonly slotStart: Int32Array;
  readonly slotList: Int32Array;
  /** Confluence of each slot, or -1. */
  readonly ofSlot: Int32Array;
  /** What flows to each position; zero but for the confluence at hand. */
  readonly flow: Float64Array;
}

export function confluenceTable(input: FinderInput): ConfluenceTable {
  const { redundancy } = input;
  const list = findConfluences(input);
  const slotLists = list.map(confluence => slotsOf(redundancy, confluence));
  const steps = list.flatMap(({ steps, loss }) => steps.map(step => ({ ...step, loss })));
  const reached = list.flatMap(({ reached, loss }) => reached.map(p => ({ p, loss })));
  const seeds = list.flatMap(({ seeds }) => seeds);
  const ofSlot = new Int32Array(redundancy.slotCount).fill(-1);
  slotLists.forEach((slots, c) => {
    for (const slot of slots) ofSlot[slot] = c;
  });
  return {
    count: list.length,
    loss: Int32Array.from(list, ({ loss }) => loss),
    groupStart: startsOf(list.map(({ groups }) => groups.length)),
    groupList: Int32Array.from(list.flatMap(({ groups }) => groups)),
    firstMember: Int32Array.from(list, ({ groups }) => firstOf(redundancy, groups)),
    seedStart: startsOf(list.map(({ seeds }) => seeds.length)),
    seedPosition: Int32Array.from(seeds, ([p]) => p),
    seedPart: Float64Array.from(seeds, ([, part]) => part),
    stepStart: startsOf(list.map(({ steps }) => steps.length)),
    stepFrom: Int32Array.from(steps, ({ from }) => from),
    stepTo: Int32Array.from(steps, ({ to }) => to),
    stepEdge: Int32Array.from(steps, ({ edge }) => edge),
    stepShare: Float64Array.from(steps, ({ share }) => share),
    stepSlot: Int32Array.from(steps, ({ from, loss }) => slotUnder(redundancy, from, loss)),
    reachedStart: startsOf(list.map(({ reached }) => reached.length)),
    reachedPosition: Int32Array.from(reached, ({ p }) => p),
    reachedSlot: Int32Array.from(reached, ({ p, loss }) => slotUnder(redundancy, p, loss)),
    ...byGroup(list, redundancy.groupCount),
    slotStart: startsOf(slotLists.map(slots => slots.length)),
    slotList: Int32Array.from(slotLists.flat()),
    ofSlot,
    flow: new Float64Array(input.plane.count),
  };
}

function byGroup(list: readonly Confluence[], groupCount: number) {
  const plainOf = new Int32Array(groupCount).fill(-1);
  const underLoss: (readonly [group: number, confluence: number])[] = [];
  list.forEach(({ groups, loss }, c) => {
    for (const group of groups) {
      if (loss < 0) plainOf[group] = c;
      else underLoss.push([group, c]);
    }
  });
  underLoss.sort(([a, c], [b, d]) => a - b || c - d);
  const lossStart = new Int32Array(groupCount + 1);
  for (const [group] of underLoss) lossStart[group + 1]++;
  for (let g = 0; g < groupCount; g++) lossStart[g + 1] += lossStart[g];
  return { plainOf, lossStart, lossList: Int32Array.from(underLoss, ([, c]) => c) };
}

/** Slots of the members of all groups under the loss, those nearest to the sources first. */
function slotsOf(redundancy: Redundancy, { groups, loss }: Confluence): number[] {
  const { members, memberStart } = redundancy;
  return groups
    .flatMap(group => [...members.subarray(memberStart[group], memberStart[group + 1])])
    .map(p => slotUnder(redundancy, p, loss))
    .filter(slot => slot >= 0)
    .sort((a, b) => b - a);
}

const firstOf = ({ members, memberStart }: Redundancy, groups: readonly number[]) =>
  Math.min(...groups.map(group => members[memberStart[group]]));

function startsOf(lengths: readonly number[]): Int32Array {
  const start = new Int32Array(lengths.length + 1);
  lengths.forEach((length, i) => {
    start[i + 1] = start[i] + length;
  });
  return start;
}
