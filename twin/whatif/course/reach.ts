/** Which racks a course has to follow: those that are reached, and those that share their cooling. */
import { KIND_INDEX } from '../../tables/kinds.ts';
import type { Plane } from '../../topology/plane.ts';
import type { Topology } from '../../topology/topology.ts';
import { ancestorOfKind, isWithin } from '../../topology/walk.ts';

/** @param entities what is changed; @returns rack entities, ascending */
export function* racksReached(
  topology: Topology,
  entities: Iterable<number>,
): Generator<void, Int32Array> {
  const racks = yield* downstream(topology, entities);
  const seen = new Set<number>();
  let looked = 0;
  // a set gives what is added to it on the way as well
  for (const rack of racks) {
    for (const unit of unitsOf(topology, rack)) {
      if (!seen.has(unit)) addServed(topology, unit, racks);
      seen.add(unit);
    }
    if (++looked % RACKS_A_PART === 0) yield;
  }
  return Int32Array.from(racks).sort();
}

const RACKS_A_PART = 2000;
const ENTITIES_A_PART = 20_000;

/** Racks below what is changed, on both planes and in containment. */
function* downstream(topology: Topology, entities: Iterable<number>): Generator<void, Set<number>> {
  const { kind, childStart, childList, planes } = topology;
  const racks = new Set<number>();
  const seen = new Set<number>();
  const waiting = [...entities];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    if (seen.size % ENTITIES_A_PART === 0) yield;
    const rack = ancestorOfKind(topology, at, 'rack');
    const isInRack = kind[at] === KIND_INDEX.rack || kind[at] >= KIND_INDEX.host;
    if (isInRack && rack >= 0) racks.add(rack);
    if (kind[at] === KIND_INDEX.crah) addServed(topology, at, racks);
    if (kind[at] < KIND_INDEX.host) {
      for (let i = childStart[at]; i < childStart[at + 1]; i++) waiting.push(childList[i]);
    }
    for (const plane of [planes.power, planes.cooling]) waiting.push(...suppliedBy(plane, at));
  }
  return racks;
}

function suppliedBy(plane: Plane, entity: number): number[] {
  const p = plane.positionOf[entity];
  const found: number[] = [];
  if (p < 0) return found;
  for (let i = plane.childStart[p]; i < plane.childStart[p + 1]; i++) {
    if (!plane.isAccounting[plane.childEdges[i]]) found.push(plane.entities[plane.children[i]]);
  }
  return found;
}

/** Cooling units of a rack. */
function unitsOf({ planes }: Topology, rack: number): number[] {
  const { positionOf, parentStart, parents, isAccounting, entities } = planes.cooling;
  const p = positionOf[rack];
  const found: number[] = [];
  for (let e = parentStart[p]; p >= 0 && e < parentStart[p + 1]; e++) {
    if (!isAccounting[e]) found.push(entities[parents[e]]);
  }
  return found;
}

/** Racks on a unit; with no wires a CRAH serves those of its hall that have none either. */
function addServed(topology: Topology, unit: number, racks: Set<number>) {
  const { kind, kindStart, planes } = topology;
  const wired = suppliedBy(planes.cooling, unit).filter(e => kind[e] === KIND_INDEX.rack);
  for (const rack of wired) racks.add(rack);
  if (wired.length > 0 || kind[unit] !== KIND_INDEX.crah) return;
  const hall = ancestorOfKind(topology, unit, 'hall');
  for (let e = kindStart[KIND_INDEX.rack]; e < kindStart[KIND_INDEX.rack + 1]; e++) {
    if (hall >= 0 && isWithin(topology, e, hall) && unitsOf(topology, e).length === 0) racks.add(e);
  }
}
