/** What the closure needs to know of a topology, worked out once a generation. */
import { KIND_INDEX } from '../tables/kinds.ts';
import { PLANE_IDS, type Plane, type PlaneId } from '../topology/plane.ts';
import type { Topology } from '../topology/topology.ts';
import { type ConfluenceTable, confluenceTable } from './confluences.ts';
import type { Dependence } from './dependence.ts';
import { type Losses, lossesOf } from './losses.ts';
import { gridOf } from './part.ts';
import { buildRedundancy, type Redundancy } from './redundancy.ts';
import { findSlots } from './slots.ts';
import { traitsOf } from './traits.ts';

/** Results kept per position of a plane, in the state's buffer, in this order. */
export const RESULT_FIELDS = [
  /** What the entity itself says it carries, or else the sum of what it supplies: see `isOwn`. */
  'load',
  /** The part of `load` that stands on no live evidence: nameplates, and what is long silent. */
  'assumed',
  /** Oldest event time of the evidence for the rest. */
  'evidenceAtMs',
  'headroom',
  /** Headroom that is left whichever single thing is lost. */
  'headroomN1',
] as const;
export type ResultField = (typeof RESULT_FIELDS)[number];

export interface PlaneShape {
  readonly plane: Plane;
  /** `plane.shares` in the order of `plane.children`. */
  readonly childShares: Float64Array;
  readonly losses: Losses;
  /**
   * Tightest capacity limit of each position itself; Infinity where it has none. The same for all
   * states of the generation, so that a fork need not copy it.
   */
  readonly limit: Float64Array;
  /** By `traits.ts`. */
  readonly traits: Uint8Array;
  /** Of the parts of sums, for `partOf`. */
  readonly grid: number;
  readonly redundancy: Redundancy;
  readonly confluences: ConfluenceTable;
  readonly dependence: Dependence;
  /** Losses that move a part of the load of each group of junctions. */
  readonly lossesOf: readonly (readonly number[])[];
  /** Where each field's run of `plane.count` numbers starts in `State.results`. */
  readonly offsets: Readonly<Record<ResultField, number>>;
  /** Where the run of `plane.count` bytes starts that say whose word `load` is. */
  readonly isOwnOffset: number;
  /** Runs of `redundancy.slotCount`: extra load of each slot, and headroom under it. */
  readonly slotExtraOffset: number;
  readonly slotHeadroomOffset: number;
  /** Runs of `redundancy.groupCount`: draw of each group of junctions, and what it may grow by. */
  readonly groupDrawOffset: number;
  readonly groupHeadroomOffset: number;
  /** Runs of `confluences.count`: what may be added by the group, and after a loss. */
  readonly confluenceOffset: number;
  readonly confluenceN1Offset: number;
}

export interface ClosureShape {
  readonly planes: Readonly<Record<PlaneId, PlaneShape>>;
  readonly resultCount: number;
}

/** Values of the parent entries of a plane, in the order of its child entries. */
export const byChild = ({ childEdges }: Plane, values: Float64Array) =>
  Float64Array.from(childEdges, edge => values[edge]);

export function closureShape(topology: Topology): ClosureShape {
  let next = 0;
  const take = (count: number) => {
    const offset = next;
    next += count;
    return offset;
  };
  const { kindStart } = topology;
  const hosts = kindStart[KIND_INDEX.host + 1] - kindStart[KIND_INDEX.host];
  const planes = PLANE_IDS.map(id => {
    const plane = topology.planes[id];
    const found = findSlots(plane);
    const redundancy = buildRedundancy(plane, found);
    const losses = lossesOf(topology, plane);
    const confluences = confluenceTable({ plane, losses, found, redundancy });
    const offsets = Object.fromEntries(RESULT_FIELDS.map(field => [field, take(plane.count)]));
    const shape: PlaneShape = {
      plane,
      childShares: byChild(plane, plane.shares),
      losses,
      limit: new Float64Array(plane.count).fill(Number.POSITIVE_INFINITY),
      traits: traitsOf(plane, losses, redundancy),
      grid: gridOf(id, hosts),
      redundancy,
      confluences,
      dependence: found.dependence,
      lossesOf: found.lossesOf,
      offsets: offsets as Record<ResultField, number>,
      isOwnOffset: take(Math.ceil(plane.count / Float64Array.BYTES_PER_ELEMENT)),
      slotExtraOffset: take(redundancy.slotCount),
      slotHeadroomOffset: take(redundancy.slotCount),
      groupDrawOffset: take(redundancy.groupCount),
      groupHeadroomOffset: take(redundancy.groupCount),
      confluenceOffset: take(confluences.count),
      confluenceN1Offset: take(confluences.count),
    };
    return [id, shape] as const;
  });
  return { planes: Object.fromEntries(planes) as ClosureShape['planes'], resultCount: next };
}
