/**
 * Junctions: whatever has two or more suppliers, and so something that takes over when one is lost.
 * Junctions with the same suppliers and shares behave alike; they form one group, so that what is
 * kept for single losses grows with the supplier sets and not with the consumers.
 */
import type { Plane } from '../topology/plane.ts';

export interface Junctions {
  /** Groups are numbered from 1; group 0 stands for "no junction" and has no members. */
  readonly groupCount: number;
  readonly groupOf: Int32Array;
  /** Members of group `g`, ascending: `members[memberStart[g] .. memberStart[g + 1])`. */
  readonly memberStart: Int32Array;
  readonly members: Int32Array;
}

/** Entries of `p` in the parent arrays that are supply and not accounting. */
export function supplyEdges(plane: Plane, p: number): number[] {
  const edges: number[] = [];
  for (let e = plane.parentStart[p]; e < plane.parentStart[p + 1]; e++) {
    if (!plane.isAccounting[e]) edges.push(e);
  }
  return edges;
}

export function junctionsOf(plane: Plane): Junctions {
  const groupOf = new Int32Array(plane.count);
  const firstMember: number[] = [-1];
  // Groups by their first supplier, as linked lists: only those can be the same.
  const newest = new Int32Array(plane.count);
  const older: number[] = [0];
  for (let p = 0; p < plane.count; p++) {
    const first = firstSupply(plane, p);
    if (first < 0 || nextSupply(plane, p, first) < 0) continue;
    const supplier = plane.parents[first];
    let group = newest[supplier];
    while (group > 0 && !hasSameSupply(plane, p, firstMember[group])) group = older[group];
    if (group === 0) {
      group = firstMember.push(p) - 1;
      older.push(newest[supplier]);
      newest[supplier] = group;
    }
    groupOf[p] = group;
  }
  return { groupOf, ...membersOf(groupOf, firstMember.length) };
}

function membersOf(groupOf: Int32Array, groupCount: number) {
  const memberStart = new Int32Array(groupCount + 1);
  for (const group of groupOf) if (group > 0) memberStart[group + 1]++;
  for (let g = 0; g < groupCount; g++) memberStart[g + 1] += memberStart[g];
  const members = new Int32Array(memberStart[groupCount]);
  const next = memberStart.slice();
  groupOf.forEach((group, p) => {
    if (group > 0) members[next[group]++] = p;
  });
  return { groupCount, memberStart, members };
}

const firstSupply = (plane: Plane, p: number) => nextSupply(plane, p, plane.parentStart[p] - 1);

/** The next supply entry of `p` after entry `e`; -1 after the last. */
function nextSupply({ parentStart, isAccounting }: Plane, p: number, e: number): number {
  for (let i = e + 1; i < parentStart[p + 1]; i++) if (!isAccounting[i]) return i;
  return -1;
}

function hasSameSupply(plane: Plane, p: number, q: number): boolean {
  const { parents, shares } = plane;
  let a = firstSupply(plane, p);
  let b = firstSupply(plane, q);
  while (a >= 0 && b >= 0 && parents[a] === parents[b] && shares[a] === shares[b]) {
    a = nextSupply(plane, p, a);
    b = nextSupply(plane, q, b);
  }
  return a < 0 && b < 0;
}
