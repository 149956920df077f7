/** Power chain, CRAHs and liquid loops of a transient simulation, from the planes of the topology. */

import type { Parts } from '../../parts.ts';
import type { State } from '../../state/state.ts';
import { CONSTANTS } from '../../tables/constants.ts';
import { KIND_INDEX } from '../../tables/kinds.ts';
import { LOOP_LOSS } from '../../tables/physics/thermal.ts';
import { TRANSIENT } from '../../tables/physics/transient.ts';
import { signalIndex } from '../../tables/signals.ts';
import type { Plane } from '../../topology/plane.ts';
import type { Topology } from '../../topology/topology.ts';
import { ancestorOfKind } from '../../topology/walk.ts';
import type { AirSupplyColumns, ChainColumns, CrahColumns, LoopColumns } from './columns.ts';
import { current, firstOf } from './reading.ts';

const SUPPLY_TEMP = signalIndex('supplyTempC');
/** Pipes and plates follow their water within seconds. */
const LOOP_J_PER_M3_K =
  CONSTANTS.waterDensityKgPerM3.value *
  CONSTANTS.waterHeatJPerKgK.value *
  (1 + LOOP_LOSS.metalRatio.value);

const HOSTS_A_PART = 2000;
const RACKS_A_PART = 2000;

/** Kinds whose input is not told apart from what hangs on them: a host and its own PSUs. */
const INSIDE_HOST: ReadonlySet<number> = new Set([KIND_INDEX.host, KIND_INDEX.psu]);

/** `loss / rated` at no load, for each part of the rating, and for its square. */
const LOSSES = ['lossNoLoadRatio', 'lossLinearRatio', 'lossSquareRatio'] as const;

const figureOf = ({ classes, classIndex }: Topology, entity: number, name: string) =>
  classes[classIndex[entity]]?.figures[name]?.value;

/** Supplies of an entity and the share each bears, through what stands inside a host. */
function suppliesOf(topology: Topology, plane: Plane, entity: number): Map<number, number> {
  const found = new Map<number, number>();
  const climb = (position: number, share: number) => {
    for (let e = plane.parentStart[position]; e < plane.parentStart[position + 1]; e++) {
      if (plane.isAccounting[e]) continue;
      const parent = plane.parents[e];
      const supplier = plane.entities[parent];
      const part = share * plane.shares[e];
      if (INSIDE_HOST.has(topology.kind[supplier])) climb(parent, part);
      else found.set(supplier, (found.get(supplier) ?? 0) + part);
    }
  };
  if (plane.positionOf[entity] >= 0) climb(plane.positionOf[entity], 1);
  return found;
}

/**
 * All above hosts in the power plane that loses something, consumers first. What loses nothing, such
 * as most PDUs, only passes on: its load counts with whatever loses above it.
 */
export function* chainColumns(topology: Topology, hosts: Int32Array) {
  const plane = topology.planes.power;
  const lossOf = (entity: number, name: string) => figureOf(topology, entity, name) ?? 0;
  const doesLose = (entity: number) => LOSSES.some(name => lossOf(entity, name) > 0);
  const upwards = new Map<number, ReadonlyMap<number, number>>();
  const losersAbove = (entity: number): ReadonlyMap<number, number> => {
    const known = upwards.get(entity);
    if (known) return known;
    const above = new Map<number, number>();
    const add = (loser: number, share: number) => above.set(loser, (above.get(loser) ?? 0) + share);
    for (const [supply, share] of suppliesOf(topology, plane, entity)) {
      if (doesLose(supply)) add(supply, share);
      else for (const [loser, part] of losersAbove(supply)) add(loser, share * part);
    }
    upwards.set(entity, above);
    return above;
  };
  const supplies: ReadonlyMap<number, number>[] = [];
  for (const host of hosts) {
    supplies.push(losersAbove(host));
    if (supplies.length % HOSTS_A_PART === 0) yield;
  }
  yield;
  const runs = runsOf(supplies);
  const waiting = runs.flatMap(host => [...supplies[host].keys()]);
  const isAbove = new Set<number>();
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (isAbove.has(at)) continue;
    isAbove.add(at);
    waiting.push(...losersAbove(at).keys());
  }
  // positions run from sources to consumers
  const entities = [...isAbove].sort((a, b) => plane.positionOf[b] - plane.positionOf[a]);
  const place = new Map(entities.map((entity, i) => [entity, i]));
  yield;
  const toRuns = rowsOf(
    runs.map(host => supplies[host]),
    place,
  );
  const toParents = rowsOf(entities.map(losersAbove), place);
  const [noLoad, linear, square] = LOSSES.map(name =>
    Float64Array.from(entities, entity => lossOf(entity, name)),
  );
  const ratedW = entities.map(entity => figureOf(topology, entity, 'ratedW') || 1);
  const columns: ChainColumns = {
    count: entities.length,
    runHost: Int32Array.from([...runs, hosts.length]),
    ...{ runStart: toRuns.start, hostSupply: toRuns.to, hostShare: toRuns.share },
    ...{ parentStart: toParents.start, parent: toParents.to, share: toParents.share },
    noLoadW: noLoad.map((ratio, i) => ratio * ratedW[i]),
    linear,
    squarePerW: square.map((ratio, i) => ratio / ratedW[i]),
    inputW: new Float64Array(entities.length),
  };
  return { columns, entities: Int32Array.from(entities) };
}

