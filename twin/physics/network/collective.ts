/** Time of collectives among GPUs, in the manner of NCCL: the fastest algorithm and protocol. */
import { COLLECTIVE, PROTOCOLS, type Protocol } from '../../tables/physics/network.ts';
import { checkGroup, type GpuGroup } from './group.ts';
import {
  type Algorithm,
  directPlan,
  nvlsPlan,
  type Operation,
  type Plan,
  ringPlan,
  treePlan,
  treeSizeRatio,
} from './stages.ts';

export type { Algorithm, Operation } from './stages.ts';

export interface CollectiveAsk {
  readonly operation: Operation;
  /** Of each GPU: all-reduce its buffer, all-gather the result, the others what it sends. */
  readonly bytes: number;
  /** `auto` takes the least time; that if absent. */
  readonly algorithm?: Algorithm | 'auto';
  /** Reduction in the NVSwitches may be used where the hardware can; true if absent. */
  readonly inSwitch?: boolean;
}

export interface CollectiveTime {
  readonly algorithm: Algorithm;
  readonly protocol: Protocol;
  readonly timeS: number;
  /** Bytes over time. */
  readonly algBytesPerS: number;
  /** Comparable with the rate of a link: times 2(n-1)/n for all-reduce, (n-1)/n for the others. */
  readonly busBytesPerS: number;
  /** What takes most of the time. */
  readonly bound: 'latency' | 'island' | 'network';
}

/**
 * Time of one collective from enqueuing to the last byte, s:
 * `launch + max(floor, latency + S w/B + c sqrt(S))`, over hosts the slower stage when pipelined, the
 * sum when not. Latencies and low-latency rates are NCCL's own; `c` follows from the best chunk size
 * of a pipeline; the rates `B` are measured ceilings of the GPU class. Never falls with the size or
 * with oversubscription.
 * @throws RangeError if bytes are negative, the group is out of range, or nothing can do it that way
 */
export function collectiveTime(ask: CollectiveAsk, group: GpuGroup): CollectiveTime {
  checkGroup(group);
  const { bytes, operation } = ask;
  if (!(bytes >= 0 && Number.isFinite(bytes))) throw new RangeError(`bytes: ${bytes}`);
  const plans = plansFor(ask, group);
  const timeOf = (plan: Plan) => planTime(plan, bytes, group.isPipelined ?? true);
  const best = plans.reduce((a, b) => (timeOf(b) < timeOf(a) ? b : a));
  const floorS = group.hosts > 1 ? COLLECTIVE.hostsFloorS : COLLECTIVE.floorS;
  const kernelS = Math.max(floorS.value, timeOf(best));
  const timeS = COLLECTIVE.launchS.value + kernelS;
  const algBytesPerS = bytes / timeS;
  return {
    algorithm: best.algorithm,
    protocol: best.protocol,
    timeS,
    algBytesPerS,
    busBytesPerS: algBytesPerS * busFactor(operation, group.hosts * group.gpusPerHost),
    bound: boundOf(best, bytes, timeS),
  };
}

/** Bus bandwidth over algorithm bandwidth, so that it compares with the rate of one link. */
const busFactor = (operation: Operation, gpus: number): number =>
  ((operation === 'allReduce' ? 2 : 1) * (gpus - 1)) / gpus;

function plansFor(ask: CollectiveAsk, group: GpuGroup): readonly Plan[] {
  const { operation, algorithm = 'auto', inSwitch = true } = ask;
  if (algorithm === 'nvls' && !inSwitch) {
    throw new RangeError('nvls is reduction in the switches, which inSwitch: false rules out');
  }
  const all = candidates(operation, group).filter(plan => inSwitch || plan.algorithm !== 'nvls');
  const wanted = algorithm === 'auto' ? all : all.filter(plan => plan.algorithm === algorithm);
  if (wanted.length === 0) {
    throw new RangeError(
      `${group.row.gpuClass} cannot do ${operation} by ${algorithm}; ` +
        `use one of ${[...new Set(all.map(plan => plan.algorithm))].join(', ')}`,
    );
  }
  return wanted;
}

function candidates(operation: Operation, group: GpuGroup): readonly Plan[] {
  if (operation === 'allToAll') return [directPlan(group)];
  const rings = PROTOCOLS.map(p => ringPlan(group, p, operation === 'allReduce' ? 2 : 1));
  const others =
    operation === 'allReduce' ? [...PROTOCOLS.map(p => treePlan(group, p)), nvlsPlan(group)] : [];
  return [...rings, ...others].filter(plan => plan !== undefined);
}

/** Bytes that count: trees lose part of their rate in the middle sizes. */
const effectiveBytes = (plan: Plan, bytes: number) =>
  plan.algorithm === 'tree' ? bytes / treeSizeRatio(plan.protocol, bytes) : bytes;

function planTime(plan: Plan, bytes: number, isPipelined: boolean): number {
  const effective = effectiveBytes(plan, bytes);
  const root = Math.sqrt(bytes);
  const times = plan.stages.map(stage => ({
    fill: stage.latencyS + stage.sPerRootByte * root,
    flow: stage.sPerByte * effective,
  }));
  const fillS = times.reduce((sum, { fill }) => sum + fill, 0);
  if (!isPipelined) return fillS + times.reduce((sum, { flow }) => sum + flow, 0);
  if (plan.isChain) return fillS + Math.max(...times.map(({ flow }) => flow));
  return Math.max(...times.map(({ fill, flow }) => fill + flow));
}

function boundOf(plan: Plan, bytes: number, timeS: number): CollectiveTime['bound'] {
  const slowest = plan.stages.reduce((a, b) => (b.sPerByte > a.sPerByte ? b : a));
  const flowS = slowest.sPerByte * effectiveBytes(plan, bytes);
  return flowS < timeS / 2 ? 'latency' : slowest.where;
}
