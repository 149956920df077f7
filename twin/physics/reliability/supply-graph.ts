/** The redundancy graph of what an entity lives on, from the topology. */

import { KIND_INDEX, KINDS, type Kind } from '../../tables/kinds.ts';
import {
  FAILURES,
  type FailureRow,
  HOURS_PER_YEAR,
  REDUNDANCY,
  STANDBY,
} from '../../tables/physics/reliability.ts';
import { isStandby, type PlaneId } from '../../topology/plane.ts';
import type { Topology } from '../../topology/topology.ts';
import { childrenOfKind } from '../../topology/walk.ts';
import type {
  CommonCause,
  RedundancyGraph,
  RedundancyNeed,
  RedundancyPart,
} from './redundancy-graph.ts';

/** What a supplier carries and what it may, both in the unit of the plane. */
export interface Carried {
  readonly load: number;
  /** Infinity where none is known. */
  readonly limit: number;
}

export interface SupplyOptions {
  readonly failures?: readonly FailureRow[];
  /** Common cause of the failures of things of one kind in the same supply, 0-1. */
  readonly commonCauseRatio?: number;
  /** What is asked for; power alone unless told. What supplies it needs power in any case. */
  readonly planes?: readonly PlaneId[];
  /** Loads as they are; without them one supplier of several is enough. */
  carried?(plane: PlaneId, entity: number): Carried;
  /** Hours that the battery of a UPS carries what it carries now; none unless told. */
  bridgeH?(ups: number): number;
}

/**
 * Everything that an entity comes through. Of several suppliers as many must work as carry what all
 * of them carry now, one at least; of a host's PSUs as many as its class asks for; of switches one,
 * which is slow but there. A rack is supplied with power when enough of its PDUs are; a host is
 * cooled with its rack. The entity itself never fails here: it is its supply that is asked for.
 * Things of one kind in one supply share a common cause of failure. Generators that give nothing while
 * all is well stand by: they take their time to start, or fail to, and run as long as their fuel.
 * @returns undefined where no supply of the entity is known
 */
export function supplyGraphOf(
  topology: Topology,
  entity: number,
  options: SupplyOptions = {},
): RedundancyGraph | undefined {
  const { failures = FAILURES, planes = ['power'] } = options;
  const { commonCauseRatio = REDUNDANCY.commonCauseRatio.value } = options;
  const rows = new Map(failures.map(row => [row.kind, row]));
  const found = new Map<number, RedundancyPart>();
  const waiting = [entity];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (found.has(at)) continue;
    const row = at === entity ? undefined : rows.get(kindOf(topology, at));
    const asked = [...new Set<PlaneId>(at === entity ? planes : ['power', ...planes])];
    const supplies = asked.map(plane => ({ plane, of: suppliersOf(topology, plane, at) }));
    const needs = supplies.flatMap(supply => needOf(topology, at, { ...supply, options }));
    found.set(at, {
      id: topology.ids[at],
      mtbfH: row ? HOURS_PER_YEAR / row.failuresPerYear.value : Number.POSITIVE_INFINITY,
      mttrH: row?.repairH.value ?? 1,
      needs,
      bridgeH: topology.kind[at] === KIND_INDEX.ups ? (options.bridgeH?.(at) ?? 0) : 0,
      standby: standbyOf(topology, at),
    });
    waiting.push(...supplies.flatMap(({ of }) => of));
  }
  if (found.size < 2) return undefined;
  return {
    parts: [...found.values()],
    commonCauses: commonCausesOf(topology, [...found.keys()], commonCauseRatio),
    serves: topology.ids[entity],
  };
}

function standbyOf({ kind, planes, classes, classIndex }: Topology, entity: number) {
  const { power } = planes;
  const p = power.positionOf[entity];
  if (kind[entity] !== KIND_INDEX.generator || p < 0 || !isStandby(power, p)) return undefined;
  const figures = classes[classIndex[entity]]?.figures;
  return {
    startH: (figures?.startS?.value ?? STANDBY.startS.value) / 3600,
    failsToStartRatio: STANDBY.failsToStartRatio.value,
    runH: (figures?.fuelS?.value ?? STANDBY.fuelS.value) / 3600,
  };
}

const kindOf = (topology: Topology, entity: number): Kind => KINDS[topology.kind[entity]].id;

/** Suppliers of an entity on one plane; none for a source, or what is not in the plane. */
export function suppliersOf(topology: Topology, id: PlaneId, entity: number): number[] {
  const plane = topology.planes[id];
  const p = plane.positionOf[entity];
  const suppliers: number[] = [];
  for (let e = plane.parentStart[p]; p >= 0 && e < plane.parentStart[p + 1]; e++) {
    if (!plane.isAccounting[e]) suppliers.push(plane.entities[plane.parents[e]]);
  }
  if (suppliers.length > 0) return suppliers;
  const { kind } = topology;
  if (id === 'power' && kind[entity] === KIND_INDEX.rack) {
    return childrenOfKind(topology, entity, KIND_INDEX.pdu);
  }
  return id === 'cooling' && kind[entity] === KIND_INDEX.host
    ? suppliersOf(topology, id, topology.parent[entity])
    : [];
}

interface Supply {
  readonly plane: PlaneId;
  readonly of: readonly number[];
  readonly options: SupplyOptions;
}

function needOf(topology: Topology, entity: number, supply: Supply): RedundancyNeed[] {
  const { of } = supply;
  if (of.length === 0) return [];
  const isPsus = of.every(each => topology.kind[each] === KIND_INDEX.psu);
  const figures = topology.classes[topology.classIndex[entity]]?.figures;
  const wanted = isPsus ? (figures?.psuRequiredCount?.value ?? 1) : enoughOf(supply);
  return [{ atLeast: Math.min(of.length, wanted), of: of.map(each => topology.ids[each]) }];
}

/** The fewest of equal suppliers, each as strong as the weakest, that carry what all carry. */
function enoughOf({ plane, of, options: { carried } }: Supply): number {
  if (!carried || plane === 'network') return 1;
  const each = of.map(supplier => carried(plane, supplier));
  const load = each.reduce((sum, one) => sum + (one.load || 0), 0);
  const weakest = Math.min(...each.map(({ limit }) => limit));
  return weakest > 0 ? Math.max(1, Math.ceil(load / weakest)) : of.length;
}

function commonCausesOf(topology: Topology, entities: readonly number[], ratio: number) {
  const byKind = Map.groupBy(entities, entity => topology.kind[entity]);
  return [...byKind.values()].map(
    (of): CommonCause => ({ ratio, of: of.map(each => topology.ids[each]) }),
  );
}
