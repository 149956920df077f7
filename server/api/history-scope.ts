/** Which entities a request for history means: by id, or under one along any plane. */
import { KIND_INDEX, kindsOf, PLANE_IDS, SIGNALS, type Topology } from '../../twin/index.ts';
import { ProblemError } from './problem.ts';
import { list, MAX_LIMIT } from './route.ts';
import { entityOf, type Page, pageOf } from './scope.ts';

export const PLANES = ['containment', ...PLANE_IDS] as const;

export interface HistoryScope {
  readonly entity?: string;
  readonly under?: string;
  readonly kind?: string;
  readonly plane: (typeof PLANES)[number];
  readonly limit: number;
  readonly cursor?: string;
}

/**
 * One page of the entities in scope that can have one of these signals.
 * @throws ProblemError 400, 404 or 410, as `pageOf`
 */
export function scopeOf(topology: Topology, scope: HistoryScope, signals: readonly number[]): Page {
  const { entity, under, kind, plane, limit, cursor } = scope;
  if (entity !== undefined) {
    if (under !== undefined || kind !== undefined) {
      throw new ProblemError(400, 'query entity: give entities, or under and kind, not both');
    }
    return { entities: named(topology, entity) };
  }
  if (under === undefined && kind === undefined) {
    throw new ProblemError(400, 'query entity: give entities, or under, or kind');
  }
  const kinds = new Set(signals.flatMap(s => kindsOf(SIGNALS[s]).map(id => KIND_INDEX[id])));
  const hasAny = (e: number) => kinds.has(topology.kind[e]);
  const page = { limit, ...(kind ? { kind } : {}), ...(cursor ? { cursor } : {}) };
  if (plane === 'containment') {
    return pageOf(topology, { ...page, ...(under ? { under } : {}) }, hasAny);
  }
  const isBelow = under === undefined ? undefined : below(topology, under, plane);
  const { positionOf } = topology.planes[plane];
  return pageOf(topology, page, e => {
    const isMeant = isBelow ? isBelow[e] === 1 : positionOf[e] >= 0;
    return isMeant && hasAny(e);
  });
}

/** Distinct, in the order they were named. */
function named(topology: Topology, text: string): number[] {
  const ids = [...new Set(list(text))];
  if (ids.length === 0) throw new ProblemError(400, 'query entity: there is none in it');
  if (ids.length > MAX_LIMIT) {
    throw new ProblemError(400, `query entity: ${ids.length} ids are more than ${MAX_LIMIT}`);
  }
  return ids.map(id => entityOf(topology, id));
}

/** 1 for the entity itself and all that it supplies on the plane, however many layers away. */
function below(topology: Topology, id: string, planeId: (typeof PLANE_IDS)[number]): Uint8Array {
  const plane = topology.planes[planeId];
  const first = plane.positionOf[entityOf(topology, id)];
  if (first < 0) throw new ProblemError(400, `query under: '${id}' is not in the plane ${planeId}`);
  const isBelow = new Uint8Array(topology.count);
  isBelow[plane.entities[first]] = 1;
  // Suppliers come before what they supply.
  for (let p = first; p < plane.count; p++) {
    if (isBelow[plane.entities[p]] === 0) continue;
    for (let i = plane.childStart[p]; i < plane.childStart[p + 1]; i++) {
      isBelow[plane.entities[plane.children[i]]] = 1;
    }
  }
  return isBelow;
}