/** Suppliers and the part of each. */
type Wires = ReadonlyMap<number, number>;

function isEqual(a: Wires, b: Wires): boolean {
  if (a.size !== b.size) return false;
  for (const [entity, part] of a) if (b.get(entity) !== part) return false;
  return true;
}

/** First of each run of equal maps. */
function runsOf(maps: readonly Wires[]): number[] {
  const firsts: number[] = [];
  maps.forEach((map, i) => {
    if (i === 0 || !isEqual(map, maps[i - 1])) firsts.push(i);
  });
  return firsts;
}

function rowsOf(maps: readonly ReadonlyMap<number, number>[], place: ReadonlyMap<number, number>) {
  const start = new Int32Array(maps.length + 1);
  const to: number[] = [];
  const share: number[] = [];
  maps.forEach((map, i) => {
    for (const [entity, part] of map) {
      to.push(place.get(entity) ?? 0);
      share.push(part);
    }
    start[i + 1] = to.length;
  });
  return { start, to: Int32Array.from(to), share: Float64Array.from(share) };
}

/** Cooling suppliers of one kind of a rack, with the part of each, parts adding up to 1. */
export function coolersOf(topology: Topology, rack: number, kind: number): Map<number, number> {
  const all = suppliesOf(topology, topology.planes.cooling, rack);
  const own = [...all].filter(([entity]) => topology.kind[entity] === kind);
  const sum = own.reduce((total, [, part]) => total + part, 0);
  return new Map(own.map(([entity, part]) => [entity, sum > 0 ? part / sum : 1 / own.length]));
}

const rangeOf = ({ kindStart }: Topology, kind: number) =>
  Int32Array.from({ length: kindStart[kind + 1] - kindStart[kind] }, (_, i) => kindStart[kind] + i);

/** CRAHs, and the part of each in the air of every rack; with no wires those of its hall. */
export function* crahColumns(state: State, topology: Topology, racks: Int32Array) {
  const entities = rangeOf(topology, KIND_INDEX.crah);
  const place = new Map(Array.from(entities, (entity, i) => [entity, i]));
  const wires = yield* airWires(topology, racks, entities);
  const { airSupplies, ofRacks } = airSupplyColumns(wires, place);
  yield;
  const setpointC = Float64Array.from(entities, entity =>
    firstOf(current(state, SUPPLY_TEMP, entity), TRANSIENT.supplyTempC.value),
  );
  const ratedW = Float64Array.from(entities, entity =>
    firstOf(figureOf(topology, entity, 'coolingLimitW'), 0),
  );
  const { chilledWaterJPerKPerW, crahRatedRiseK } = TRANSIENT;
  const columns: CrahColumns = {
    count: entities.length,
    setpointC,
    limitW: ratedW.map(watts => watts || Number.POSITIVE_INFINITY),
    hasWater: new Uint8Array(entities.length).fill(1),
    waterJPerK: ratedW.map(watts => watts * chilledWaterJPerKPerW.value),
    ratedWPerK: ratedW.map(watts => watts / crahRatedRiseK.value),
    fanMaxW: Float64Array.from(entities, entity => figureOf(topology, entity, 'powerMaxW') ?? 0),
    fanW: new Float64Array(entities.length),
    fanRatio: new Float64Array(entities.length).fill(1),
    supplyC: setpointC.slice(),
    removedW: new Float64Array(entities.length),
    airflowWPerK: new Float64Array(entities.length),
  };
  return { columns, entities, airSupplies, ofRacks };
}

