/**
 * A host part by part: what its GPUs, processors, memory, network, drives and fans take behind its
 * power supplies. What the parts do not explain of the maker's maximum is its board.
 */
import { componentOf, type HardwareClass } from '../../tables/catalogue.ts';
import type { Kind } from '../../tables/kinds.ts';
import { HOST_PARTS } from '../../tables/physics/power.ts';
import { within } from '../number-check.ts';
import { fanPowerW } from './fan.ts';
import { psuCurve, psuEfficiency } from './psu.ts';

/** Between two figures by the part of its work that something does. No checks. */
const linearPowerW = (idleW: number, maxW: number, workRatio: number) =>
  idleW + (maxW - idleW) * workRatio;

/** Package power of a processor, W: `idle + (TDP - idle) * util`. */
export const cpuPowerW = (tdpW: number, utilRatio: number) =>
  linearPowerW(HOST_PARTS.cpuIdleRatio.value * tdpW, tdpW, utilRatio);

interface HostParts {
  readonly gpuCount: number;
  readonly cpuTdpW: number;
  readonly dimmCount: number;
  readonly nicCount: number;
  readonly nvmeCount: number;
  readonly fanMaxW: number;
  /** NVSwitches, boards, BMC at full work, W. */
  readonly boardMaxW: number;
}

/** How hard each part works, 0-1; fans by their speed. */
export interface HostWork {
  readonly cpuRatio: number;
  readonly memoryRatio: number;
  readonly networkRatio: number;
  readonly driveRatio: number;
  /** NVSwitches, regulators: as busy as the GPUs. */
  readonly boardRatio: number;
  readonly fanSpeedRatio: number;
}

const FULL: HostWork = {
  cpuRatio: 1,
  memoryRatio: 1,
  networkRatio: 1,
  driveRatio: 1,
  boardRatio: 1,
  fanSpeedRatio: 1,
};

/**
 * The parts of a host class.
 * @returns undefined where the class lacks its maximum or the power of its processors
 */
export function hostParts(
  host: HardwareClass,
  classOf: (id: string) => HardwareClass | undefined,
): HostParts | undefined {
  const { powerMaxW, cpuTdpW, dimmCount, fanPowerMaxW } = host.figures;
  if (!powerMaxW || !cpuTdpW) return undefined;
  const count = (kind: Kind) => componentOf(host, kind)?.count ?? 0;
  const classAt = (kind: Kind) => classOf(componentOf(host, kind)?.class ?? '');
  const parts: HostParts = {
    gpuCount: count('gpu'),
    cpuTdpW: cpuTdpW.value * count('socket'),
    dimmCount: dimmCount?.value ?? 0,
    nicCount: count('nic'),
    nvmeCount: count('nvme'),
    fanMaxW: fanPowerMaxW?.value ?? 0,
    boardMaxW: 0,
  };
  const psu = classAt('psu');
  const efficiency = psu ? psuEfficiency(psuCurve(psu.figures), 0.5) : 1;
  const gpuMaxW = classAt('gpu')?.figures.powerMaxW?.value ?? 0;
  const knownW = hostDcPowerW(parts, parts.gpuCount * gpuMaxW, FULL);
  return { ...parts, boardMaxW: Math.max(0, powerMaxW.value * efficiency - knownW) };
}

/** Power behind the supplies, W. No checks, no allocation. */
export const hostDcPowerW = (parts: HostParts, gpuPowerW: number, work: HostWork) =>
  gpuPowerW +
  cpuPowerW(parts.cpuTdpW, work.cpuRatio) +
  parts.dimmCount * dimmPowerW(work.memoryRatio) +
  parts.nicCount * nicPowerW(work.networkRatio) +
  parts.nvmeCount * nvmePowerW(work.driveRatio) +
  fanPowerW(parts.fanMaxW, work.fanSpeedRatio) +
  boardPowerW(parts.boardMaxW, work.boardRatio);

/** NVSwitches and boards, W, by how busy they are. */
const boardPowerW = (maxW: number, workRatio: number) =>
  linearPowerW(HOST_PARTS.boardIdleRatio.value * maxW, maxW, workRatio);

/** One DIMM, W, by the part of its bandwidth in use. */
export const dimmPowerW = (workRatio: number) =>
  linearPowerW(HOST_PARTS.dimmIdleW.value, HOST_PARTS.dimmMaxW.value, workRatio);

/** One NIC, W, by the part of its bandwidth in use. */
export const nicPowerW = (workRatio: number) =>
  linearPowerW(HOST_PARTS.nicIdleW.value, HOST_PARTS.nicMaxW.value, workRatio);

/** One NVMe drive, W, by the part of its bandwidth in use. */
const nvmePowerW = (workRatio: number) =>
  linearPowerW(HOST_PARTS.nvmeIdleW.value, HOST_PARTS.nvmeMaxW.value, workRatio);

/** @throws RangeError naming the first part whose work is not within 0-1 */
export function checkHostWork(work: HostWork): HostWork {
  for (const [name, ratio] of Object.entries(work)) within(name, ratio, 0, 1);
  return work;
}
