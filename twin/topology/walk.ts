/** Small walks over containment. */
import { KIND_INDEX, type Kind } from '../tables/kinds.ts';
import type { Topology } from './topology.ts';

type Contained = Pick<Topology, 'childStart' | 'childList' | 'kind'>;

/** Children of one kind, in entity order. */
export function childrenOfKind(topology: Contained, entity: number, kind: number): number[] {
  const found: number[] = [];
  for (let i = topology.childStart[entity]; i < topology.childStart[entity + 1]; i++) {
    if (topology.kind[topology.childList[i]] === kind) found.push(topology.childList[i]);
  }
  return found;
}

/** The entity itself or the container of that kind around it; -1 when there is none. */
export function ancestorOfKind(
  topology: Pick<Topology, 'parent' | 'kind'>,
  entity: number,
  kind: Kind,
): number {
  for (let at = entity; at >= 0; at = topology.parent[at]) {
    if (topology.kind[at] === KIND_INDEX[kind]) return at;
  }
  return -1;
}

/** From the site down to the entity itself. */
export function pathOf(topology: Pick<Topology, 'parent'>, entity: number): number[] {
  const path: number[] = [];
  for (let at = entity; at >= 0; at = topology.parent[at]) path.unshift(at);
  return path;
}

/** Whether `entity` stands in `container` or is it. */
export function isWithin(
  topology: Pick<Topology, 'parent'>,
  entity: number,
  container: number,
): boolean {
  for (let at = entity; at >= container; at = topology.parent[at])
    if (at === container) return true;
  return false;
}

/** Entities of a kind within a container, as ranges would be wasteful to keep: in entity order. */
export function entitiesOfKind(topology: Topology, kind: Kind, container?: number): number[] {
  const k = KIND_INDEX[kind];
  const found: number[] = [];
  for (let e = topology.kindStart[k]; e < topology.kindStart[k + 1]; e++) {
    if (container === undefined || isWithin(topology, e, container)) found.push(e);
  }
  return found;
}
