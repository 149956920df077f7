/**
 * The hidden truth and the sensors' own state: one typed array a quantity (structure of arrays).
 * Watts, joules, degrees Celsius, kelvin, bytes a second, ratios 0-1 unless a name says otherwise.
 */
import { F, type GpuFigures } from './figures.ts';
import type { Layout } from './layout.ts';
import { STREAM, spread, unit } from './random.ts';

export interface SelEntry {
  /** Number that the BMC gave it; grows for ever, unlike the log. */
  readonly id: number;
  readonly atS: number;
  readonly severity: 'OK' | 'Warning' | 'Critical';
  readonly sensorType: string;
  readonly message: string;
}

const column = (length: number, start = 0) => new Float64Array(length).fill(start);

function gpuColumns(count: number) {
  return {
    // what the work asks for
    demandRatio: column(count),
    utilRatio: column(count),
    smRatio: column(count),
    tensorRatio: column(count),
    dramRatio: column(count),
    memUsedMiB: column(count),
    nvlinkBytesPerS: column(count),
    pcieBytesPerS: column(count),
    // what comes of it
    powerW: column(count),
    clockRatio: column(count, 1),
    thermalClockRatio: column(count, 1),
    dieRiseK: column(count),
    sinkRiseK: column(count),
    tempC: column(count, 35),
    memTempC: column(count, 35),
    sensedTempC: column(count, 35),
    energyJ: column(count),
    powerThrottledS: column(count),
    thermalThrottledS: column(count),
    offByHeat: column(count),
    // condition
    resistanceFactor: column(count, 1),
    pcieWidth: column(count, 16),
    lost: column(count),
    xid: column(count),
    xidAtS: column(count, -1e12),
    eccSbe: column(count),
    eccDbe: column(count),
    /** The same over the life of the GPU: no boot clears them. */
    eccSbeAgg: column(count),
    eccDbeAgg: column(count),
    rowsRemappedHard: column(count),
    rowRemapPending: column(count),
    pcieReplays: column(count),
    job: new Int32Array(count).fill(-1),
  };
}

function hostColumns(count: number) {
  return {
    cpuRatio: column(count, 0.02),
    memRatio: column(count, 0.1),
    netBytesPerS: column(count),
    gpuPowerW: column(count),
    cpuPowerW: column(count),
    dimmPowerW: column(count),
    nicPowerW: column(count),
    fanPowerW: column(count),
    dcPowerW: column(count),
    powerW: column(count),
    psuLossW: column(count),
    fanRatio: column(count, F.fanFloorRatio),
    airflowM3PerS: column(count),
    cpuTempC: column(count, 40),
    inletTempC: column(count, 22),
    exhaustTempC: column(count, 30),
    poweredOn: column(count, 1),
    /** Bits of `OFF` in `power-control.ts`: a host runs only while nothing keeps it off. */
    offBy: new Int32Array(count),
    bootS: column(count),
    /** Second at which a host that is booting comes back; NaN when none is. */
    powerOnAtS: column(count, Number.NaN),
    /** How long what cools a host has been back within limits since heat took it, or a GPU of it. */
    coolS: column(count),
    // sensors
    bmcPowerW: column(count),
    bmcGain: column(count, 1),
    inletSensedC: column(count, 22),
    inletOffsetK: column(count),
    inletStuckC: column(count, Number.NaN),
    powerDriftRatio: column(count),
    // misbehaviour of the host's exporters and BMC
    dcgmDropout: column(count),
    bmcDelayS: column(count),
    driverOld: column(count),
    netErrorPerS: column(count),
    netErrors: column(count),
    /** Corrected errors of the DIMMs. */
    memErrors: column(count),
    /** Octets at the host's port of the TOR, which counts on when the host boots. */
    portInBytes: column(count),
    portOutBytes: column(count),
    // counters read by node_exporter
    cpuBusyS: column(count),
    cpuIowaitS: column(count),
    netRxBytes: column(count),
    netTxBytes: column(count),
    diskReadBytes: column(count),
    diskWrittenBytes: column(count),
    diskBusyS: column(count),
    pressureS: column(count),
  };
}

