/** The hidden truth as JSON, for tests and for judging how well the twin estimates it. */
import type { ActiveFault } from './faults.ts';
import { F } from './figures.ts';
import { type Simulation, simulatedMs } from './simulation.ts';

interface SiteTruth {
  readonly itPowerW: number;
  readonly gpuPowerW: number;
  readonly pduLossW: number;
  readonly upsLossW: number;
  readonly coolingPowerW: number;
  readonly pueRatio: number;
  readonly heatAirW: number;
  readonly heatLiquidW: number;
  /** IT energy since second 0 and where it went, J: in = out + stored. */
  readonly inJ: number;
  readonly outJ: number;
  readonly storedJ: number;
}

export interface Truth {
  readonly atMs: number;
  readonly steps: number;
  readonly hash: string;
  readonly site: SiteTruth;
  readonly racks: readonly Record<string, number | string>[];
  readonly hosts: readonly Record<string, number | string>[];
  readonly gpus: readonly Record<string, number | string>[];
  readonly pdus: readonly Record<string, number | string>[];
  readonly upses: readonly Record<string, number | string>[];
  readonly crahs: readonly Record<string, number | string>[];
  readonly cdus: readonly Record<string, number | string>[];
  /** Cords that are not where the documents say. */
  readonly miscabled: readonly { host: string; psu: number; pdu: string; outlet: number }[];
  readonly jobs: readonly { name: string; kind: string; gpus: number; hosts: readonly string[] }[];
  readonly faults: readonly ActiveFault[];
}

export function readTruth(simulation: Simulation): Truth {
  const { layout, state, book, faults } = simulation;
  const { site } = layout;
  const pick = (columns: Readonly<Record<string, Float64Array>>, at: number) =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[at]]));
  const { host, gpu, rack, pdu, ups, crah, cdu } = state;
  return {
    ...{ atMs: simulatedMs(simulation), steps: state.steps, hash: stateHash(simulation) },
    site: siteTruth(simulation),
    racks: site.racks.map(({ id }, at) => ({ id, ...pick(rack, at) })),
    hosts: site.hosts.map(({ id }, at) => ({ id, ...pick(hostFields(host), at) })),
    gpus: Array.from({ length: layout.gpuCount }, (_, at) => ({
      ...{ host: site.hosts[layout.gpuHost[at]].id, uuid: layout.uuids[at] },
      slot: at - layout.gpuStart[layout.gpuHost[at]],
      ...pick(gpuFields(gpu), at),
    })),
    pdus: site.pdus.map(({ id }, at) => ({ id, ...pick(pdu, at) })),
    upses: site.upses.map(({ id }, at) => ({ id, ...pick(ups, at) })),
    crahs: site.crahs.map(({ id }, at) => ({ id, ...pick(crah, at) })),
    cdus: site.cdus.map(({ id }, at) => ({ id, ...pick(cdu, at) })),
    miscabled: miscabledCords(simulation),
    jobs: [...book.running.values()].map(({ name, kind, gpus, hosts }) => ({
      ...{ name, kind, gpus: gpus.length, hosts: hosts.map(at => site.hosts[at].id) },
    })),
    faults: [...faults.values()].map(entry => entry.fault),
  };
}

type Hosts = Simulation['state']['host'];
const hostFields = (host: Hosts) => ({
  ...{ powerW: host.powerW, dcPowerW: host.dcPowerW, gpuPowerW: host.gpuPowerW },
  ...{ cpuPowerW: host.cpuPowerW, dimmPowerW: host.dimmPowerW, nicPowerW: host.nicPowerW },
  ...{ fanPowerW: host.fanPowerW, psuLossW: host.psuLossW, fanRatio: host.fanRatio },
  ...{ inletTempC: host.inletTempC, exhaustTempC: host.exhaustTempC, cpuTempC: host.cpuTempC },
  ...{ cpuRatio: host.cpuRatio, netBytesPerS: host.netBytesPerS, poweredOn: host.poweredOn },
});

type Gpus = Simulation['state']['gpu'];
const gpuFields = (gpu: Gpus) => ({
  ...{ powerW: gpu.powerW, tempC: gpu.tempC, memTempC: gpu.memTempC, energyJ: gpu.energyJ },
  ...{ utilRatio: gpu.utilRatio, smRatio: gpu.smRatio, clockRatio: gpu.clockRatio, xid: gpu.xid },
  ...{ resistanceFactor: gpu.resistanceFactor, pcieWidth: gpu.pcieWidth },
});

/** Power of fans and pumps goes by the cube of their speed. */
const cubes = (ratio: Float64Array, ratedW: Float64Array) =>
  ratio.reduce((total, of, at) => total + ratedW[at] * of ** 3, 0);

const sum = (column: Float64Array) => column.reduce((total, value) => total + value, 0);

export function siteTruth({ state }: Simulation): SiteTruth {
  const { pdu, ups, rack, crah, cdu, energy } = state;
  const itPowerW = sum(state.psu.inputW);
  const fansW = cubes(crah.fanRatio, crah.ratedW) * F.crahFanWPerRatedW;
  const heatAirW = sum(rack.airHeatW);
  const heatLiquidW = sum(rack.liquidHeatW);
  const pumpsW = cubes(cdu.flowRatio, cdu.ratedW) * F.cduPumpWPerRatedW;
  // what fans give to the air is cooled as well
  const coolingPowerW = fansW + pumpsW + (heatAirW + heatLiquidW + fansW) / F.chillerCop;
  const lossW = sum(pdu.lossW) + sum(ups.lossW);
  return {
    ...{ itPowerW, gpuPowerW: sum(state.host.gpuPowerW), pduLossW: sum(pdu.lossW) },
    ...{ upsLossW: sum(ups.lossW), coolingPowerW, heatAirW, heatLiquidW },
    pueRatio: itPowerW > 0 ? (itPowerW + lossW + coolingPowerW) / itPowerW : Number.NaN,
    ...{ inJ: energy.inJ, outJ: energy.outJ, storedJ: sum(rack.storedJ) + sum(rack.soakedJ) },
  };
}

function miscabledCords({ layout, state }: Simulation) {
  const { site } = layout;
  const cords: { host: string; psu: number; pdu: string; outlet: number }[] = [];
  for (let psu = 0; psu < layout.psuCount; psu++) {
    if (state.psu.pdu[psu] === layout.psuPdu[psu]) continue;
    const host = layout.psuHost[psu];
    cords.push({
      ...{ host: site.hosts[host].id, psu: psu - layout.psuStart[host] },
      ...{ pdu: site.pdus[state.psu.pdu[psu]].id, outlet: state.psu.outlet[psu] },
    });
  }
  return cords;
}

/** FNV-1a over the bytes of every column: equal states, equal hash. */
export function stateHash({ state }: Simulation): string {
  let hash = 0x811c9dc5;
  for (const group of Object.values(state)) {
    if (typeof group !== 'object') continue;
    for (const column of Object.values(group)) {
      if (!ArrayBuffer.isView(column)) continue;
      for (const byte of new Uint8Array(column.buffer)) hash = Math.imul(hash ^ byte, 0x01000193);
    }
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
