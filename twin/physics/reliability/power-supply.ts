/** The redundancy graph of an entity's power, from the topology. */

import { KIND_INDEX, KINDS, type Kind } from '../../tables/kinds.ts';
import { FAILURES, type FailureRow, REDUNDANCY } from '../../tables/physics/reliability.ts';
import type { Topology } from '../../topology/topology.ts';
import { childrenOfKind } from '../../topology/walk.ts';
import type {
  CommonCause,
  RedundancyGraph,
  RedundancyNeed,
  RedundancyPart,
} from './redundancy-graph.ts';

const HOURS_PER_YEAR = 8760;

interface SupplyOptions {
  readonly failures?: readonly FailureRow[];
  /** Common cause of the failures of things of one kind in the same supply, 0-1. */
  readonly commonCauseRatio?: number;
}

/**
 * Everything that the power of an entity comes through. One supplier of several is enough, as in
 * the closure of the twin, which judges whether it can carry the load; of a host's PSUs as many
 * must work as its class asks for. A rack is supplied when one of its PDUs is. The entity itself never
 * fails here: it is its supply that is asked for. Things of one kind in one supply share a common
 * cause of failure. Generators and batteries count as further suppliers where they are wired so;
 * their start and their run time are not modelled.
 * @returns undefined where no supply of the entity is known
 */
export function powerSupplyOf(
  topology: Topology,
  entity: number,
  options: SupplyOptions = {},
): RedundancyGraph | undefined {
  const { failures = FAILURES, commonCauseRatio = REDUNDANCY.commonCauseRatio.value } = options;
  const rows = new Map(failures.map(row => [row.kind, row]));
  const found = new Map<number, RedundancyPart>();
  const waiting = [entity];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (found.has(at)) continue;
    const suppliers = suppliersOf(topology, at);
    const row = at === entity ? undefined : rows.get(kindOf(topology, at));
    found.set(at, {
      id: topology.ids[at],
      mtbfH: row ? HOURS_PER_YEAR / row.failuresPerYear.value : Number.POSITIVE_INFINITY,
      mttrH: row?.repairH.value ?? 1,
      needs: needsOf(topology, at, suppliers),
    });
    waiting.push(...suppliers);
  }
  if (found.size < 2) return undefined;
  return {
    parts: [...found.values()],
    commonCauses: commonCausesOf(topology, [...found.keys()], commonCauseRatio),
    serves: topology.ids[entity],
  };
}

const kindOf = (topology: Topology, entity: number): Kind => KINDS[topology.kind[entity]].id;

function suppliersOf(topology: Topology, entity: number): number[] {
  const plane = topology.planes.power;
  const p = plane.positionOf[entity];
  const suppliers: number[] = [];
  for (let e = plane.parentStart[p]; p >= 0 && e < plane.parentStart[p + 1]; e++) {
    if (!plane.isAccounting[e]) suppliers.push(plane.entities[plane.parents[e]]);
  }
  const isRack = topology.kind[entity] === KIND_INDEX.rack;
  return suppliers.length === 0 && isRack
    ? childrenOfKind(topology, entity, KIND_INDEX.pdu)
    : suppliers;
}

function needsOf(
  topology: Topology,
  entity: number,
  suppliers: readonly number[],
): RedundancyNeed[] {
  if (suppliers.length === 0) return [];
  const isPsus = suppliers.every(each => topology.kind[each] === KIND_INDEX.psu);
  const figures = topology.classes[topology.classIndex[entity]]?.figures;
  const wanted = isPsus ? (figures?.psuRequiredCount?.value ?? 1) : 1;
  const atLeast = Math.min(suppliers.length, wanted);
  return [{ atLeast, of: suppliers.map(each => topology.ids[each]) }];
}

function commonCausesOf(topology: Topology, entities: readonly number[], ratio: number) {
  const byKind = Map.groupBy(entities, entity => topology.kind[entity]);
  return [...byKind.values()].map(
    (of): CommonCause => ({ ratio, of: of.map(each => topology.ids[each]) }),
  );
}
