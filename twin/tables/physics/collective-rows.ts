/** What collectives reach among GPUs of each class; their latencies are in `network.ts`. */
import type { Figure } from '../catalogue.ts';
import { chosen, computed, recalled, seen } from '../classes/figure.ts';
import { COLLECTIVE } from './network.ts';

const NCCL = 'NCCL src/graph/tuning.cc';
const GB = 1e9;

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

/** Rings of cards with fewer links of the same rate, and no test of them published. */
const fewerLinks = (
  full: Omit<CollectiveRow, 'gpuClass'>,
  links: readonly [here: number, full: number],
): Omit<CollectiveRow, 'gpuClass'> => {
  const scaled = (figure: Figure) =>
    computed((figure.value * links[0]) / links[1], `${links[0]} of ${links[1]} links`);
  const { ll128BytesPerS, nvlsBytesPerS } = full;
  return {
    ...full,
    ringBytesPerS: scaled(full.ringBytesPerS),
    ...(ll128BytesPerS ? { ll128BytesPerS: scaled(ll128BytesPerS) } : {}),
    ...(nvlsBytesPerS ? { nvlsBytesPerS: scaled(nvlsBytesPerS) } : {}),
  };
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

/** RCCL has tables of its own; small operations are seen to take as long as on Ampere. */
const amd = (
  ringBytesPerS: Figure,
  pcieBytesPerS: Figure,
  nicGbps: number,
): Omit<CollectiveRow, 'gpuClass'> => ({
  wire: 'nvlink',
  ringBytesPerS,
  llBytesPerS: AMPERE_LL,
  ll128BytesPerS: computed(ringBytesPerS.value * COLLECTIVE.ll128Ratio.value, 'Ring times 0.92'),
  islandGpus: 8,
  pcieBytesPerS,
  nicGbps: chosen(nicGbps, 'As commonly built in'),
  nicsPerGpu: 1,
});
const MI300 = amd(recalled(318e9, 'rccl-tests of eight: 315.7 GB/s at 8 GiB'), GEN5, 400);
const MI350 = amd(recalled(381e9, 'As MI300X, by the rate of a link'), GEN5, 400);
const MI200 = amd(recalled(100e9, 'Two of the links of 50 GB/s carry a ring'), GEN4, 200);
const MI200_NICS = { islandGpus: 4, nicsPerGpu: 1 } as const;

export const COLLECTIVE_ROWS: readonly CollectiveRow[] = [
  { gpuClass: 'v100-sxm2-32gb', ...V100 },
  { gpuClass: 'v100-sxm2-16gb', ...V100 },
  { gpuClass: 'v100-sxm3-32gb', ...V100 },
  { gpuClass: 'v100s-pcie-32gb', ...overPcie(GEN3, 100, VOLTA_LL) },
  // NVLink 1: four links of 20 GB/s against six of 25.
  { gpuClass: 'p100-sxm2-16gb', ...fewerLinks(V100, [80, 150]), islandGpus: 8 },
  { gpuClass: 'p100-pcie-16gb', ...overPcie(GEN3, 100, VOLTA_LL) },
  { gpuClass: 'v100-pcie-32gb', ...overPcie(GEN3, 100, VOLTA_LL) },
  { gpuClass: 'v100-pcie-16gb', ...overPcie(GEN3, 100, VOLTA_LL) },
  { gpuClass: 'a100-sxm4-80gb', ...A100 },
  { gpuClass: 'a100-sxm4-40gb', ...A100 },
  { gpuClass: 'a800-sxm4-80gb', ...fewerLinks(A100, [8, 12]) },
  { gpuClass: 'a800-pcie-80gb', ...overPcie(GEN4, 200, AMPERE_LL) },
  { gpuClass: 'a100-pcie-80gb', ...overPcie(GEN4, 200, AMPERE_LL) },
  { gpuClass: 'a100-pcie-40gb', ...overPcie(GEN4, 200, AMPERE_LL) },
  { gpuClass: 'a40', ...overPcie(GEN4, 200, AMPERE_LL) },
  { gpuClass: 'a30', ...overPcie(GEN4, 200, AMPERE_LL) },
  { gpuClass: 'rtx-a6000', ...overPcie(GEN4, 100, AMPERE_LL) },
  { gpuClass: 'a10', ...overPcie(GEN4, 100, AMPERE_LL) },
  { gpuClass: 't4', ...overPcie(GEN3, 25, VOLTA_LL) },
  { gpuClass: 'l4', ...overPcie(GEN3, 100, AMPERE_LL) },
  { gpuClass: 'a10g', ...overPcie(GEN4, 100, AMPERE_LL) },
  { gpuClass: 'a2', ...overPcie(GEN4, 25, AMPERE_LL) },
  { gpuClass: 'a16', ...overPcie(GEN4, 25, AMPERE_LL) },
  { gpuClass: 'l40', ...overPcie(GEN4, 200, AMPERE_LL) },
  { gpuClass: 'l20', ...overPcie(GEN4, 200, AMPERE_LL) },
  { gpuClass: 'rtx-6000-ada', ...overPcie(GEN4, 100, AMPERE_LL) },
  { gpuClass: 'rtx-pro-6000-blackwell-server', ...overPcie(GEN5, 400, HOPPER_LL) },
  { gpuClass: 'quadro-rtx-6000', ...overPcie(GEN3, 100, VOLTA_LL) },
  { gpuClass: 'rtx-4090', ...overPcie(GEN4, 100, AMPERE_LL) },
  { gpuClass: 'rtx-4000-sff-ada', ...overPcie(GEN4, 25, AMPERE_LL) },
  { gpuClass: 'rtx-3080', ...overPcie(GEN4, 25, AMPERE_LL) },
  { gpuClass: 'rtx-2080-super', ...overPcie(GEN3, 25, VOLTA_LL) },
  { gpuClass: 'l40s', ...overPcie(GEN4, 200, AMPERE_LL) },
  { gpuClass: 'h100-sxm5-80gb', ...HOPPER },
  { gpuClass: 'h200-sxm5-141gb', ...HOPPER },
  { gpuClass: 'h20-sxm5-96gb', ...HOPPER },
  { gpuClass: 'h20-3e-sxm5-141gb', ...HOPPER },
  { gpuClass: 'h800-sxm5-80gb', ...fewerLinks(HOPPER, [8, 18]) },
  { gpuClass: 'h800-pcie-80gb', ...overPcie(GEN5, 400, HOPPER_LL) },
  { gpuClass: 'h200-nvl-141gb', ...overPcie(GEN5, 400, HOPPER_LL) },
  // Bridges join pairs only; a ring over more goes over PCIe.
  { gpuClass: 'h100-nvl-94gb', ...overPcie(GEN5, 400, HOPPER_LL) },
  { gpuClass: 'h100-pcie-80gb', ...overPcie(GEN5, 400, HOPPER_LL) },
  { gpuClass: 'gh200', ...HOPPER, islandGpus: 4 },
  { gpuClass: 'b200-sxm-180gb', ...BLACKWELL },
  { gpuClass: 'b100-sxm-192gb', ...BLACKWELL },
  { gpuClass: 'b300-sxm6-288gb', ...BLACKWELL, nicGbps: chosen(800, 'As built in with B300') },
  { gpuClass: 'gb200', ...NVL72 },
  { gpuClass: 'gb300', ...NVL72, nicGbps: chosen(800, 'As built in with GB300') },
  { gpuClass: 'mi300x', ...MI300 },
  { gpuClass: 'mi325x', ...MI300 },
  { gpuClass: 'mi350x', ...MI350 },
  { gpuClass: 'mi355x', ...MI350 },
  { gpuClass: 'mi250x', ...MI200, ...MI200_NICS },
  { gpuClass: 'mi250', ...MI200, ...MI200_NICS },
  // Cards; bridges join two to four, a ring over more goes over PCIe.
  { gpuClass: 'mi210', ...overPcie(GEN4, 200, AMPERE_LL) },
  { gpuClass: 'mi100', ...overPcie(GEN4, 200, AMPERE_LL) },
];

const BY_CLASS: ReadonlyMap<string, CollectiveRow> = new Map(
  COLLECTIVE_ROWS.map(row => [row.gpuClass, row]),
);

/** Figures of collectives among GPUs of a class, or undefined where nothing is known. */
export const collectiveRowOf = (gpuClass: string): CollectiveRow | undefined =>
  BY_CLASS.get(gpuClass);
