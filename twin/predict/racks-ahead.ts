/** What racks draw by the powers of their GPUs at an instant, and how fast their fans then run. */
import { GPUS_A_PART } from './gpu-levels.ts';
import type { Heat } from './heat.ts';
import type { HostCpu } from './host-cpu.ts';
import type { PowersAhead } from './powers-ahead.ts';
import type { RackPower } from './rack-power.ts';
import type { PredictedSite } from './site.ts';

/** Fan speed, temperature and power hang on one another; so many rounds settle them. */
const ROUNDS = 3;
const HOSTS_A_PART = GPUS_A_PART / 8;

export interface RacksAhead {
  /** By the fit alone, without what it leaves over now, W. */
  readonly fitW: Float64Array;
  /** Speed of the fans of each host, in parts of the highest. */
  readonly fans: Float64Array;
  /** Part of each rack's GPU power that goes on as it is, and is known by its own readings. */
  readonly lasting: Float64Array;
  /** Part of it whose jobs go on. */
  readonly going: Float64Array;
}

export interface RackSource {
  readonly site: PredictedSite;
  readonly gpusOfHost: readonly (readonly number[])[];
  readonly cpu: HostCpu;
  readonly power: RackPower;
  readonly heat: Heat;
  /** Inlets of the last minutes: what fans are told by until the new powers are known. */
  readonly inletNowC: Float64Array;
}

export function* racksAhead(source: RackSource, ahead: PowersAhead): Generator<void, RacksAhead> {
  const { site, gpusOfHost, cpu, power } = source;
  const { rackOfHost, racks } = site;
  const gpuW = new Float64Array(racks.length);
  const lastingW = new Float64Array(racks.length);
  const goingW = new Float64Array(racks.length);
  const cpuW = new Float64Array(racks.length);
  const cubes = new Float64Array(racks.length);
  const fans = new Float64Array(rackOfHost.length);
  for (let host = 0; host < rackOfHost.length; host++) {
    if (host % HOSTS_A_PART === HOSTS_A_PART - 1) yield;
    const rack = rackOfHost[host];
    const gpus = gpusOfHost[host];
    fans[host] = fanAhead(source, host, ahead.gpuLaggedW);
    if (rack < 0) continue;
    for (const gpu of gpus) {
      gpuW[rack] += ahead.gpuW[gpu];
      lastingW[rack] += ahead.isLasting[gpu] ? ahead.gpuW[gpu] : 0;
      goingW[rack] += ahead.isGoing[gpu] ? ahead.gpuW[gpu] : 0;
    }
    const jobs = gpus.map(gpu => ahead.jobs[gpu]);
    cpuW[rack] += cpu.valueW(host, jobs);
    cubes[rack] += fans[host] ** 3;
  }
  const partOf = (parts: Float64Array) =>
    parts.map((w, rack) => (gpuW[rack] > 0 ? w / gpuW[rack] : 1));
  const fitW = gpuW.map((w, rack) => power.fitW(rack, w, cpuW[rack], cubes[rack]));
  return { fitW, fans, lasting: partOf(lastingW), going: partOf(goingW) };
}

/** Speed and hottest GPU of a host settle on each other. */
function fanAhead(source: RackSource, host: number, gpuLaggedW: Float64Array): number {
  const { heat, site, inletNowC, gpusOfHost } = source;
  const inletC = heat.hostInletC(host, inletNowC[site.rackOfHost[host]]);
  let fan = 0.6;
  for (let round = 0; round < ROUNDS; round++) {
    let hottestC = Number.NEGATIVE_INFINITY;
    for (const gpu of gpusOfHost[host]) {
      hottestC = Math.max(hottestC, heat.gpuC(gpu, gpuLaggedW[gpu], fan, inletC));
    }
    fan = (fan + heat.fanRatio(host, hottestC)) / 2;
  }
  return fan;
}
