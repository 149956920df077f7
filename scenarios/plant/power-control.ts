/**
 * What takes hosts off and brings them back: BMC commands, faults, lost supply, heat. Each keeps its
 * own bit, so that whoever ends gives back only what it took.
 */
import { critical, type FaultScope } from './fault-kind.ts';
import { F } from './figures.ts';
import { evictHost } from './jobs.ts';
import { isCool, isTooHot } from './physics/cooling-loss.ts';
import { hasSupply } from './physics/power-chain.ts';
import { logEvent } from './state.ts';

export const OFF = { fault: 1, command: 2, supply: 4, heat: 8 } as const;

export const RESET_TYPES: readonly string[] = [
  ...['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart', 'GracefulRestart', 'PowerCycle'],
];

export function switchOff(scope: FaultScope, host: number, why: number): void {
  const { layout, state, book } = scope;
  const { host: hosts } = state;
  hosts.offBy[host] |= why;
  hosts.powerOnAtS[host] = Number.NaN;
  if (hosts.poweredOn[host] === 0) return;
  hosts.poweredOn[host] = 0;
  evictHost(layout, state, book, host);
}

/** The host boots once nothing else keeps it off. */
export function giveBack({ state }: FaultScope, host: number, why: number): void {
  const { offBy, powerOnAtS } = state.host;
  if ((offBy[host] & why) === 0) return;
  offBy[host] &= ~why;
  if (offBy[host] === 0) powerOnAtS[host] = state.nowS + F.bootS;
}

function restart(scope: FaultScope, host: number): void {
  switchOff(scope, host, OFF.command);
  giveBack(scope, host, OFF.command | OFF.heat);
}

/** Carries out a reset; false for a type that this BMC does not know. */
export function resetHost(scope: FaultScope, host: number, type: string): boolean {
  if (!RESET_TYPES.includes(type)) return false;
  const log = (message: string) =>
    logEvent(scope.state, host, { severity: 'OK', sensorType: 'System Event', message });
  if (type === 'On') {
    giveBack(scope, host, OFF.command | OFF.heat);
    log('Power on by BMC');
  } else if (type.includes('Restart') || type === 'PowerCycle') {
    restart(scope, host);
    log(`Restart by BMC (${type})`);
  } else {
    switchOff(scope, host, OFF.command);
    log(`Power off by BMC (${type})`);
  }
  return true;
}

export function stepPowerControl(scope: FaultScope, dtS: number): void {
  const { nowS, host: hosts } = scope.state;
  for (let host = 0; host < scope.layout.hostCount; host++) {
    followSupply(scope, host);
    if (hosts.poweredOn[host] === 1) switchOffHot(scope, host);
    returnFromHeat(scope, host, dtS);
    if (nowS >= hosts.powerOnAtS[host]) powerOn(scope, host);
  }
}

/** BMCs restore the state before the loss, which is what servers are delivered with. */
function followSupply(scope: FaultScope, host: number): void {
  const { layout, state } = scope;
  const wasDark = (state.host.offBy[host] & OFF.supply) !== 0;
  const isDark = !hasSupply(layout, state, host);
  if (isDark && !wasDark) switchOff(scope, host, OFF.supply);
  if (isDark || !wasDark) return;
  giveBack(scope, host, OFF.supply);
  logEvent(state, host, { severity: 'OK', sensorType: 'Power Unit', message: 'AC restored' });
}

function switchOffHot(scope: FaultScope, host: number): void {
  const { layout, state } = scope;
  if (isTooHot(layout, state, host)) {
    const message = 'Inlet or coolant above upper non-recoverable: powered off';
    logEvent(state, host, critical('Temperature', message));
    switchOff(scope, host, OFF.heat);
  } else switchOffHotGpus(scope, host);
}

function switchOffHotGpus({ layout, state, book }: FaultScope, host: number): void {
  const { tempC, offByHeat, xidAtS } = state.gpu;
  const first = layout.gpuStart[host];
  for (let gpu = first; gpu < layout.gpuStart[host + 1]; gpu++) {
    const atC = layout.gpuFigures[host]!.shutdownTempC;
    if (offByHeat[gpu] === 1 || tempC[gpu] < atC) continue;
    offByHeat[gpu] = 1;
    xidAtS[gpu] = state.nowS;
    logEvent(state, host, critical('Temperature', `GPU ${gpu - first}: thermal shutdown`));
    evictHost(layout, state, book, host);
  }
}

/**
 * A GPU that heat switched off comes back with its host's next power cycle, and a host that heat
 * switched off when somebody powers it on: both a while after all is within limits again.
 */
function returnFromHeat(scope: FaultScope, host: number, dtS: number): void {
  const { layout, state } = scope;
  const { coolS, offBy, poweredOn } = state.host;
  if ((offBy[host] & OFF.heat) === 0 && !missesGpuByHeat(scope, host)) return;
  coolS[host] = isCool(layout, state, host) ? coolS[host] + dtS : 0;
  if (coolS[host] < F.heatReturnS) return;
  coolS[host] = 0;
  if (poweredOn[host] === 1) restart(scope, host);
  else giveBack(scope, host, OFF.heat);
}

function missesGpuByHeat({ layout, state }: FaultScope, host: number): boolean {
  for (let gpu = layout.gpuStart[host]; gpu < layout.gpuStart[host + 1]; gpu++) {
    if (state.gpu.offByHeat[gpu] === 1) return true;
  }
  return false;
}

/** A boot resets what the driver keeps in memory and carries out pending row remaps. */
function powerOn({ layout, state }: FaultScope, host: number): void {
  const { host: hosts, gpu } = state;
  hosts.poweredOn[host] = 1;
  hosts.powerOnAtS[host] = Number.NaN;
  hosts.bootS[host] = state.nowS;
  for (const column of sinceBoot(hosts)) column[host] = 0;
  for (let at = layout.gpuStart[host]; at < layout.gpuStart[host + 1]; at++) {
    for (const column of sinceLoad(gpu)) column[at] = 0;
  }
}

type State = FaultScope['state'];

/** What the kernel counts from its start. */
const sinceBoot = (host: State['host']) => [
  ...[host.cpuBusyS, host.cpuIowaitS, host.pressureS, host.netRxBytes, host.netTxBytes],
  ...[host.netErrors, host.diskReadBytes, host.diskWrittenBytes, host.diskBusyS, host.memErrors],
];

/** What a GPU and its driver count from their start. */
const sinceLoad = (gpu: State['gpu']) => [
  ...[gpu.xid, gpu.offByHeat, gpu.rowRemapPending, gpu.eccSbe, gpu.eccDbe, gpu.energyJ],
  ...[gpu.pcieReplays, gpu.powerThrottledS, gpu.thermalThrottledS],
];
