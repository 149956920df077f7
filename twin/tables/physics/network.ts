/**
 * Figures of the network and of collectives. Latencies are those with which NCCL chooses between its
 * algorithms; rates and the terms that depend on size are fitted to published measurements.
 */
import type { Figure } from '../catalogue.ts';
import { chosen, computed, recalled, seen } from '../classes/figure.ts';

const NCCL = 'NCCL src/graph/tuning.cc';
const US = 1e-6;
const GB = 1e9;

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

export interface CollectiveRow {
  readonly gpuClass: string;
  readonly wire: 'nvlink' | 'pcie';
  /** Bus bandwidth of a ring over the island with no end of bytes, B/s. */
  readonly ringBytesPerS: Figure;
  /** The same of the low-latency protocol: over one, two and more hosts. */
  readonly llBytesPerS: readonly [one: Figure, two: Figure, more: Figure];
  /** Of the 128-byte protocol; absent where it is not offered. */
  readonly ll128BytesPerS?: Figure;
  /** What a GPU's links reach with reduction in the switches; absent where they cannot. */
  readonly nvlsBytesPerS?: Figure;
  /** GPUs in one NVLink domain at most. */
  readonly islandGpus: number;
  /** The domain reaches over the hosts of a rack. */
  readonly isRackIsland?: true;
  readonly pcieBytesPerS: Figure;
  /** NICs as commonly built in, where nothing else is said. */
  readonly nicGbps: Figure;
  readonly nicsPerGpu: number;
}

const GEN3 = recalled(15.75e9, 'PCIe Gen3 x16 after encoding');
const GEN4 = computed(31.5e9, 'PCIe Gen4 x16 after encoding');
const GEN5 = computed(63e9, 'PCIe Gen5 x16 after encoding');

const low = (...rates: readonly [number, number, number]): CollectiveRow['llBytesPerS'] => [
  seen(rates[0] * GB, NCCL),
  seen(rates[1] * GB, NCCL),
  seen(rates[2] * GB, NCCL),
];
const VOLTA_LL = low(39, 39, 20.4);
const AMPERE_LL = low(87.7, 22.5, 19);
const HOPPER_LL = low(141, 45, 35);
const BLACKWELL_LL = low(282, 90, 70);

const ll128Of = (ringGBps: number) =>
  computed(ringGBps * GB * COLLECTIVE.ll128Ratio.value, 'Ring rate times 0.92');

const V100: Omit<CollectiveRow, 'gpuClass'> = {
  wire: 'nvlink',
  ringBytesPerS: seen(124e9, 'nccl-tests of 12 V100 on NVSwitch: 123.6 GB/s at 8 GiB'),
  llBytesPerS: VOLTA_LL,
  ll128BytesPerS: ll128Of(124),
  islandGpus: 16,
  pcieBytesPerS: GEN3,
  nicGbps: chosen(100, 'As built in with V100'),
  nicsPerGpu: 0.5,
};

const A100: Omit<CollectiveRow, 'gpuClass'> = {
  wire: 'nvlink',
  ringBytesPerS: seen(235e9, `${NCCL}: limit of Ampere; 230-235 GB/s measured at 8 GiB`),
  llBytesPerS: AMPERE_LL,
  ll128BytesPerS: computed(172e9, 'Fit on nccl-tests of 8 x A100, 4 to 32 MiB'),
  islandGpus: 16,
  pcieBytesPerS: GEN4,
  nicGbps: chosen(200, 'As built in with A100'),
  nicsPerGpu: 1,
};

const HOPPER: Omit<CollectiveRow, 'gpuClass'> = {
  wire: 'nvlink',
  ringBytesPerS: seen(370e9, 'nccl-tests issue 212; 4 x H100 367 GB/s at 16 GiB'),
  llBytesPerS: HOPPER_LL,
  ll128BytesPerS: ll128Of(370),
  nvlsBytesPerS: computed(
    316e9,
    'Fit on 8 x H200; 5/6 of the ring rate (308 GB/s) by nccl-tests issue 212',
  ),
  islandGpus: 8,
  pcieBytesPerS: GEN5,
  nicGbps: chosen(400, 'As built in with H100 and H200'),
  nicsPerGpu: 1,
};

const BLACKWELL: Omit<CollectiveRow, 'gpuClass'> = {
  wire: 'nvlink',
  ringBytesPerS: recalled(740e9, 'Twice H100: NVLink 5 doubles the rate of a link'),
  llBytesPerS: BLACKWELL_LL,
  ll128BytesPerS: ll128Of(740),
  nvlsBytesPerS: recalled(540e9, 'Reports of users: 840 GB/s of bus bandwidth on eight'),
  islandGpus: 8,
  pcieBytesPerS: GEN5,
  nicGbps: chosen(400, 'As built in with B200'),
  nicsPerGpu: 1,
};

