/** What of a load added at one position flows to each of the layers above it, under a loss or none. */
import { KIND_INDEX } from '../tables/kinds.ts';
import type { Topology } from '../topology/topology.ts';
import { childrenOfKind } from '../topology/walk.ts';
import { marginalDraw } from './losses.ts';
import type { PlaneResults } from './pass.ts';
import { slotUnder } from './redundancy.ts';
import { isCutOff, splitAfter } from './splits.ts';

interface Flow {
  readonly position: number;
  /** Part of the added load that arrives here. */
  readonly share: number;
  /** The layer below from which most of it comes; -1 for the position itself. */
  readonly from: number;
}

/** Where a load is added: parts of it at one or more positions. */
interface Start {
  readonly position: number;
  readonly share: number;
}

/**
 * Every layer that an added load reaches, consumers before sources; nothing when the loss cuts a
 * start off.
 * @param loss position; -1: everything in service
 */
function flowsFrom(r: PlaneResults, starts: readonly Start[], loss: number): Flow[] {
  const { dependence } = r.shape;
  if (loss >= 0 && starts.some(({ position }) => isCutOff(dependence, position, loss))) return [];
  const found = new Map<number, { share: number; from: number; most: number }>();
  for (const { position, share } of starts) found.set(position, { share, from: -1, most: share });
  const waiting = starts.map(({ position }) => position);
  const flows: Flow[] = [];
  while (waiting.length > 0) {
    // The position nearest to the consumers: nothing flows into it any more.
    const at = waiting.splice(waiting.indexOf(Math.max(...waiting)), 1)[0];
    const { share, from } = found.get(at) as { share: number; from: number };
    flows.push({ position: at, share, from });
    for (const [parent, part] of partsAbove(r, at, loss)) {
      const known = found.get(parent) ?? { share: 0, from: -1, most: 0 };
      if (!found.has(parent)) waiting.push(parent);
      found.set(parent, known);
      known.share += share * part;
      if (share * part > known.most) {
        known.most = share * part;
        known.from = at;
      }
    }
  }
  return flows;
}

/**
 * Where something new at an entity adds its load: at itself, and something new in a rack also on the
 * rack's PDUs, in equal parts of those that are in service, though the rack itself does not hang on
 * them. Empty when the loss leaves none.
 */
function startsOf(topology: Topology, r: PlaneResults, entity: number, loss: number) {
  const { plane, dependence } = r.shape;
  const self: Start = { position: plane.positionOf[entity], share: 1 };
  if (plane.id !== 'power' || topology.kind[entity] !== KIND_INDEX.rack) return [self];
  const pdus = childrenOfKind(topology, entity, KIND_INDEX.pdu)
    .map(pdu => plane.positionOf[pdu])
    .filter(position => position >= 0);
  if (pdus.length === 0) return [self];
  const alive = pdus.filter(position => loss < 0 || !isCutOff(dependence, position, loss));
  if (alive.length === 0) return [];
  return [self, ...alive.map(position => ({ position, share: 1 / alive.length }))];
}

/** No loss first, then all that change what an added load meets; one of those that are alike. */
export function lossesFor(topology: Topology, r: PlaneResults, entity: number): number[] {
  const { groupOf, slotStart, slotList, loss } = r.shape.redundancy;
  const losses = new Set([-1]);
  for (const { position: p } of flowsFrom(r, startsOf(topology, r, entity, -1), -1)) {
    for (const lost of r.shape.lossesOf[groupOf[p]]) losses.add(lost);
    for (let i = slotStart[p]; i < slotStart[p + 1]; i++) losses.add(loss[slotList[i]]);
  }
  return [...losses];
}

/** The layer whose limit leaves least for an added load, under one loss or none. */
export interface Binding {
  readonly headroom: number;
  readonly loss: number;
  readonly flows: readonly Flow[];
  /** Position of the layer; -1 when nothing has a limit. */
  readonly position: number;
}

export function bindingOf(
  topology: Topology,
  r: PlaneResults,
  entity: number,
  loss: number,
): Binding {
  const flows = flowsFrom(r, startsOf(topology, r, entity, loss), loss);
  let headroom = Number.POSITIVE_INFINITY;
  let position = -1;
  for (const { position: p, share } of flows) {
    const left = (r.limit[p] - r.load[p] - extraUnder(r, p, loss)) / share;
    if (left >= headroom) continue;
    headroom = left;
    position = p;
  }
  return { headroom, loss, flows, position };
}

/** Suppliers and wholes of a position with the part of one unit more that each of them gets. */
function partsAbove(r: PlaneResults, p: number, loss: number): [number, number][] {
  const { plane, losses, dependence } = r.shape;
  const draw = marginalDraw(losses, p, r.load[p] + extraUnder(r, p, loss));
  const { edges, shares } = splitAfter(plane, dependence, p, loss);
  const parts = edges.map((e, i): [number, number] => {
    const share = loss < 0 ? r.shares[e] : shares[i];
    return [plane.parents[e], share * draw];
  });
  for (let e = plane.parentStart[p]; e < plane.parentStart[p + 1]; e++) {
    if (plane.isAccounting[e] === 1) parts.push([plane.parents[e], r.shares[e]]);
  }
  return parts.filter(([, part]) => part > 0);
}

/** Extra load of a position while something is lost. */
export function extraUnder(r: PlaneResults, p: number, lost: number): number {
  const slot = slotUnder(r.shape.redundancy, p, lost);
  return slot < 0 ? 0 : r.slotExtra[slot];
}
