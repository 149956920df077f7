/** What a BMC can do to its host: the reset types of Redfish, and hosts that come back. */

import type { FaultScope } from './fault-kind.ts';
import { evictHost } from './jobs.ts';
import { logEvent } from './state.ts';

export const RESET_TYPES: readonly string[] = [
  ...['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart', 'GracefulRestart', 'PowerCycle'],
];

/** Seconds from reset to a host that answers again. */
const BOOT_S = 120;

/** Carries out a reset; false for a type that this BMC does not know. */
export function resetHost(scope: FaultScope, host: number, type: string): boolean {
  const { state } = scope;
  if (!RESET_TYPES.includes(type)) return false;
  const log = (message: string) =>
    logEvent(state, host, { severity: 'OK', sensorType: 'System Event', message });
  if (type === 'On') {
    if (state.host.poweredOn[host] === 0) powerOn(scope, host);
    log('Power on by BMC');
    return true;
  }
  evictHost(scope.layout, scope.state, scope.book, host);
  state.host.poweredOn[host] = 0;
  const restarts = type.includes('Restart') || type === 'PowerCycle';
  state.host.powerOnAtS[host] = restarts ? state.nowS + BOOT_S : Number.NaN;
  log(restarts ? `Restart by BMC (${type})` : `Power off by BMC (${type})`);
  return true;
}

export function stepRestarts(scope: FaultScope): void {
  const { powerOnAtS } = scope.state.host;
  for (let host = 0; host < powerOnAtS.length; host++) {
    if (scope.state.nowS >= powerOnAtS[host]) powerOn(scope, host);
  }
}

/** A boot resets what the driver keeps in memory and carries out pending row remaps. */
function powerOn({ layout, state, book }: FaultScope, host: number): void {
  state.host.poweredOn[host] = 1;
  state.host.powerOnAtS[host] = Number.NaN;
  state.host.bootS[host] = state.nowS;
  const { host: hosts, gpu } = state;
  for (const column of [hosts.cpuBusyS, hosts.cpuIowaitS, hosts.netRxBytes, hosts.netTxBytes]) {
    column[host] = 0;
  }
  for (let at = layout.gpuStart[host]; at < layout.gpuStart[host + 1]; at++) {
    for (const column of [gpu.xid, gpu.rowRemapPending, gpu.eccSbe, gpu.eccDbe, gpu.energyJ]) {
      column[at] = 0;
    }
  }
  book.revision++;
}
