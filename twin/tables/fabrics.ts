/**
 * How the parts of a host of each class are joined: the fabric plane where nothing was measured.
 * Bandwidths are per direction. Rates on paper and rates reached differ (a PCIe path staged through
 * memory gave 37 GB/s where Gen5 x16 has 63), so measured edges win over these constants.
 */
import type { Mark } from './catalogue.ts';

export interface FabricRow {
  readonly hostClass: string;
  /**
   * nvswitch: every GPU reaches every other through switches at full rate;
   * mesh: a link from each GPU to each other; pairs: bridges between neighbours; none: PCIe only.
   */
  readonly gpuLinks: 'nvswitch' | 'mesh' | 'pairs' | 'none';
  /** The switches stand in the rack: the NVLink island is the rack, not the host. */
  readonly island: 'host' | 'rack';
  /** All links of one GPU. */
  readonly gpuLinkBytesPerS: number;
  /** Highest bus bandwidth that an all-reduce inside the island reaches; 0: over PCIe. */
  readonly ringBytesPerS: number;
  /** The same with reduction in the switches (NVLS); 0 where there is none. */
  readonly nvlsBytesPerS: number;
  /** 0: GPUs and NICs hang on their NUMA domain directly. */
  readonly gpusPerPcieSwitch: number;
  readonly nicsPerPcieSwitch: number;
  readonly pcieGen: 4 | 5 | 6;
  /** One x16 link of that generation. */
  readonly pcieBytesPerS: number;
  /** Link from a GPU to its processor where that is not PCIe (NVLink-C2C). */
  readonly gpuHostBytesPerS?: number;
  /** Distances as firmware gives them: 10 local, 12 same socket, 21 or more the other socket. */
  readonly numaDistance: readonly (readonly number[])[];
  /** NUMA domain of each GPU and of each NIC, by position in the host. */
  readonly gpuNuma: readonly number[];
  readonly nicNuma: readonly number[];
  readonly mark: Mark;
  readonly source: string;
}

/** x16 after 128/130 encoding (Gen4, Gen5), per direction. */
const PCIE_GEN4_BYTES_PER_S = 31.5e9;
const PCIE_GEN5_BYTES_PER_S = 63e9;

const TWO_SOCKETS = [
  [10, 21],
  [21, 10],
] as const;
const HALVES = [0, 0, 0, 0, 1, 1, 1, 1] as const;

const HGX = {
  gpuLinks: 'nvswitch',
  island: 'host',
  gpusPerPcieSwitch: 2,
  nicsPerPcieSwitch: 2,
  numaDistance: TWO_SOCKETS,
  gpuNuma: HALVES,
  nicNuma: HALVES,
} as const;

const HOPPER = {
  ...HGX,
  gpuLinkBytesPerS: 450e9,
  ringBytesPerS: 370e9,
  nvlsBytesPerS: 480e9,
  pcieGen: 5,
  pcieBytesPerS: PCIE_GEN5_BYTES_PER_S,
  mark: 'S',
  source: 'nccl-tests issues 149 and 212; nvidia-smi topo',
} as const;

const NVLINK_5 = {
  gpuLinkBytesPerS: 900e9,
  ringBytesPerS: 740e9,
  nvlsBytesPerS: 960e9,
  mark: 'M',
  source: 'Twice the H100 figures: NVLink 5 doubles the rate of a link',
} as const;

const NVL72 = {
  ...NVLINK_5,
  gpuLinks: 'nvswitch',
  island: 'rack',
  gpusPerPcieSwitch: 0,
  nicsPerPcieSwitch: 0,
  gpuHostBytesPerS: 450e9,
  numaDistance: [
    [10, 40],
    [40, 10],
  ],
  gpuNuma: [0, 0, 1, 1],
  nicNuma: [0, 0, 1, 1],
} as const;