function coolingColumns({ site, hallRacks }: Layout) {
  return {
    /** Followed from the first loss of cooling on. */
    hall: {
      isLost: column(hallRacks.length),
      airC: column(hallRacks.length, 30),
      wallsC: column(hallRacks.length, 30),
    },
    crah: {
      ratedW: column(site.crahs.length),
      heatW: column(site.crahs.length),
      supplyTempC: column(site.crahs.length, F.crahSetpointC),
      returnTempC: column(site.crahs.length, 30),
      airflowM3PerS: column(site.crahs.length),
      fanRatio: column(site.crahs.length, 0.5),
      fanFactor: column(site.crahs.length, 1),
      running: column(site.crahs.length, 1),
      hasWater: column(site.crahs.length, 1),
      waterC: column(site.crahs.length, F.crahSetpointC),
    },
    cdu: {
      ratedW: column(site.cdus.length),
      heatW: column(site.cdus.length),
      supplyTempC: column(site.cdus.length, F.cduSupplyC),
      returnTempC: column(site.cdus.length, F.cduSupplyC + 5),
      flowRatio: column(site.cdus.length, F.cduFlowFloorRatio),
      flowLPerS: column(site.cdus.length, 1),
      hasWater: column(site.cdus.length, 1),
    },
  };
}

export type State = ReturnType<typeof createState>;

/** Cold site at second 0: nothing runs, everything at room temperature. */
export function createState(layout: Layout, epochS = 0) {
  const { site } = layout;
  const state = {
    /** Seconds since the plant's epoch (negative while warming up), and steps made. */
    nowS: 0,
    steps: 0,
    /** Unix time of the epoch, s. */
    epochS,
    gpu: gpuColumns(layout.gpuCount),
    host: hostColumns(layout.hostCount),
    psu: {
      ok: column(layout.psuCount, 1),
      /** Real cord, against the documented one in the layout. */
      pdu: Int32Array.from(layout.psuPdu),
      outlet: Int32Array.from(layout.psuOutlet),
      shareRatio: column(layout.psuCount, 1),
      inputW: column(layout.psuCount),
      outputW: column(layout.psuCount),
      outletGain: column(layout.psuCount, 1),
    },
    pdu: {
      tripped: column(site.pdus.length),
      /** Whether its outlets have voltage: only while neither it nor its UPS fails. */
      live: column(site.pdus.length, 1),
      powerW: column(site.pdus.length),
      lossW: column(site.pdus.length),
      energyJ: column(site.pdus.length),
    },
    ups: {
      ratedW: column(site.upses.length),
      outputW: column(site.upses.length),
      inputW: column(site.upses.length),
      lossW: column(site.upses.length),
      failed: column(site.upses.length),
      onBattery: column(site.upses.length),
      hasOutput: column(site.upses.length, 1),
      chargeRatio: column(site.upses.length, 1),
    },
    rack: {
      powerW: column(site.racks.length),
      storedJ: column(site.racks.length),
      airHeatW: column(site.racks.length),
      liquidHeatW: column(site.racks.length),
      airflowM3PerS: column(site.racks.length, 0.1),
      leakRatio: column(site.racks.length, F.recirculationRatio),
      inletTempC: column(site.racks.length, 22),
      exhaustTempC: column(site.racks.length, 30),
      soakC: column(site.racks.length, 22),
      soakedJ: column(site.racks.length),
    },
    ...coolingColumns(layout),
    /** System event log of each host's BMC, oldest first. */
    sel: site.hosts.map((): SelEntry[] => []),
    /** IT energy since the epoch, J: in from UPS outputs, out as heat to air and water. */
    energy: { inJ: 0, outJ: 0 },
  };
  spreadParts(layout, state);
  rateParts(layout, state);
  return state;
}

/** No two parts are quite alike: fixed deviations from the seed. */
function spreadParts(layout: Layout, state: State): void {
  const { seed } = layout;
  for (let gpu = 0; gpu < layout.gpuCount; gpu++) {
    state.gpu.resistanceFactor[gpu] = soundResistance(layout, gpu);
  }
  for (let host = 0; host < layout.hostCount; host++) {
    state.host.bmcGain[host] = 1 + spread(seed, STREAM.bmcGain, host) * F.bmcGainSpread;
    state.host.inletOffsetK[host] = spread(seed, STREAM.inletOffset, host) * F.inletOffsetK;
    state.host.bootS[host] = -86_400 * (3 + 40 * unit(seed, STREAM.bootTime, host));
  }
  for (let psu = 0; psu < layout.psuCount; psu++) {
    state.psu.shareRatio[psu] = 1 + spread(seed, STREAM.psuShare, psu) * F.psuShareSpread;
    state.psu.outletGain[psu] = 1 + spread(seed, STREAM.outletGain, psu) * F.outletGainSpread;
  }
  for (let rack = 0; rack < layout.site.racks.length; rack++) {
    state.rack.leakRatio[rack] += spread(seed, STREAM.rackLeak, rack) * F.recirculationSpread;
  }
}

