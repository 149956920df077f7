/** Figures of hosts and GPUs under load: memory domains, shared GPUs, dies. */
import type { Figure } from '../catalogue.ts';
import { chosen, recalled, seen } from '../classes/figure.ts';

export const HOST = {
  /** Distance that firmware gives memory of the own domain. */
  localDistance: seen(10, 'ACPI SLIT: 10 is local'),
  /** Random reads of local memory. */
  localReadS: recalled(90e-9, 'Current two-socket servers: 80-110 ns'),
} as const satisfies Readonly<Record<string, Figure>>;

export const GPU_SHARING = {
  /** One context after the other on one GPU. */
  switchS: recalled(0.2e-3, 'Change of context of a time-sliced GPU: 0.1-1 ms'),
  sliceS: recalled(2e-3, 'Default time slice of compute work, about 2 ms'),
  /** Work in other MIG instances takes PCIe, power and heat from all: at full load of the others. */
  migInterferenceRatio: recalled(0.05, 'Reports on MIG: 0-8 % where power is not capped'),
  /** Slices of a GPU that are MIG compute slices, and of its memory. */
  migComputeSlices: seen(7, 'NVIDIA MIG user guide'),
  migMemorySlices: seen(8, 'NVIDIA MIG user guide'),
} as const satisfies Readonly<Record<string, Figure>>;

export const DIE = {
  /** SMs of a graphics processing cluster, where the class names none. */
  smsPerGpc: recalled(18, 'H100: 8 clusters of up to 18 SMs; A100: 8 of up to 16'),
  /** HBM above the GPU's own sensor: at rest, and as much more with the interface always busy. */
  hbmRestK: chosen(2, 'Stacks beside the die, under one lid'),
  hbmBusyK: recalled(10, 'Readings of A100 and H100 under memory-bound work: 5-15 K above'),
  /** A roof that is reached to this part holds the work up; below it something else does. */
  nearRoofRatio: chosen(0.6, 'Well-tuned kernels reach 60-90 % of a roof'),
  /** Part of the memory's rate on paper that kernels reach. */
  memoryReachRatio: recalled(0.92, 'STREAM-like kernels on HBM: 90-94 %'),
} as const satisfies Readonly<Record<string, Figure>>;

/** Names of MIG profiles start with their slices: `3g.40gb`. */
export const MIG_PROFILE = /^(\d)g\.(\d+)gb/;

export const INFERENCE = {
  /** Way through the network and the load balancer, half of all requests below it. */
  networkMedianS: chosen(0.5e-3, 'Within one site, with a proxy'),
  /** Of the logarithm: P99 is then about 3.2 times the median. */
  networkSpread: chosen(0.5, 'Long tail of proxies'),
} as const satisfies Readonly<Record<string, Figure>>;
