/** A transient simulation from the live model: class figures, what is calibrated, what is measured. */
import { atOnce, type Parts } from '../../parts.ts';
import type { State } from '../../state/state.ts';
import type { HardwareClass } from '../../tables/catalogue.ts';
import { KIND_INDEX } from '../../tables/kinds.ts';
import { ANCHOR } from '../../tables/physics/anchor.ts';
import { WORKLOAD_FIGURES } from '../../tables/physics/power.ts';
import { TRANSIENT } from '../../tables/physics/transient.ts';
import { signalIndex } from '../../tables/signals.ts';
import type { Topology } from '../../topology/topology.ts';
import { childrenOfKind } from '../../topology/walk.ts';
import { hostPowerModel } from '../host-power.ts';
import { restSolids } from './air.ts';
import type { GpuColumns, GpuKind, HostColumns, RackColumns, TransientState } from './columns.ts';
import { restHosts } from './hosts.ts';
import { KindTable } from './kind-table.ts';
import { rackKindsOf } from './rack-kinds.ts';
import { current, firstOf } from './reading.ts';
import { chainColumns, crahColumns, loopColumns } from './supply.ts';

/** What calibration knows better than the class, by entity; NaN or absent: the class figure. */
export interface TransientParameters {
  gpuResistanceKPerW?(gpu: number): number;
  hostOtherW?(host: number): number;
  rackRecirculationRatio?(rack: number): number;
  /** Power of a GPU over the lag of its heatsink, W. */
  gpuMeanPowerW?(gpu: number): number;
  /** Of a host at its inlets for what its GPUs draw together, W. */
  hostPowerW?(host: number, gpuPowerW: number): number;
  /** Of a GPU at rest at a power, with that air at the inlet of its host, °C. */
  gpuTempC?(gpu: number, inletTempC: number, powerW: number): number;
}

const GPU_POWER = signalIndex('gpuPowerW');
const GPU_TEMP = signalIndex('gpuTempC');
const GPU_CAP = signalIndex('gpuPowerLimitW');
const HOST_POWER = signalIndex('powerW');
const INLET = signalIndex('inletTempC');
const DEFAULT_INLET_C = TRANSIENT.supplyTempC.value;
const HOSTS_A_PART = 2000;
const RACKS_A_PART = 500;

/**
 * The site as it is now, ready for `step`. GPUs that report draw on as they do until the caller
 * sets `gpus.targetW`; those that do not stand idle. Poles, fans and air start settled, so that a
 * first quarter of a minute may still move where a measurement was caught in the middle of a wave.
 * @param parameters what is calibrated, by entity of this topology
 */
export function transientOf(
  state: State,
  topology: Topology,
  parameters: TransientParameters = {},
): TransientState {
  return atOnce(transientInParts(state, topology, { parameters }));
}

export interface TransientScope {
  readonly parameters?: TransientParameters;
  /** Entities of the racks, ascending; all unless given. */
  readonly racks?: Int32Array;
}

/** The same with pauses, of some racks only. Readings that change in a pause are taken as found. */
export function* transientInParts(
  state: State,
  topology: Topology,
  { parameters = {}, racks: only }: TransientScope,
): Parts<TransientState> {
  const order = yield* orderOf(topology, only);
  const kinds = new KindTable(topology);
  const racks = rackColumns(state, topology, order, parameters);
  yield;
  const hosts = yield* hostColumns(state, topology, order, kinds, parameters);
  const work = { order, hosts, racks, kinds: kinds.gpuKinds, parameters };
  const gpus = yield* gpuColumns(state, work);
  yield;
  const crah = yield* crahColumns(state, topology, order.rack);
  yield;
  const loop = loopColumns(state, topology, order.rack);
  yield;
  const chain = yield* chainColumns(topology, order.host);
  const { crahStart } = crah.airSupplies;
  const rackKinds = rackKindsOf(rackRatedW(topology, order), rack => {
    const supply = crah.ofRacks[rack];
    return crahStart[supply] < crahStart[supply + 1];
  });
  const built: TransientState = {
    nowS: 0,
    gpuKinds: kinds.gpuKinds,
    rackKinds: rackKinds.kinds,
    isDieSettled: new Uint8Array(kinds.gpuKinds.length).fill(1),
    psuInputs: Float64Array.from(kinds.psuInputs),
    gpus,
    hosts,
    racks: { ...racks, kind: rackKinds.ofRacks, airSupply: crah.ofRacks, loop: loop.ofRacks },
    airSupplies: crah.airSupplies,
    crahs: crah.columns,
    loops: loop.columns,
    chain: chain.columns,
    ledger: { inJ: 0, chainLossJ: 0, airRemovedJ: 0, liquidRemovedJ: 0 },
    entities: { ...order, crah: crah.entities, loop: loop.entities, chain: chain.entities },
  };
  yield;
  restHosts(built);
  for (let rack = 0; rack < racks.count; rack++) restSolids(built, rack);
  return built;
}

interface Order {
  readonly gpu: Int32Array;
  readonly host: Int32Array;
  readonly rack: Int32Array;
  readonly gpuStart: Int32Array;
  readonly hostStart: Int32Array;
}

