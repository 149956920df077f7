/** The stages of a collective, inside hosts and between them, for each algorithm and protocol. */
import {
  BASE_LATENCY_S,
  COLLECTIVE,
  HOP_LATENCY_S,
  type Protocol,
  TREE_SIZE_RATIO,
} from '../../tables/physics/network.ts';
import { type GpuGroup, hostBytesPerS } from './group.ts';

export type Algorithm = 'ring' | 'tree' | 'nvls' | 'direct';
export type Operation = 'allReduce' | 'allGather' | 'reduceScatter' | 'allToAll';

/** Time of a stage for `S` bytes: `latencyS + S sPerByte + sqrt(S) sPerRootByte`. */
interface Stage {
  readonly where: 'island' | 'network';
  readonly latencyS: number;
  readonly sPerByte: number;
  readonly sPerRootByte: number;
}

export interface Plan {
  readonly algorithm: Algorithm;
  readonly protocol: Protocol;
  readonly stages: readonly Stage[];
  /** Every byte goes through all stages in turn, so that their latencies add even when pipelined. */
  readonly isChain: boolean;
}

interface Flowing {
  readonly where: Stage['where'];
  readonly latencyS: number;
  /** Bytes over the narrowest link for each byte of the operation. */
  readonly bytesPerByte: number;
  readonly bytesPerS: number;
  /**
   * Hand-overs of chunks from one GPU to the next. 0 where they cost nothing of their own: between
   * hosts the latency of a hop has them in it, for proxies post the next chunks ahead.
   */
  readonly steps: number;
}

const stageOf = (flow: Flowing): Stage => {
  const sPerByte = flow.bytesPerByte / flow.bytesPerS;
  const { chunkStepS } = COLLECTIVE;
  return {
    where: flow.where,
    latencyS: flow.latencyS,
    sPerByte,
    sPerRootByte: 2 * Math.sqrt(chunkStepS.value * flow.steps * sPerByte),
  };
};

/** Only the simple protocol moves chunks with a flag each; the others flag every few bytes. */
const chunked = (protocol: Protocol, steps: number) => (protocol === 'simple' ? steps : 0);

function lowRate(group: GpuGroup): number {
  const rates = group.row.llBytesPerS;
  return rates[Math.min(group.hosts, 3) - 1].value;
}

/** Rate of a ring inside the island, or 0 where the protocol is not offered. */
function ringRate(group: GpuGroup, protocol: Protocol): number {
  const { ringBytesPerS, ll128BytesPerS } = group.row;
  if (protocol === 'simple') return ringBytesPerS.value;
  if (protocol === 'll128') return ll128BytesPerS?.value ?? 0;
  return Math.min(lowRate(group), ringBytesPerS.value / 2);
}

/** Rate between hosts; the protocols that flag their bytes lose them on the wire too. */
function wireRate(group: GpuGroup, protocol: Protocol): number {
  const rate = hostBytesPerS(group);
  if (protocol === 'simple') return rate;
  if (protocol === 'll128') return rate * COLLECTIVE.ll128Ratio.value;
  return Math.min(lowRate(group), rate / 2);
}

/**
 * A ring over all GPUs: `passes` times round it (all-reduce 2, gather and scatter 1). Each host works
 * on a part of its own at any time, so the stages overlap wholly.
 */
export function ringPlan(group: GpuGroup, protocol: Protocol, passes: 1 | 2): Plan | undefined {
  const { hosts, gpusPerHost, row } = group;
  const gpus = hosts * gpusPerHost;
  const inside = ringRate(group, protocol);
  if (inside === 0) return undefined;
  const base = BASE_LATENCY_S.ring[protocol].value;
  const hop = HOP_LATENCY_S.ring;
  const netSteps = passes * (hosts - 1);
  const islandSteps = passes * (gpus - 1) - netSteps;
  const slower = protocol === 'll' && hosts > 1 ? COLLECTIVE.llMultiHostFactor.value : 1;
  const bytesPerByte = (passes * (gpus - 1)) / gpus;
  const stages: Stage[] = [];
  if (gpusPerHost > 1) {
    const latencyS = base + islandSteps * hop[row.wire][protocol].value * slower;
    const steps = chunked(protocol, islandSteps / hosts);
    stages.push(stageOf({ where: 'island', latencyS, bytesPerByte, bytesPerS: inside, steps }));
  }
  if (hosts > 1) {
    const latencyS = base + netSteps * hop.net[protocol].value;
    const bytesPerS = wireRate(group, protocol);
    stages.push(stageOf({ where: 'network', latencyS, bytesPerByte, bytesPerS, steps: 0 }));
  }
  return { algorithm: 'ring', protocol, stages, isChain: false };
}

/**
 * Bytes that each host sends for each byte reduced over a pair of trees: with two hosts each sends
 * half up and half down; with more, inner hosts send twice as much.
 */
const treeBytesPerByte = (hosts: number) => (hosts === 2 ? 1 : 2);
const treeDepth = (hosts: number) => Math.ceil(Math.log2(hosts));

