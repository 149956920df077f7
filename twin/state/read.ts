/** Reading a signal of an entity, wherever it is kept. Not for hot loops: those walk columns. */
import { bindingOf, lossesFor } from '../closure/flows.ts';
import type { PlaneResults } from '../closure/pass.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import { childrenOfKind } from '../topology/walk.ts';
import { DERIVED, MISSING, MODELLED } from './quality.ts';
import type { State } from './state.ts';
import { fieldAt, VIRTUAL } from './virtual.ts';

export interface Reading {
  /** NaN when there is none. */
  readonly value: number;
  /** Event time; NaN when nothing live stands behind the value. */
  readonly atMs: number;
  /** Quality code. */
  readonly quality: number;
}

const NOTHING: Reading = { value: Number.NaN, atMs: Number.NaN, quality: MISSING };

/** A total stands on evidence when no more than this part of it is nameplate, modelled or stale. */
export const EVIDENCED_RATIO = 0.9;

export function readSignal(state: State, signal: number, entity: number): Reading {
  const cell = state.cellOf(signal, entity);
  if (cell >= 0 && state.quality[cell] !== MISSING) {
    return { value: state.valueAt(cell), atMs: state.timeAt(cell), quality: state.quality[cell] };
  }
  return VIRTUAL[signal] ? readVirtual(state, signal, entity) : NOTHING;
}

function readVirtual(state: State, signal: number, entity: number): Reading {
  const virtual = VIRTUAL[signal];
  if (!virtual) return NOTHING;
  const r = state.planes[virtual.plane];
  const position = r.shape.plane.positionOf[entity];
  if (position < 0) return NOTHING;
  const value = virtual.field.startsWith('headroom')
    ? rackHeadroom(state, r, entity, virtual.field as 'headroom' | 'headroomN1')
    : fieldAt(r, virtual.field, position);
  if (!Number.isFinite(value)) return NOTHING;
  if (virtual.field === 'limit') return { value, atMs: Number.NaN, quality: DERIVED };
  return { value, atMs: r.evidenceAtMs[position], quality: evidenceQuality(r, position) };
}

function evidenceQuality(r: PlaneResults, position: number): number {
  const { load, assumed } = r;
  if (load[position] === 0) return Number.isNaN(r.evidenceAtMs[position]) ? MISSING : DERIVED;
  const ratio = 1 - assumed[position] / load[position];
  return ratio >= EVIDENCED_RATIO ? DERIVED : MODELLED;
}

/**
 * Headroom for something new in a rack must also pass the rack's PDUs, which supply the rack's
 * hosts and not the rack itself: with `k` of them each takes 1/k, and 1/(k - 1) after a loss. PDUs
 * that hang on one thing further up take that together.
 */
function rackHeadroom(
  state: State,
  r: PlaneResults,
  entity: number,
  field: 'headroom' | 'headroomN1',
): number {
  const { topology } = state;
  const { positionOf } = r.shape.plane;
  let least = r[field][positionOf[entity]];
  if (topology.kind[entity] !== KIND_INDEX.rack || r.shape.plane.id !== 'power') return least;
  const pdus = childrenOfKind(topology, entity, KIND_INDEX.pdu).filter(pdu => positionOf[pdu] >= 0);
  if (doMeet(r, pdus)) {
    const losses = field === 'headroom' ? [-1] : lossesFor(topology, r, entity);
    return Math.min(...losses.map(loss => bindingOf(topology, r, entity, loss).headroom));
  }
  const parts = field === 'headroom' ? pdus.length : Math.max(1, pdus.length - 1);
  for (const pdu of pdus) least = Math.min(least, r[field][positionOf[pdu]] * parts);
  return least;
}

/** Whether two of the PDUs have anything upstream in common. */
function doMeet(r: PlaneResults, pdus: readonly number[]): boolean {
  const { parentStart, parents, positionOf } = r.shape.plane;
  const seen = new Set<number>();
  for (const pdu of pdus) {
    const upstream = new Set([positionOf[pdu]]);
    for (const p of upstream) {
      if (seen.has(p)) return true;
      for (let e = parentStart[p]; e < parentStart[p + 1]; e++) upstream.add(parents[e]);
    }
    for (const p of upstream) seen.add(p);
  }
  return false;
}