/** Racks in entity order, their hosts, and the GPUs of those: the order of all columns. */
function* orderOf(topology: Topology, only: Int32Array | undefined): Generator<void, Order> {
  const { kindStart } = topology;
  const firstRack = kindStart[KIND_INDEX.rack];
  const count = kindStart[KIND_INDEX.rack + 1] - firstRack;
  const racks = only ?? Int32Array.from({ length: count }, (_, i) => firstRack + i);
  const hosts: number[] = [];
  const gpus: number[] = [];
  const hostStart = [0];
  const gpuStart = [0];
  for (const rack of racks) {
    for (const host of childrenOfKind(topology, rack, KIND_INDEX.host)) {
      hosts.push(host);
      for (const gpu of childrenOfKind(topology, host, KIND_INDEX.gpu)) gpus.push(gpu);
      gpuStart.push(gpus.length);
    }
    hostStart.push(hosts.length);
    if (hostStart.length % RACKS_A_PART === 0) yield;
  }
  return {
    gpu: Int32Array.from(gpus),
    host: Int32Array.from(hosts),
    rack: racks,
    gpuStart: Int32Array.from(gpuStart),
    hostStart: Int32Array.from(hostStart),
  };
}

/** What the classes of a rack's hosts say that they take at most, together, W. */
function rackRatedW({ classes, classIndex }: Topology, { host, hostStart, rack }: Order) {
  const ofClass = classes.map(({ figures }) => figures.powerMaxW?.value ?? 0);
  const ratedW = new Float64Array(rack.length);
  for (let r = 0; r < rack.length; r++) {
    for (let h = hostStart[r]; h < hostStart[r + 1]; h++) {
      ratedW[r] += ofClass[classIndex[host[h]]] ?? 0;
    }
  }
  return ratedW;
}

const filled = (count: number, value: number) => new Float64Array(count).fill(value);

function rackColumns(
  state: State,
  topology: Topology,
  order: Order,
  parameters: TransientParameters,
): Omit<RackColumns, 'kind' | 'airSupply' | 'loop'> {
  const count = order.rack.length;
  // racks of a row follow one another in the order of entities
  const isBesideLast = (r: number) =>
    r > 0 &&
    order.rack[r - 1] + 1 === order.rack[r] &&
    topology.parent[order.rack[r - 1]] === topology.parent[order.rack[r]];
  const airC = Float64Array.from(order.rack, rack =>
    firstOf(current(state, INLET, rack), DEFAULT_INLET_C),
  );
  return {
    count,
    hostStart: order.hostStart,
    isBesideLast: Uint8Array.from(order.rack, (_, r) => (isBesideLast(r) ? 1 : 0)),
    recirculation: Float64Array.from(order.rack, rack =>
      firstOf(parameters.rackRecirculationRatio?.(rack), TRANSIENT.recirculationRatio.value),
    ),
    neighbourRatio: filled(count, TRANSIENT.neighbourRatio.value),
    airC,
    solidsC: airC.slice(),
    exhaustC: airC.slice(),
    powerW: filled(count, 0),
    airHeatW: filled(count, 0),
    liquidHeatW: filled(count, 0),
    airflowWPerK: filled(count, 0),
    nearW: filled(count, 0),
  };
}

function* hostColumns(
  state: State,
  topology: Topology,
  order: Order,
  kinds: KindTable,
  parameters: TransientParameters,
): Generator<void, HostColumns> {
  const count = order.host.length;
  const rackOf = Int32Array.from({ length: count });
  for (let rack = 0; rack < order.rack.length; rack++) {
    rackOf.fill(rack, order.hostStart[rack], order.hostStart[rack + 1]);
  }
  const hosts: HostColumns = {
    count,
    gpuStart: order.gpuStart,
    rack: rackOf,
    gpuKind: new Uint8Array(count),
    psuCurve: new Uint8Array(count),
    otherW: filled(count, 0),
    psuRatedW: filled(count, 0),
    fanMaxW: filled(count, 0),
    fanRatio: filled(count, TRANSIENT.fanFloorRatio.value),
    airflowMaxM3PerS: filled(count, 0),
    inletOffsetK: filled(count, 0),
    liquidRatio: filled(count, 0),
    gpuPowerW: filled(count, 0),
    gpuHeatW: filled(count, 0),
    powerW: filled(count, 0),
    hottestC: filled(count, 0),
  };
  const classById = new Map(topology.classes.map(row => [row.id, row]));
  for (let h = 0; h < count; h++) {
    fillHost({ state, topology, hosts, kinds, classById }, order, h);
    if (h % HOSTS_A_PART === HOSTS_A_PART - 1) yield;
  }
  for (let h = 0; h < count; h++) {
    const given = parameters.hostOtherW?.(order.host[h]);
    if (given !== undefined && given >= 0) hosts.otherW[h] = given;
  }
  return hosts;
}

interface HostWork {
  readonly state: State;
  readonly topology: Topology;
  readonly hosts: HostColumns;
  readonly kinds: KindTable;
  readonly classById: ReadonlyMap<string, HardwareClass>;
}