const NVL72: Omit<CollectiveRow, 'gpuClass'> = {
  ...BLACKWELL,
  nvlsBytesPerS: computed(450e9, 'nccl-tests of 72 GB200: 835 GB/s of bus bandwidth at 8 GiB'),
  islandGpus: 72,
  isRackIsland: true,
};

/** No NVLink: the ring goes over PCIe and, from one socket to the other, over memory. */
const overPcie = (
  pcieBytesPerS: Figure,
  nicGbps: number,
  llBytesPerS: CollectiveRow['llBytesPerS'],
): Omit<CollectiveRow, 'gpuClass'> => ({
  wire: 'pcie',
  ringBytesPerS: recalled(0.7 * pcieBytesPerS.value, '20-22 GB/s on Gen4, published PCIe hosts'),
  llBytesPerS,
  islandGpus: 8,
  pcieBytesPerS,
  nicGbps: chosen(nicGbps, 'As commonly built in'),
  nicsPerGpu: 0.25,
});

export const COLLECTIVE_ROWS: readonly CollectiveRow[] = [
  { gpuClass: 'v100-sxm2-32gb', ...V100 },
  { gpuClass: 'v100-sxm2-16gb', ...V100 },
  { gpuClass: 'v100-pcie-32gb', ...overPcie(GEN3, 100, VOLTA_LL) },
  { gpuClass: 'v100-pcie-16gb', ...overPcie(GEN3, 100, VOLTA_LL) },
  { gpuClass: 'a100-sxm4-80gb', ...A100 },
  { gpuClass: 'a100-sxm4-40gb', ...A100 },
  { gpuClass: 'a100-pcie-80gb', ...overPcie(GEN4, 200, AMPERE_LL) },
  { gpuClass: 'a100-pcie-40gb', ...overPcie(GEN4, 200, AMPERE_LL) },
  { gpuClass: 'a40', ...overPcie(GEN4, 200, AMPERE_LL) },
  { gpuClass: 'a30', ...overPcie(GEN4, 200, AMPERE_LL) },
  { gpuClass: 'rtx-a6000', ...overPcie(GEN4, 100, AMPERE_LL) },
  { gpuClass: 'a10', ...overPcie(GEN4, 100, AMPERE_LL) },
  { gpuClass: 't4', ...overPcie(GEN3, 25, VOLTA_LL) },
  { gpuClass: 'l4', ...overPcie(GEN3, 100, AMPERE_LL) },
  { gpuClass: 'l40s', ...overPcie(GEN4, 200, AMPERE_LL) },
  { gpuClass: 'h100-sxm5-80gb', ...HOPPER },
  { gpuClass: 'h200-sxm5-141gb', ...HOPPER },
  // Bridges join pairs only; a ring over more goes over PCIe.
  { gpuClass: 'h100-nvl-94gb', ...overPcie(GEN5, 400, HOPPER_LL) },
  { gpuClass: 'h100-pcie-80gb', ...overPcie(GEN5, 400, HOPPER_LL) },
  { gpuClass: 'gh200', ...HOPPER, islandGpus: 4 },
  { gpuClass: 'b200-sxm-180gb', ...BLACKWELL },
  { gpuClass: 'gb200', ...NVL72 },
  { gpuClass: 'gb300', ...NVL72, nicGbps: chosen(800, 'As built in with GB300') },
  {
    gpuClass: 'mi300x',
    wire: 'nvlink',
    ringBytesPerS: recalled(318e9, 'rccl-tests of eight: 315.7 GB/s at 8 GiB'),
    // RCCL has tables of its own; small operations are seen to take as long as on Ampere.
    llBytesPerS: AMPERE_LL,
    ll128BytesPerS: ll128Of(318),
    islandGpus: 8,
    pcieBytesPerS: GEN5,
    nicGbps: chosen(400, 'As built in with MI300X'),
    nicsPerGpu: 1,
  },
];

const BY_CLASS: ReadonlyMap<string, CollectiveRow> = new Map(
  COLLECTIVE_ROWS.map(row => [row.gpuClass, row]),
);

/** Figures of collectives among GPUs of a class, or undefined where nothing is known. */
export const collectiveRowOf = (gpuClass: string): CollectiveRow | undefined =>
  BY_CLASS.get(gpuClass);

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
