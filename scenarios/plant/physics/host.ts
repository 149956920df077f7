/** Host power over one step: processors, memory, NICs, fans, then the supplies and their cords. */
import { F, PSU_EFFICIENCY } from '../figures.ts';
import type { Layout } from '../layout.ts';
import type { State } from '../state.ts';
import { lagShare } from './gpu.ts';

export function stepHosts(layout: Layout, state: State, dtS: number): void {
  for (let host = 0; host < layout.hostCount; host++) {
    sumParts(layout, state, host, dtS);
    splitOverSupplies(layout, state, host);
    countTraffic(state, host, dtS);
  }
}

function sumParts(layout: Layout, state: State, host: number, dtS: number): void {
  const { host: hosts, gpu } = state;
  const gpus = layout.site.hosts[host].gpus;
  const on = hosts.poweredOn[host];
  let gpuPowerW = 0;
  let hottestC = 0;
  for (let at = layout.gpuStart[host]; at < layout.gpuStart[host + 1]; at++) {
    gpuPowerW += gpu.powerW[at];
    if (gpu.sensedTempC[at] > hottestC) hottestC = gpu.sensedTempC[at];
  }
  const cpu = hosts.cpuRatio[host];
  const dimms = gpus > 0 ? F.dimmsPerGpuHost : F.dimmsPerCpuHost;
  const nics = layout.site.hosts[host].nics.length;
  const line = Math.max(1, nics * F.nicLineBytesPerS);
  hosts.gpuPowerW[host] = gpuPowerW;
  hosts.cpuPowerW[host] = on * F.cpuPerHost * (F.cpuIdleW + (F.cpuTdpW - F.cpuIdleW) * cpu);
  hosts.dimmPowerW[host] = on * dimms * (F.dimmIdleW + F.dimmActiveW * hosts.memRatio[host]);
  hosts.nicPowerW[host] =
    on * nics * (F.nicIdleW + F.nicActiveW * (hosts.netBytesPerS[host] / line));
  stepFans(state, host, gpus, gpus > 0 ? hottestC : hosts.cpuTempC[host], dtS);
  hosts.dcPowerW[host] =
    gpuPowerW +
    hosts.cpuPowerW[host] +
    hosts.dimmPowerW[host] +
    hosts.nicPowerW[host] +
    hosts.fanPowerW[host] +
    on * (F.boardW + gpus * F.nvswitchPerGpuW);
  const cdu = layout.rackCdu[layout.hostRack[host]];
  const coolantC = cdu < 0 ? hosts.inletTempC[host] + F.cpuPreheatK : state.cdu.supplyTempC[cdu];
  const resistance = cdu < 0 ? F.cpuResistanceKPerW : F.liquidCpuResistanceKPerW;
  const cpuC = coolantC + (resistance * hosts.cpuPowerW[host]) / F.cpuPerHost;
  hosts.cpuTempC[host] += (cpuC - hosts.cpuTempC[host]) * lagShare(dtS, F.cpuTauS);
}

/** Speed follows the hottest GPU; power follows the cube of speed, air its first power. */
function stepFans(state: State, host: number, gpus: number, hottestC: number, dtS: number): void {
  const { host: hosts } = state;
  const want = (hottestC - F.fanStartTempC) / (F.fanFullTempC - F.fanStartTempC);
  const target =
    hosts.poweredOn[host] *
    Math.max(F.fanFloorRatio, Math.min(1, F.fanFloorRatio + want * (1 - F.fanFloorRatio)));
  hosts.fanRatio[host] += (target - hosts.fanRatio[host]) * lagShare(dtS, F.fanTauS);
  const maxW = gpus > 0 ? gpus * F.fanMaxPerGpuW : F.fanMaxCpuHostW;
  const maxFlow = gpus > 0 ? gpus * F.airflowMaxPerGpuM3PerS : F.airflowCpuHostM3PerS;
  hosts.fanPowerW[host] = hosts.poweredOn[host] * maxW * hosts.fanRatio[host] ** 3;
  hosts.airflowM3PerS[host] = maxFlow * Math.max(0.02, hosts.fanRatio[host]);
}

/** Supplies that work and have a live PDU share the load; with none left the host is off. */
function splitOverSupplies(layout: Layout, state: State, host: number): void {
  const { psu, host: hosts } = state;
  const first = layout.psuStart[host];
  const end = layout.psuStart[host + 1];
  let shares = 0;
  for (let at = first; at < end; at++) shares += liveShare(state, at);
  const loadW = hosts.dcPowerW[host];
  const ratedW = psuRatedW(layout, host);
  let inputW = 0;
  for (let at = first; at < end; at++) {
    const outputW = shares === 0 ? 0 : (loadW * liveShare(state, at)) / shares;
    psu.outputW[at] = outputW;
    psu.inputW[at] = outputW / psuEfficiency(outputW / ratedW);
    inputW += psu.inputW[at];
  }
  hosts.powerW[host] = inputW;
  hosts.psuLossW[host] = inputW - loadW;
}

export const psuRatedW = ({ site }: Layout, host: number) =>
  site.hosts[host].gpus > 0 ? F.psuRatedW : F.psuRatedCpuHostW;

const liveShare = (state: State, psu: number) =>
  state.psu.ok[psu] * state.pdu.live[state.psu.pdu[psu]] * state.psu.shareRatio[psu];

function psuEfficiency(load: number): number {
  for (let at = 1; at < PSU_EFFICIENCY.length; at++) {
    const [toLoad, toEfficiency] = PSU_EFFICIENCY[at];
    if (load > toLoad && at + 1 < PSU_EFFICIENCY.length) continue;
    const [fromLoad, fromEfficiency] = PSU_EFFICIENCY[at - 1];
    const share = Math.min(1, (load - fromLoad) / (toLoad - fromLoad));
    return fromEfficiency + share * (toEfficiency - fromEfficiency);
  }
  return 1;
}

function countTraffic(state: State, host: number, dtS: number): void {
  const { host: hosts } = state;
  const on = hosts.poweredOn[host];
  const busyS = hosts.cpuRatio[host] * on * dtS;
  hosts.cpuBusyS[host] += busyS;
  hosts.cpuIowaitS[host] += 0.02 * busyS;
  hosts.pressureS[host] += 0.04 * busyS;
  const receivedBytes = on * hosts.netBytesPerS[host] * dtS;
  const sentBytes = 0.98 * receivedBytes;
  hosts.netRxBytes[host] += receivedBytes;
  hosts.netTxBytes[host] += sentBytes;
  hosts.portOutBytes[host] += receivedBytes;
  hosts.portInBytes[host] += sentBytes;
  hosts.netErrors[host] += on * hosts.netErrorPerS[host] * dtS;
  const diskBytes = on * dtS * (4e6 + 2e9 * Math.max(0, hosts.cpuRatio[host] - 0.2));
  hosts.diskWrittenBytes[host] += diskBytes;
  hosts.diskReadBytes[host] += on * dtS * (1e6 + 4e8 * hosts.cpuRatio[host]);
  hosts.diskBusyS[host] += Math.min(0.6 * dtS, diskBytes / 5e9 + 0.01 * on * dtS);
}