function treeRate(group: GpuGroup, protocol: Protocol): number {
  const { treeRatio, treeLlRatio, treeLl128Ratio, treeLl128OneHostRatio } = COLLECTIVE;
  const simple = group.row.ringBytesPerS.value * treeRatio.value;
  if (protocol === 'simple') return simple;
  if (protocol === 'll') return Math.min(simple * treeLlRatio.value, lowRate(group));
  const ratio = group.hosts === 1 ? treeLl128OneHostRatio : treeLl128Ratio;
  return Math.min(simple * ratio.value, group.row.ll128BytesPerS?.value ?? 0);
}

/**
 * Part of its rate that a tree reaches with `bytes`, between the powers of two of the table by their
 * logarithms: so the time never falls with the size.
 */
export function treeSizeRatio(protocol: Protocol, bytes: number): number {
  const table = TREE_SIZE_RATIO[protocol];
  const at = Math.max(0, Math.log2(Math.max(bytes, 64) / 64));
  const below = Math.floor(at);
  const left = table[below] ?? 1;
  const right = table[below + 1] ?? 1;
  return left * (right / left) ** (at - below);
}

/** A chain inside each host and two complementary trees over the hosts: up to reduce, then down. */
export function treePlan(group: GpuGroup, protocol: Protocol): Plan | undefined {
  const { hosts, gpusPerHost, row } = group;
  const inside = treeRate(group, protocol);
  if (inside === 0) return undefined;
  const hop = HOP_LATENCY_S.tree;
  const slower = protocol === 'll' && hosts > 1 ? COLLECTIVE.llMultiHostFactor.value : 1;
  const stages: Stage[] = [];
  let base = BASE_LATENCY_S.tree[protocol].value;
  if (gpusPerHost > 1) {
    const islandSteps = 2 * (gpusPerHost - 1);
    const latencyS = base + islandSteps * hop[row.wire][protocol].value * slower;
    const steps = chunked(protocol, islandSteps);
    stages.push(stageOf({ where: 'island', latencyS, bytesPerByte: 2, bytesPerS: inside, steps }));
    base = 0;
  }
  if (hosts > 1) {
    const netSteps = 2 * treeDepth(hosts);
    const latencyS = base + netSteps * hop.net[protocol].value;
    const bytesPerByte = treeBytesPerByte(hosts);
    const bytesPerS = wireRate(group, protocol);
    stages.push(stageOf({ where: 'network', latencyS, bytesPerByte, bytesPerS, steps: 0 }));
  }
  return { algorithm: 'tree', protocol, stages, isChain: true };
}

/**
 * Reduction in the NVSwitches: of `g` GPUs each reads its part reduced and writes it to all, so that
 * `(g + 1) / g` bytes pass its links for each byte; trees over the network between islands.
 */
export function nvlsPlan(group: GpuGroup): Plan | undefined {
  const { hosts, gpusPerHost, row } = group;
  if (row.nvlsBytesPerS === undefined || gpusPerHost < 2) return undefined;
  const island: Stage = {
    where: 'island',
    latencyS: COLLECTIVE.nvlsLatencyS.value,
    sPerByte: (gpusPerHost + 1) / gpusPerHost / row.nvlsBytesPerS.value,
    sPerRootByte: COLLECTIVE.nvlsRootS.value,
  };
  const stages = [island];
  if (hosts > 1) {
    const netSteps = 2 * treeDepth(hosts);
    const latencyS = netSteps * COLLECTIVE.nvlsNetHopS.value;
    const bytesPerByte = treeBytesPerByte(hosts);
    const bytesPerS = hostBytesPerS(group);
    const net = stageOf({ where: 'network', latencyS, bytesPerByte, bytesPerS, steps: 0 });
    stages.push({ ...net, sPerRootByte: COLLECTIVE.nvlsNetRootS.value });
  }
  return { algorithm: 'nvls', protocol: 'simple', stages, isChain: true };
}

/**
 * All-to-all: every GPU sends its part to every other at once; what leaves the host crosses the
 * bisection of the network.
 */
export function directPlan(group: GpuGroup): Plan {
  const { hosts, gpusPerHost, row } = group;
  const gpus = hosts * gpusPerHost;
  const base = BASE_LATENCY_S.ring.simple.value;
  const stages: Stage[] = [];
  if (gpusPerHost > 1) {
    stages.push(
      stageOf({
        where: 'island',
        latencyS: base + HOP_LATENCY_S.ring[row.wire].simple.value,
        bytesPerByte: (gpusPerHost - 1) / gpus,
        bytesPerS: row.ringBytesPerS.value,
        steps: gpusPerHost - 1,
      }),
    );
  }
  if (hosts > 1) {
    stages.push(
      stageOf({
        where: 'network',
        latencyS: base + HOP_LATENCY_S.ring.net.simple.value,
        bytesPerByte: (gpusPerHost * (gpus - gpusPerHost)) / gpus,
        bytesPerS: hostBytesPerS(group),
        steps: 0,
      }),
    );
  }
  return { algorithm: 'direct', protocol: 'simple', stages, isChain: false };
}