function fillHost(work: HostWork, order: Order, h: number) {
  const { state, topology, hosts, kinds, classById } = work;
  const entity = order.host[h];
  const row = topology.classes[topology.classIndex[entity]];
  const figures = row?.figures ?? {};
  const model = row ? hostPowerModel(row, id => classById.get(id)) : undefined;
  hosts.liquidRatio[h] =
    row?.traits?.cooling === 'liquid' ? firstOf(figures.liquidHeatRatio?.value, 1) : 0;
  const firstGpu = order.gpu[order.gpuStart[h]];
  const gpuClass = order.gpuStart[h] < order.gpuStart[h + 1] ? topology.classIndex[firstGpu] : -1;
  hosts.gpuKind[h] = kinds.gpuKind(gpuClass, hosts.liquidRatio[h] > 0);
  const psus = childrenOfKind(topology, entity, KIND_INDEX.psu);
  const psuFigures = topology.classes[topology.classIndex[psus[0] ?? -1]]?.figures ?? {};
  const maxW = firstOf(figures.powerMaxW?.value, current(state, HOST_POWER, entity), 1000);
  hosts.psuCurve[h] = kinds.psuCurve(psus.length > 0 ? topology.classIndex[psus[0]] : -1);
  hosts.psuRatedW[h] = Math.max(maxW, psus.length * firstOf(psuFigures.ratedW?.value, 0));
  hosts.fanMaxW[h] = firstOf(figures.fanPowerMaxW?.value, maxW * TRANSIENT.fanPowerMaxRatio.value);
  hosts.airflowMaxM3PerS[h] = firstOf(
    figures.airflowM3PerS?.value,
    maxW * TRANSIENT.airflowM3PerSPerW.value,
  );
  // fans are told apart from the rest; the class model holds both
  const restW = model ? (model.otherIdleW + model.otherMaxW) / 2 : maxW / 2;
  hosts.otherW[h] = Math.max(0, restW - hosts.fanMaxW[h] / 4);
}

interface GpuWork {
  readonly order: Order;
  readonly hosts: HostColumns;
  readonly racks: Pick<RackColumns, 'airC'>;
  readonly kinds: readonly GpuKind[];
  readonly parameters: TransientParameters;
}

function* gpuColumns(state: State, work: GpuWork): Generator<void, GpuColumns> {
  const { order, hosts } = work;
  const count = order.gpu.length;
  const gpus: GpuColumns = {
    count,
    targetW: new Float32Array(count),
    capW: new Float32Array(count),
    resistanceKPerW: new Float32Array(count),
    computeShare: new Float32Array(count).fill(WORKLOAD_FIGURES.training.computeBoundRatio.value),
    powerW: new Float64Array(count),
    dieW: new Float64Array(count),
    sinkW: new Float64Array(count),
    lostS: new Float32Array(count),
    throttledAtS: new Float32Array(count).fill(Number.NaN),
    downAtS: new Float32Array(count).fill(Number.NaN),
  };
  for (let h = 0; h < hosts.count; h++) {
    const hostInletC = current(state, INLET, order.host[h]);
    const rackC = work.racks.airC[hosts.rack[h]];
    const inletC = firstOf(hostInletC, rackC);
    // a host's own probe tells its height in the rack, within what heights make
    const { value: mostK } = ANCHOR.hostOffsetMaxK;
    hosts.inletOffsetK[h] = Math.max(-mostK, Math.min(mostK, inletC - rackC));
    for (let g = hosts.gpuStart[h]; g < hosts.gpuStart[h + 1]; g++) {
      fillGpu(state, gpus, work, g, work.kinds[hosts.gpuKind[h]]);
      const { dieW } = gpus;
      const hotC = inletC + gpus.resistanceKPerW[g] * dieW[g];
      if (hotC > hosts.hottestC[h]) hosts.hottestC[h] = hotC;
    }
    if (h % HOSTS_A_PART === HOSTS_A_PART - 1) yield;
  }
  return gpus;
}

function fillGpu(state: State, gpus: GpuColumns, work: GpuWork, g: number, kind: GpuKind) {
  const entity = work.order.gpu[g];
  const prior = kind.resistanceKPerW;
  const fitted = work.parameters.gpuResistanceKPerW?.(entity) ?? Number.NaN;
  const { resistanceLeastRatio, resistanceMostRatio } = ANCHOR;
  const isSane =
    fitted > prior * resistanceLeastRatio.value && fitted < prior * resistanceMostRatio.value;
  gpus.resistanceKPerW[g] = isSane ? fitted : prior;
  const capW = firstOf(current(state, GPU_CAP, entity), kind.maxW);
  gpus.capW[g] = capW > 0 ? capW : Number.POSITIVE_INFINITY;
  const powerW = firstOf(current(state, GPU_POWER, entity), kind.idleW);
  const tempC = firstOf(current(state, GPU_TEMP, entity), 0);
  const leak = 1 + kind.leakPerK * Math.max(0, tempC - kind.leakFromTempC);
  gpus.targetW[g] = powerW / leak;
  gpus.powerW[g] = powerW;
  gpus.dieW[g] = powerW;
  gpus.sinkW[g] = powerW;
}
