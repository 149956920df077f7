/**
 * Figures of the network and of collectives. Latencies are those with which NCCL chooses between its
 * algorithms; rates and the terms that depend on size are fitted to published measurements.
 */
import type { Figure } from '../catalogue.ts';
import { chosen, computed, recalled, seen } from '../classes/figure.ts';

const NCCL = 'NCCL src/graph/tuning.cc';
const US = 1e-6;

export type Protocol = 'll' | 'll128' | 'simple';
type HopWire = 'nvlink' | 'pcie' | 'net';

export const PROTOCOLS: readonly Protocol[] = ['ll', 'll128', 'simple'];

type PerProtocol = Readonly<Record<Protocol, Figure>>;

/** In the order low latency, low latency 128 bytes, simple; microseconds. */
const perProtocol = (ll: number, ll128: number, simple: number): PerProtocol => ({
  ll: seen(ll * US, NCCL),
  ll128: seen(ll128 * US, NCCL),
  simple: seen(simple * US, NCCL),
});

/** Time before the first byte moves, s. */
export const BASE_LATENCY_S = {
  ring: perProtocol(6.6, 14, 8.4),
  tree: perProtocol(6.8, 14, 8.4),
} as const;

/** Time for one step over one wire, s. */
export const HOP_LATENCY_S: Readonly<
  Record<'ring' | 'tree', Readonly<Record<HopWire, PerProtocol>>>
> = {
  ring: {
    nvlink: perProtocol(0.6, 1.9, 3.4),
    pcie: perProtocol(1, 2.5, 5.7),
    net: perProtocol(2.7, 4, 14),
  },
  tree: {
    nvlink: perProtocol(0.6, 1.25, 4),
    pcie: perProtocol(1, 1.9, 4),
    net: perProtocol(5, 8.5, 14),
  },
};

/**
 * Part of their rate that trees reach with messages of middle size: by powers of two from 64 bytes,
 * 1 beyond the last.
 */
export const TREE_SIZE_RATIO: Readonly<Record<Protocol, readonly number[]>> = {
  ll: [1, 1, 1, 1, 0.9, 0.8, 0.7, 0.7, 0.7, 0.7, 0.6, 0.5, 0.4, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  ll128: [
    ...[1, 1, 1, 1, 1, 0.9, 0.8, 0.8, 0.8, 0.7, 0.6, 0.6, 0.6, 0.5, 0.6, 0.6, 0.7, 0.7, 0.8],
    ...[0.9, 0.9],
  ],
  simple: [
    ...[0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.8, 0.7, 0.6, 0.6, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
    ...[0.6, 0.6, 0.7, 0.8, 0.9],
  ],
};

const TORCH_BESIDE =
  'Four H100, torch.distributed beside nccl-tests on one host: 16-18 us more at every size';

export const COLLECTIVE = {
  /** Reduction in the NVSwitches, once in and out. */
  nvlsLatencyS: seen(25e-6, NCCL),
  /** One step of its tree over the network. */
  nvlsNetHopS: seen(20.9e-6, NCCL),
  /** A framework enqueues the operation before it starts. */
  launchS: computed(17e-6, TORCH_BESIDE),
  /** No operation of NCCL is faster than this, whatever its tuning tables say. */
  floorS: computed(22e-6, 'Least times of 8 x H200 and 4 x H100, less the enqueuing'),
  /** The same over more than one host. */
  hostsFloorS: computed(40e-6, 'Least times of 2 x 8 H200 (44 us) and 2 x 8 MI355X (37 us)'),
  /** The low-latency protocol takes longer a step inside a host when the ring leaves it. */
  llMultiHostFactor: seen(1.8, NCCL),
  /** Part of the ring's rate that trees reach: simple, then low latency over one and many hosts. */
  treeRatio: seen(0.92, NCCL),
  treeLlRatio: seen(1 / 3.8, NCCL),
  treeLl128OneHostRatio: seen(7 / 9, NCCL),
  treeLl128Ratio: seen(0.915, NCCL),
  /** 120 bytes of 128 carry payload; with its flags the protocol reaches this part of a link. */
  ll128Ratio: seen(0.92, `${NCCL}; 4 x H100 to 3 %`),
  /**
   * Time to hand over one chunk. Chunks of the best size make a pipeline of `k` steps take
   * `2 sqrt(k * chunkStepS * S / B)` more than its last byte: the term in the root of the size.
   */
  chunkStepS: computed(0.17e-6, 'Fit: 0.15 us on 8 x A100, 0.19 us on 4 x H100, 64 MiB to 8 GiB'),
  /** The same term of the reduction in switches: s for each root of a byte. */
  nvlsRootS: computed(7.2e-9, 'Fit on 8 x H200, 4 MiB to 16 GiB'),
  /** What its trees over the network add to that. */
  nvlsNetRootS: computed(9.8e-9, 'Fit on 2 x 8 H200, 8 MiB to 8 GiB'),
  /** Part of a NIC's line rate that carries payload. */
  nicRatio: seen(0.96, 'NCCL maintainers: 46-48 of 50, 24 of 25 GB/s; 386 of 400 measured'),
  /** Part of a PCIe link's rate that transfers between GPU and NIC reach. */
  pcieRatio: recalled(0.85, 'Packet headers and credits; bandwidth tests of GPUs'),
} as const satisfies Readonly<Record<string, Figure>>;

/** Tiers of the data-centre network, from the switch above a host outwards. */
export const NETWORK = {
  /** Adapter and its driver at each end of a path, RDMA. */
  nicLatencyS: recalled(1e-6, 'RDMA write of a few bytes: 1-2 us between neighbours'),
  switchHopS: recalled(1e-6, '1-5 us a hop: cut-through with forward error correction'),
  /** Rates of failure for a month, of one link and of one switch. */
  nicTorLinkFailPerMonth: seen(0.00057, 'Alibaba HPN, SIGCOMM 2024'),
  torFailPerMonth: seen(0.00051, 'Alibaba HPN, SIGCOMM 2024'),
  /** The other of two ports takes over, if it is there: time during which both must not fail. */
  repairH: chosen(24, 'Orrery: a failed link or switch is mended within a day'),
  /** Failures that take both halves of a pair: firmware, a wrong change, a common power feed. */
  commonCauseRatio: recalled(0.02, 'Beta factor of redundant pairs: 1-5 %'),
  /** Part of the bytes between sockets that the link in between reaches. */
  socketBytesPerS: recalled(50e9, 'Two to three UPI or xGMI links, per direction'),
  /** A transfer that enters memory on its way uses its bandwidth twice. */
  stagedRatio: seen(0.59, 'Staged through memory: 37 of 63 GB/s, an H100 host without P2P'),
} as const satisfies Readonly<Record<string, Figure>>;

/** Hours in a month of 30.44 days. */
export const MONTH_H = 730.5;