function* airWires(topology: Topology, racks: Int32Array, crahs: Int32Array): Parts<Wires[]> {
  const ofHall = new Map<number, Wires>();
  const inHall = (hall: number): Wires => {
    const near = crahs.filter(crah => ancestorOfKind(topology, crah, 'hall') === hall);
    const wires = new Map(Array.from(near, crah => [crah, 1 / near.length]));
    ofHall.set(hall, wires);
    return wires;
  };
  const found: Wires[] = [];
  for (const rack of racks) {
    const wired = coolersOf(topology, rack, KIND_INDEX.crah);
    const hall = wired.size > 0 ? -1 : ancestorOfKind(topology, rack, 'hall');
    found.push(wired.size > 0 ? wired : (ofHall.get(hall) ?? inHall(hall)));
    if (found.length % RACKS_A_PART === 0) yield;
  }
  return found;
}

/** Each set of CRAHs once, and the set of every rack. */
function airSupplyColumns(wires: readonly Wires[], place: ReadonlyMap<number, number>) {
  const found = new Map<string, number>();
  const sets: Wires[] = [];
  const ofRacks = new Int32Array(wires.length);
  wires.forEach((wire, rack) => {
    // racks of a row follow one another
    if (rack > 0 && isEqual(wire, wires[rack - 1])) {
      ofRacks[rack] = ofRacks[rack - 1];
      return;
    }
    const key = [...wire].join(' ');
    ofRacks[rack] = found.get(key) ?? sets.push(wire) - 1;
    found.set(key, ofRacks[rack]);
  });
  const rows = rowsOf(sets, place);
  const count = sets.length;
  const airSupplies: AirSupplyColumns = {
    ...{ count, crahStart: rows.start, crah: rows.to, crahShare: rows.share },
    ...{ crahPart: new Float64Array(rows.to.length), metRatio: new Float64Array(count) },
    ...{ supplyC: new Float64Array(count), roomC: new Float64Array(count) },
    ...{ removedW: new Float64Array(count), airflowWPerK: new Float64Array(count) },
  };
  return { airSupplies, ofRacks };
}

/** Liquid loops: one a CDU; a rack with several hangs on its first. */
export function loopColumns(state: State, topology: Topology, racks: Int32Array) {
  const entities = rangeOf(topology, KIND_INDEX.cdu);
  const place = new Map(Array.from(entities, (entity, i) => [entity, i]));
  const ofRacks = Int32Array.from(racks, rack => {
    const [first] = coolersOf(topology, rack, KIND_INDEX.cdu).keys();
    return first === undefined ? -1 : (place.get(first) ?? -1);
  });
  const figure = (entity: number, name: string) => figureOf(topology, entity, name);
  const approachK = (entity: number) =>
    firstOf(figure(entity, 'approachK'), TRANSIENT.approachK.value);
  const ratedW = Float64Array.from(entities, entity =>
    firstOf(figure(entity, 'coolingLimitW'), TRANSIENT.loopLimitW.value),
  );
  const supplyC = Float64Array.from(entities, entity =>
    firstOf(
      current(state, SUPPLY_TEMP, entity) - approachK(entity),
      TRANSIENT.facilityWaterTempC.value,
    ),
  );
  const columns: LoopColumns = {
    count: entities.length,
    waterC: supplyC.map((c, i) => c + approachK(entities[i])),
    supplyC,
    heatJPerK: Float64Array.from(
      entities,
      entity =>
        firstOf(figure(entity, 'loopVolumeM3'), TRANSIENT.loopVolumeM3.value) * LOOP_J_PER_M3_K,
    ),
    exchangeWPerK: ratedW.map((watts, i) => watts / approachK(entities[i])),
    flowRatio: new Float64Array(entities.length).fill(1),
    hasWater: new Uint8Array(entities.length).fill(1),
    asideJPerK: new Float64Array(entities.length),
    asideC: new Float64Array(entities.length),
    limitW: new Float64Array(entities.length).fill(Number.POSITIVE_INFINITY),
    ratedW,
    pumpMaxW: Float64Array.from(entities, entity => figure(entity, 'powerMaxW') ?? 0),
    pumpW: new Float64Array(entities.length),
    heatW: new Float64Array(entities.length),
    removedW: new Float64Array(entities.length),
  };
  return { columns, entities, ofRacks };
}
