/** Availability of what an entity of a live site lives on: power, cooling and network, as they are. */
import { STALE } from '../../state/quality.ts';
import { readSignal } from '../../state/read.ts';
import type { State } from '../../state/state.ts';
import { KINDS, type Kind } from '../../tables/kinds.ts';
import { FAILURES, HOURS_PER_YEAR, REDUNDANCY } from '../../tables/physics/reliability.ts';
import { signalIndex } from '../../tables/signals.ts';
import { PLANE_IDS, type PlaneId } from '../../topology/plane.ts';
import { batteryJ } from '../transient/battery.ts';
import {
  type Availability,
  availabilityInParts,
  type SimulationSize,
  singlePointsOf,
} from './availability.ts';
import type { RedundancyGraph } from './redundancy-graph.ts';
import { type Carried, suppliersOf, supplyGraphOf } from './supply-graph.ts';

export interface AvailabilityAsk extends SimulationSize {
  readonly entity: number;
  /** All planes that the entity is supplied on unless told. */
  readonly planes?: readonly PlaneId[];
  /** What is out beside what reports itself down; what is not in its supply changes nothing. */
  readonly without?: readonly number[];
  readonly commonCauseRatio?: number;
}

export interface SiteAvailability extends Availability {
  readonly planes: readonly PlaneId[];
  /** Ids of what it comes through. */
  readonly supply: readonly string[];
  /** Ids of power supplies that report themselves broken, which are taken as out. */
  readonly reportedDown: readonly string[];
  /** What its supply stands on, by kind; and the kinds of it that are taken never to fail. */
  readonly parts: Readonly<Record<string, number>>;
  readonly neverFails: readonly Kind[];
  /** Ids of what takes the supply alone, as things are now. */
  readonly singlePoints: readonly string[];
  /** Of the entity itself; undefined where no rate of its kind is known. */
  readonly own: { readonly failuresPerYear: number; readonly repairH: number } | undefined;
}

const PSU_OK = signalIndex('psuOkFlag');

/**
 * Simulates with pauses. Loads are those of now: where half of the suppliers cannot carry what all
 * carry, losing one of them counts as an outage.
 * @returns undefined where nothing supplies the entity on any of the planes
 * @throws RangeError if the planes supply each other in a circle, or a figure is out of range
 */
export function* siteAvailability(
  state: State,
  ask: AvailabilityAsk,
): Generator<void, SiteAvailability | undefined> {
  const { topology } = state;
  const { entity, paths, seed, commonCauseRatio = REDUNDANCY.commonCauseRatio.value } = ask;
  const planes = (ask.planes ?? PLANE_IDS).filter(
    plane => suppliersOf(topology, plane, entity).length > 0,
  );
  if (planes.length === 0) return undefined;
  const carried = (plane: PlaneId, of: number) => carriedBy(state, plane, of);
  const bridgeH = (ups: number) => {
    const { load } = carried('power', ups);
    return load > 0 ? batteryJ(state, ups, load) / load / 3600 : 0;
  };
  const options = { planes, carried, bridgeH, commonCauseRatio };
  const whole = supplyGraphOf(topology, entity, options);
  if (!whole) return undefined;
  const supply = whole.parts.map(({ id }) => id).filter(id => id !== whole.serves);
  const reportedDown = supply.filter(id => reportsDown(state, topology.indexOf(id)));
  const asked = new Set(ask.without?.map(at => topology.ids[at]));
  const out = new Set([...reportedDown, ...supply.filter(id => asked.has(id))]);
  const parts = whole.parts.map(part => (out.has(part.id) ? { ...part, isOut: true } : part));
  const graph = { ...whole, parts };
  const size = {
    ...(paths === undefined ? {} : { paths }),
    ...(seed === undefined ? {} : { seed }),
  };
  const availability = yield* availabilityInParts(graph, size);
  const row = FAILURES.find(each => each.kind === kindOf(state, entity));
  return {
    ...availability,
    ...{ planes, supply, reportedDown },
    ...countsOf(state, graph),
    singlePoints: singlePointsOf(graph),
    own: row && {
      failuresPerYear: row.failuresPerYear.value,
      repairH: row.repairH.value,
    },
  };
}

/** Part of the time that a thing works which fails and is repaired so, 0-1. */
export function upRatio(failuresPerYear: number, repairH: number): number {
  const betweenH = HOURS_PER_YEAR / failuresPerYear;
  return betweenH / (betweenH + repairH);
}

const kindOf = (state: State, entity: number): Kind => KINDS[state.topology.kind[entity]].id;

function carriedBy(state: State, plane: PlaneId, entity: number): Carried {
  const { shape, load, limit } = state.planes[plane];
  const p = shape.plane.positionOf[entity];
  return p < 0 ? { load: 0, limit: Number.POSITIVE_INFINITY } : { load: load[p], limit: limit[p] };
}

/**
 * Says of itself that it does not serve, in a value that is current: power supplies do. Of others
 * only their management is known to answer or not, and a PDU nobody can ask may well supply.
 */
function reportsDown(state: State, entity: number): boolean {
  const { value, quality } = readSignal(state, PSU_OK, entity);
  return quality > STALE && value === 0;
}

function countsOf(state: State, graph: RedundancyGraph) {
  const parts: Record<string, number> = {};
  const neverFails = new Set<Kind>();
  for (const { id, mtbfH } of graph.parts) {
    if (id === graph.serves) continue;
    const kind = kindOf(state, state.topology.indexOf(id));
    parts[kind] = (parts[kind] ?? 0) + 1;
    if (mtbfH === Number.POSITIVE_INFINITY) neverFails.add(kind);
  }
  return { parts, neverFails: [...neverFails] };
}
