/**
 * A plane: who supplies whom, over the entities of one topology, in topological order. Positions run
 * from sources to consumers, so that totals are one pass backwards and headroom one pass forwards.
 */
import type { Problem } from './problem.ts';

export const PLANE_IDS = ['power', 'cooling', 'network'] as const;
export type PlaneId = (typeof PLANE_IDS)[number];

/** An edge as declared: `child` puts `share` of its load on `parent`. */
export interface Edge {
  readonly child: number;
  readonly parent: number;
  /** 0-1; NaN: an equal part with the child's other suppliers that name none. */
  readonly share: number;
  /**
   * Containment carries the load for accounting only (a rack's limit on what stands in it): it is
   * no supply, so it neither fails over nor takes over.
   */
  readonly accounting: boolean;
  readonly lengthM: number;
}

export interface Plane {
  readonly id: PlaneId;
  readonly count: number;
  /** Entity at each position. */
  readonly entities: Int32Array;
  /** Position of each entity of the topology, or -1. */
  readonly positionOf: Int32Array;
  /** Parents of position `p`: entries `parentStart[p] .. parentStart[p + 1])` of the next four. */
  readonly parentStart: Int32Array;
  readonly parents: Int32Array;
  readonly shares: Float64Array;
  readonly isAccounting: Uint8Array;
  readonly lengthsM: Float32Array;
  /** Children of position `p`, with the index of the edge in the parent arrays. */
  readonly childStart: Int32Array;
  readonly children: Int32Array;
  readonly childEdges: Int32Array;
}

interface PlaneInput {
  readonly id: PlaneId;
  readonly edges: readonly Edge[];
  readonly entityCount: number;
  readonly idOf: (entity: number) => string;
  /** Entities that belong to the plane even when nothing is wired to them. */
  readonly members: Iterable<number>;
}

/** @returns the plane, with a problem for each cycle or impossible share (and without those edges). */
export function buildPlane(input: PlaneInput, problems: Problem[]): Plane {
  const positionOf = new Int32Array(input.entityCount).fill(-1);
  const entities = suppliersFirst(input, problems);
  for (let p = 0; p < entities.length; p++) positionOf[entities[p]] = p;
  const edges = input.edges.filter(
    edge => positionOf[edge.child] >= 0 && positionOf[edge.parent] >= 0,
  );
  return {
    id: input.id,
    count: entities.length,
    entities,
    positionOf,
    ...link(edges, positionOf, entities.length, input, problems),
  };
}

function collectMembers(input: PlaneInput): Uint8Array {
  const isMember = new Uint8Array(input.entityCount);
  for (const entity of input.members) isMember[entity] = 1;
  for (const edge of input.edges) {
    isMember[edge.child] = 1;
    isMember[edge.parent] = 1;
  }
  return isMember;
}

/**
 * Members by how many layers of suppliers they stand on, and by entity within a layer. So things of
 * one kind are neighbours, which the passes over a plane go through evenly.
 */
function suppliersFirst(input: PlaneInput, problems: Problem[]): Int32Array {
  const isMember = collectMembers(input);
  const layers = layersOf(input, isMember, problems);
  const start: number[] = [0];
  for (let entity = 0; entity < input.entityCount; entity++) {
    if (layers[entity] < 0) continue;
    while (start.length < layers[entity] + 2) start.push(0);
    start[layers[entity] + 1]++;
  }
  for (let layer = 1; layer < start.length; layer++) start[layer] += start[layer - 1];
  const order = new Int32Array(start[start.length - 1]);
  for (let entity = 0; entity < input.entityCount; entity++) {
    if (layers[entity] >= 0) order[start[layers[entity]]++] = entity;
  }
  return order;
}

