/** What models say of a live GPU or host beyond what is measured, where its telemetry allows. */

import { dieFigures, hbmTempC } from '../physics/die/roofline.ts';
import { memoryReadS, numaSpeedRatio } from '../physics/host/cpu.ts';
import { migShare } from '../physics/host/gpu-sharing.ts';
import { nearestTransfers } from '../physics/network/live-network.ts';
import { current as currentReading } from '../physics/transient/reading.ts';
import type { State } from '../state/state.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';
import { childrenOfKind } from '../topology/walk.ts';

const current = (state: State, signal: string, entity: number): number | undefined => {
  const value = currentReading(state, signalIndex(signal), entity);
  return Number.isNaN(value) ? undefined : value;
};

interface LiveDie {
  /** Undefined without profiling metrics, or figures of the class. */
  readonly die: ReturnType<typeof dieFigures>;
  readonly clockRatio: number | undefined;
  readonly hbm: { readonly tempC: number; readonly isMeasured: boolean } | undefined;
  /** Of each MIG instance whose profile is known. */
  readonly instances: readonly {
    readonly id: string;
    readonly profile: string;
    readonly computeRatio: number;
    readonly memoryRatio: number;
  }[];
}

/** Of a GPU: where its work stands under the roof, and how warm its memory is. */
export function gpuFigures(state: State, gpu: number): LiveDie {
  const { topology } = state;
  const row = topology.classes[topology.classIndex[gpu]];
  const of = (signal: string) => current(state, signal, gpu);
  const [sm, tensor, dram] = ['smActiveRatio', 'tensorActiveRatio', 'dramActiveRatio'].map(of);
  const clockHz = of('smClockHz');
  const maxHz = row?.figures.smMaxClockHz?.value;
  const clockRatio = clockHz !== undefined && maxHz ? Math.min(1, clockHz / maxHz) : undefined;
  const isProfiled = sm !== undefined && tensor !== undefined && dram !== undefined;
  const activity = isProfiled && {
    ...{ smActiveRatio: sm, tensorActiveRatio: tensor, dramActiveRatio: dram },
    ...(clockRatio === undefined ? {} : { clockRatio }),
  };
  return {
    die: activity && row ? dieFigures(activity, row) : undefined,
    clockRatio,
    hbm: hbmOf(of('gpuMemTempC'), of('gpuTempC'), dram),
    instances: instancesOf(state, gpu),
  };
}

function hbmOf(
  measuredC: number | undefined,
  gpuTempC: number | undefined,
  dramActiveRatio: number | undefined,
) {
  if (measuredC !== undefined) return { tempC: measuredC, isMeasured: true };
  return gpuTempC === undefined || dramActiveRatio === undefined
    ? undefined
    : { tempC: hbmTempC(gpuTempC, dramActiveRatio), isMeasured: false };
}

function instancesOf(state: State, gpu: number) {
  const { topology } = state;
  const memBytes = topology.classes[topology.classIndex[gpu]]?.figures.memBytes?.value;
  return childrenOfKind(topology, gpu, KIND_INDEX.gpuInstance).flatMap(instance => {
    const profile = String(topology.attributes.get(instance)?.profile ?? '');
    const share = memBytes === undefined ? undefined : migShare(profile, memBytes);
    return share ? [{ id: topology.ids[instance], profile, ...share }] : [];
  });
}

export interface LiveHost {
  /** Measured part of the time that others take from its CPUs. */
  readonly stealRatio: number | undefined;
  /** Virtual CPUs' wish over cores that such steal means by the fluid model. */
  readonly wantedRatio: number | undefined;
  /** Memory of each pair of NUMA domains that are apart. */
  readonly numa: readonly {
    readonly from: number;
    readonly to: number;
    readonly distance: number;
    readonly readS: number;
    /** Speed of work that only waits for memory, all of it there, beside local memory. */
    readonly speedRatio: number;
  }[];
  /** Rates when every GPU sends to its nearest NIC at once. */
  readonly transfers: readonly {
    readonly gpu: string;
    readonly nic: string;
    readonly bytesPerS: number;
    readonly path: string;
    /** Ids of the two ends of the edge that limits it; undefined where the NIC's line does. */
    readonly limitedBy: readonly [string, string] | undefined;
  }[];
  /** Requests it serves; undefined where nothing reports them. */
  readonly service: LiveService | undefined;
}

interface LiveService {
  readonly requestsPerS: number;
  readonly latencyS: number;
  /** Waiting over arrivals (Little's law), at most all of the latency. */
  readonly queueS: number;
  readonly serveS: number;
}

/** Of a host: its processors, memory domains, PCIe and the requests it serves. */
export function hostFigures(state: State, host: number): LiveHost {
  const { topology } = state;
  const { numaDistance } = topology.fabric.hostFabric(host);
  const stealRatio = current(state, 'cpuStealRatio', host);
  return {
    stealRatio,
    wantedRatio: stealRatio === undefined || stealRatio >= 1 ? undefined : 1 / (1 - stealRatio),
    numa: numaDistance.flatMap((row, from) =>
      row.flatMap((distance, to) => {
        if (from === to || distance < 10) return [];
        const access = { remoteRatio: 1, distance };
        const speedRatio = numaSpeedRatio(access, 1);
        return [{ from, to, distance, readS: memoryReadS(access), speedRatio }];
      }),
    ),
    transfers: nearestTransfers(state, host),
    service: serviceOf(state, host),
  };
}

function serviceOf(state: State, host: number): LiveService | undefined {
  const requestsPerS = current(state, 'requestsPerS', host);
  const latencyS = current(state, 'requestLatencyS', host);
  const waiting = current(state, 'requestsWaitingCount', host);
  if (!requestsPerS || latencyS === undefined || waiting === undefined) return undefined;
  const queueS = Math.min(latencyS, waiting / requestsPerS);
  return { requestsPerS, latencyS, queueS, serveS: latencyS - queueS };
}
