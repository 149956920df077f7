/** Everything about placement that one topology generation needs to work out only once. */
import type { PlaneResults } from '../closure/pass.ts';
import { type LimitAtKind, type LimitTable, thresholdOf } from '../limits/thresholds.ts';
import type { State } from '../state/state.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import type { PlaneId } from '../topology/plane.ts';
import type { Topology } from '../topology/topology.ts';
import { type HostTable, hostTable } from './host-table.ts';
import { type LimitsN1, Overlay } from './overlay.ts';

export interface PlaceModel {
  readonly topology: Topology;
  readonly limits: LimitTable;
  readonly hosts: HostTable;
  /** Classes of GPUs on the site, as indices into `topology.classes`, ascending. */
  readonly gpuClasses: readonly number[];
  /** Bounds under any single loss that are demanded, and those that only warn. */
  readonly hardN1: LimitsN1;
  readonly softN1: LimitsN1;
  /** Kept from question to question; each question begins it anew. */
  readonly overlay: Overlay;
  /** Scratch of one entry a host, and of one a containment entity down to the racks. */
  readonly free: Int32Array;
  readonly candidateList: Int32Array;
  readonly fit: Int32Array;
  readonly cap: Int32Array;
  readonly domainFit: Int32Array;
  readonly domainCap: Int32Array;
  readonly domainWantW: Float64Array;
  /** A buffer for forks, once one was needed. */
  pooledFork: State | undefined;
}

/** The limits table of a twin is made once a generation, so it stands for the generation. */
const models = new WeakMap<LimitTable, PlaceModel>();

export function placeModel(state: State, limits: LimitTable): PlaceModel {
  const known = models.get(limits);
  if (known && known.topology === state.topology) return known;
  const { topology } = state;
  const hosts = hostTable(topology);
  const domains = topology.kindStart[KIND_INDEX.rack + 1];
  const model: PlaceModel = {
    topology,
    limits,
    hosts,
    gpuClasses: [...new Set(hosts.gpuClass)].filter(c => c >= 0).sort((a, b) => a - b),
    hardN1: limitsN1(state, limits, true),
    softN1: limitsN1(state, limits, false),
    overlay: new Overlay(state.closure, hosts),
    free: new Int32Array(hosts.count),
    candidateList: new Int32Array(hosts.count),
    fit: new Int32Array(hosts.count),
    cap: new Int32Array(hosts.count),
    domainFit: new Int32Array(domains),
    domainCap: new Int32Array(domains),
    domainWantW: new Float64Array(domains),
    pooledFork: undefined,
  };
  models.set(limits, model);
  return model;
}

/** The same with scratch and an overlay of its own, for one question that takes its time. */
export function ownModel(shared: PlaceModel, state: State): PlaceModel {
  const { hosts, free, domainFit } = shared;
  const domains = domainFit.length;
  return {
    ...shared,
    overlay: new Overlay(state.closure, hosts),
    free: new Int32Array(free.length),
    candidateList: new Int32Array(free.length),
    fit: new Int32Array(free.length),
    cap: new Int32Array(free.length),
    domainFit: new Int32Array(domains),
    domainCap: new Int32Array(domains),
    domainWantW: new Float64Array(domains),
    pooledFork: undefined,
  };
}

const MARGIN_SIGNAL = { power: 'powerMarginN1W', cooling: 'coolingMarginN1W' } as const;

/** Rows that bound what is left of a layer's own limit after the worst single loss. */
export function marginRows(limits: LimitTable, plane: 'power' | 'cooling', hard: boolean) {
  return limits.filter(
    limit => limit.row.signal === MARGIN_SIGNAL[plane] && limit.row.hard === hard,
  );
}

function limitsN1(state: State, limits: LimitTable, hard: boolean): LimitsN1 {
  const of = (plane: 'power' | 'cooling') =>
    bounds(state.topology, state.planes[plane], marginRows(limits, plane, hard));
  return { power: of('power'), cooling: of('cooling') };
}

function bounds(topology: Topology, r: PlaneResults, rows: readonly LimitAtKind[]): Float64Array {
  const { entities } = r.shape.plane;
  const found = new Float64Array(entities.length).fill(Number.POSITIVE_INFINITY);
  for (let p = 0; p < entities.length; p++) {
    for (const row of rows) {
      if (row.kind !== topology.kind[entities[p]]) continue;
      const margin = thresholdOf(row, topology, entities[p]);
      if (!Number.isNaN(margin)) found[p] = Math.min(found[p], r.limit[p] - margin);
    }
  }
  return found;
}

/** No demand on what is left after a loss: for a site in which something has failed already. */
export function withoutN1(model: PlaceModel): LimitsN1 {
  const none = (of: Float64Array) => new Float64Array(of.length).fill(Number.POSITIVE_INFINITY);
  return { power: none(model.hardN1.power), cooling: none(model.hardN1.cooling) };
}

export const planeOf = (id: 'power' | 'cooling', overlay: Overlay) =>
  id === 'power' ? overlay.power : overlay.cooling;

/** Row of the tightest hard capacity of an entity on a plane. */
export function capacityRow(
  model: PlaceModel,
  plane: PlaneId,
  entity: number,
): LimitAtKind | undefined {
  const { topology } = model;
  let tightest: LimitAtKind | undefined;
  for (const limit of model.limits) {
    const { row } = limit;
    if (row.kind !== 'capacity' || !row.hard || row.plane !== plane) continue;
    if (limit.kind !== topology.kind[entity]) continue;
    const value = thresholdOf(limit, topology, entity);
    if (Number.isNaN(value)) continue;
    if (!tightest || value < thresholdOf(tightest, topology, entity)) tightest = limit;
  }
  return tightest;
}