/** Layers of suppliers above each member, along its longest path; -1: no member, or a cycle. */
function layersOf(input: PlaneInput, isMember: Uint8Array, problems: Problem[]): Int32Array {
  const { edges, entityCount } = input;
  const firstIn = new Int32Array(entityCount).fill(-1);
  const nextIn = new Int32Array(edges.length);
  edges.forEach((edge, i) => {
    nextIn[i] = firstIn[edge.child];
    firstIn[edge.child] = i;
  });
  const layers = new Int32Array(entityCount).fill(-1);
  const isWaiting = new Uint8Array(entityCount);
  for (let entity = 0; entity < entityCount; entity++) {
    if (isMember[entity] === 0) continue;
    const waiting = [entity];
    while (waiting.length > 0) {
      const at = waiting[waiting.length - 1];
      isWaiting[at] = 1;
      let layer = 0;
      let i = firstIn[at];
      for (; i >= 0 && layers[edges[i].parent] >= 0; i = nextIn[i]) {
        layer = Math.max(layer, layers[edges[i].parent] + 1);
      }
      if (i < 0) {
        layers[at] = layer;
        waiting.pop();
      } else if (isWaiting[edges[i].parent] === 1) {
        reportCycle(input, waiting.slice(waiting.indexOf(edges[i].parent)), problems);
        return layers;
      } else waiting.push(edges[i].parent);
    }
  }
  return layers;
}

function reportCycle(input: PlaneInput, cycle: readonly number[], problems: Problem[]) {
  const ids = cycle
    .toSorted((a, b) => a - b)
    .slice(0, 5)
    .map(input.idOf);
  problems.push({
    path: [input.id],
    message: `a cycle: ${ids.join(', ')} feed each other; remove one of their wires`,
  });
}

type Links = Omit<Plane, 'id' | 'count' | 'entities' | 'positionOf'>;

function link(
  edges: readonly Edge[],
  positionOf: Int32Array,
  count: number,
  input: PlaneInput,
  problems: Problem[],
): Links {
  const parentStart = startsOf(edges, count, edge => positionOf[edge.child]);
  const childStart = startsOf(edges, count, edge => positionOf[edge.parent]);
  const parents = new Int32Array(edges.length);
  const shares = new Float64Array(edges.length);
  const isAccounting = new Uint8Array(edges.length);
  const lengthsM = new Float32Array(edges.length);
  const nextIn = parentStart.slice();
  for (const edge of edges) {
    const at = nextIn[positionOf[edge.child]]++;
    parents[at] = positionOf[edge.parent];
    shares[at] = edge.accounting ? 1 : edge.share;
    isAccounting[at] = edge.accounting ? 1 : 0;
    lengthsM[at] = edge.lengthM;
  }
  const half = { parentStart, parents, shares, isAccounting, lengthsM };
  settleShares(half, count, problems, p => input.idOf(positionOf.indexOf(p)), input.id);
  const children = new Int32Array(edges.length);
  const childEdges = new Int32Array(edges.length);
  const nextOut = childStart.slice();
  for (let child = 0; child < count; child++) {
    for (let e = parentStart[child]; e < parentStart[child + 1]; e++) {
      const at = nextOut[parents[e]]++;
      children[at] = child;
      childEdges[at] = e;
    }
  }
  return { ...half, childStart, children, childEdges };
}

function startsOf(edges: readonly Edge[], count: number, keyOf: (edge: Edge) => number) {
  const starts = new Int32Array(count + 1);
  for (const edge of edges) starts[keyOf(edge) + 1]++;
  for (let p = 0; p < count; p++) starts[p + 1] += starts[p];
  return starts;
}

/** Fills the shares that were not given with equal parts of what the given ones leave. */
function settleShares(
  links: Pick<Links, 'parentStart' | 'shares' | 'isAccounting'>,
  count: number,
  problems: Problem[],
  idAt: (position: number) => string,
  plane: PlaneId,
) {
  const { parentStart, shares, isAccounting } = links;
  for (let p = 0; p < count; p++) {
    let given = 0;
    let open = 0;
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
      if (isAccounting[e]) continue;
      if (Number.isNaN(shares[e])) open++;
      else given += shares[e];
    }
    if (given > 1 + 1e-9) {
      problems.push({
        path: [plane],
        message: `the shares of ${idAt(p)} add up to ${given}, over 1`,
      });
    }
    const part = Math.max(0, 1 - given) / Math.max(1, open);
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
      if (Number.isNaN(shares[e])) shares[e] = part;
    }
  }
}

/** Nothing draws from a position while all is well: it stands by. */
export function isStandby(plane: Plane, position: number, shares = plane.shares): boolean {
  const { childStart, childEdges } = plane;
  for (let i = childStart[position]; i < childStart[position + 1]; i++) {
    if (shares[childEdges[i]] > 0) return false;
  }
  return true;
}