/** Thermal resistance of a GPU that is mounted as it should be, over the nominal one. */
export const soundResistance = ({ seed }: Layout, gpu: number) =>
  1 + spread(seed, STREAM.gpuResistance, gpu) * F.resistanceSpread;

export function countEcc({ gpu }: State, at: number, { sbe = 0, dbe = 0 }): void {
  gpu.eccSbe[at] += sbe;
  gpu.eccDbe[at] += dbe;
  gpu.eccSbeAgg[at] += sbe;
  gpu.eccDbeAgg[at] += dbe;
}

/** A GPU that fell off the bus or that heat switched off answers nobody. */
export const isPresent = ({ gpu }: State, at: number) =>
  gpu.lost[at] === 0 && gpu.offByHeat[at] === 0;

export function presentGpus({ gpuStart }: Layout, state: State, host: number): number {
  let count = 0;
  for (let at = gpuStart[host]; at < gpuStart[host + 1]; at++) {
    if (isPresent(state, at)) count++;
  }
  return count;
}

/** A BMC keeps this many entries and drops the oldest. */
const SEL_CAPACITY = 512;

export function logEvent(state: State, host: number, entry: Omit<SelEntry, 'id' | 'atS'>): void {
  const log = state.sel[host];
  const id = (log.at(-1)?.id ?? 0) + 1;
  log.push({ ...entry, id, atS: state.nowS });
  if (log.length > SEL_CAPACITY) log.shift();
}

/** Highest draw a host can reach, W at its cords; what ratings without a figure are made from. */
function hostMaxW(gpus: number, figures: GpuFigures | undefined): number {
  const gpuW = gpus * ((figures?.capW ?? 0) + F.nvswitchPerGpuW + F.fanMaxPerGpuW);
  const dimms = gpus > 0 ? F.dimmsPerGpuHost : F.dimmsPerCpuHost;
  const fanW = gpus > 0 ? 0 : F.fanMaxCpuHostW;
  const dimmW = dimms * (F.dimmIdleW + F.dimmActiveW);
  return (gpuW + F.cpuPerHost * F.cpuTdpW + dimmW + F.boardW + fanW) / F.fullLoadEfficiency;
}

function rateParts(layout: Layout, state: State): void {
  const { site } = layout;
  const rackMaxW = layout.rackHosts.map(hosts =>
    hosts.reduce((sum, host) => {
      return sum + hostMaxW(site.hosts[host].gpus, layout.gpuFigures[host]);
    }, F.switchIdleW),
  );
  const crahs = site.crahs.length;
  rackMaxW.forEach((maxW, rack) => {
    for (let k = 0; k < crahs; k++) {
      state.crah.ratedW[k] += F.crahMarginRatio * maxW * layout.crahShare[rack * crahs + k];
    }
    if (layout.rackCdu[rack] >= 0)
      state.cdu.ratedW[layout.rackCdu[rack]] += F.cduMarginRatio * maxW;
  });
  layout.pduUps.forEach((ups, pdu) => {
    if (ups >= 0) state.ups.ratedW[ups] += F.upsMarginRatio * rackMaxW[layout.pduRack[pdu]];
  });
  applyRatings(state.ups.ratedW, site.upses);
  applyRatings(state.crah.ratedW, site.crahs);
  applyRatings(state.cdu.ratedW, site.cdus);
}

const RATED_WITHOUT_LOAD_W = 100_000;

/** A stated rating wins; something that nothing hangs on still needs one to divide by. */
function applyRatings(made: Float64Array, entities: readonly { ratedW?: number }[]): void {
  entities.forEach(({ ratedW }, at) => {
    made[at] = ratedW ?? (made[at] || RATED_WITHOUT_LOAD_W);
  });
}