export const FABRICS: readonly FabricRow[] = [
  {
    ...HGX,
    hostClass: 'dgx-a100',
    gpuLinkBytesPerS: 300e9,
    ringBytesPerS: 230e9,
    nvlsBytesPerS: 0,
    pcieGen: 4,
    pcieBytesPerS: PCIE_GEN4_BYTES_PER_S,
    mark: 'S',
    source: 'nccl-tests issue 149: 230 of 240 GB/s; nvidia-smi topo',
  },
  { ...HOPPER, hostClass: 'dgx-h100' },
  { ...HOPPER, hostClass: 'dgx-h200' },
  {
    ...HGX,
    ...NVLINK_5,
    hostClass: 'dgx-b200',
    pcieGen: 5,
    pcieBytesPerS: PCIE_GEN5_BYTES_PER_S,
  },
  {
    ...HGX,
    ...NVLINK_5,
    hostClass: 'dgx-b300',
    // Each GPU hangs on the PCIe switch of a ConnectX-8 of its own.
    gpusPerPcieSwitch: 1,
    nicsPerPcieSwitch: 1,
    pcieGen: 6,
    pcieBytesPerS: 2 * PCIE_GEN5_BYTES_PER_S,
  },
  { ...NVL72, hostClass: 'gb200-nvl72-tray', pcieGen: 5, pcieBytesPerS: PCIE_GEN5_BYTES_PER_S },
  {
    ...NVL72,
    hostClass: 'gb300-nvl72-tray',
    pcieGen: 6,
    pcieBytesPerS: 2 * PCIE_GEN5_BYTES_PER_S,
  },
  {
    hostClass: 'l40s-8x',
    gpuLinks: 'none',
    island: 'host',
    gpuLinkBytesPerS: 0,
    ringBytesPerS: 0,
    nvlsBytesPerS: 0,
    gpusPerPcieSwitch: 4,
    nicsPerPcieSwitch: 1,
    pcieGen: 4,
    pcieBytesPerS: PCIE_GEN4_BYTES_PER_S,
    numaDistance: TWO_SOCKETS,
    gpuNuma: HALVES,
    nicNuma: [0, 1],
    mark: 'M',
    source: 'Dual-root servers of several makers',
  },
  {
    ...HGX,
    hostClass: 'mi300x-8x',
    gpuLinks: 'mesh',
    gpuLinkBytesPerS: 448e9,
    ringBytesPerS: 320e9,
    nvlsBytesPerS: 0,
    pcieGen: 5,
    pcieBytesPerS: PCIE_GEN5_BYTES_PER_S,
    numaDistance: [
      [10, 32],
      [32, 10],
    ],
    mark: 'M',
    source: 'Seven links of 64 GB/s; AMD documents about 310-330 GB/s of bus bandwidth',
  },
  {
    hostClass: 'cpu-host',
    gpuLinks: 'none',
    island: 'host',
    gpuLinkBytesPerS: 0,
    ringBytesPerS: 0,
    nvlsBytesPerS: 0,
    gpusPerPcieSwitch: 0,
    nicsPerPcieSwitch: 0,
    pcieGen: 5,
    pcieBytesPerS: PCIE_GEN5_BYTES_PER_S,
    numaDistance: TWO_SOCKETS,
    gpuNuma: [],
    nicNuma: [0, 1],
    mark: 'M',
    source: 'Two-socket servers of several makers',
  },
  {
    ...HOPPER,
    hostClass: 'reference-8gpu',
    // it has neither NUMA domains nor PCIe switches, to keep the benchmark to what it counts
    gpusPerPcieSwitch: 0,
    nicsPerPcieSwitch: 0,
    numaDistance: [],
    gpuNuma: [],
    nicNuma: [],
  },
];

const BY_CLASS: ReadonlyMap<string, FabricRow> = new Map(FABRICS.map(row => [row.hostClass, row]));

/** The fabric of a host class, or undefined where the class is not known. */
export const fabricOf = (hostClass: string): FabricRow | undefined => BY_CLASS.get(hostClass);
