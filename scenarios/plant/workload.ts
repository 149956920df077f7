/**
 * What work asks of GPUs and hosts, by kind and phase. Ratios 0-1 of what the part can do. All of it
 * is chosen for this simulation (mark D of `figures.ts`), after the shapes that cluster traces show:
 * training near full utilisation in waves, inference with short prefill and long decode, notebooks
 * that mostly idle.
 */

/** Training: kernels, exchange of gradients (the rest of an iteration), and checkpoints. */
export const TRAINING = {
  /** In parts of the share of time in kernels. */
  compute: { sm: 0.92, tensor: 0.55, dram: 0.45, nvlink: 0.06 },
  /** In parts of the rest. */
  exchange: { demand: 0.12, sm: 0.1, dram: 0.05, nvlink: 0.4, pcieBytesPerS: 8e9 },
  checkpoint: { compute: 0.02, util: 0.03, cpu: 0.3, netBytesPerS: 2e9 },
  util: 0.99,
  memUsed: 0.9,
  pcieBytesPerS: 0.4e9,
  cpu: 0.14,
  hostMem: 0.3,
  /** Traffic of one NIC while gradients are exchanged. */
  nicBytesPerS: 9e9,
  /** A gang that starts, or starts again, loads its program first. */
  stalled: { memUsedMiB: 1200, cpu: 0.05 },
} as const;

export const INFERENCE = {
  /** Seconds for which one draw of load lasts. */
  burstS: 4,
  /** Busy share of the day's level: mean, and spread of a draw of unit deviation. */
  busy: { least: 0.03, mean: 0.7, spread: 0.25 },
  /** Share of prefill, more of it in the rare large draw; its demand, and that of decode over peak. */
  prefill: { usual: 0.12, large: 0.5, largeAbove: 1.6, demand: 0.9 },
  decodeDemand: 0.7,
  /** In parts of the busy share; tensor cores also in parts of prefill. */
  perBusy: { util: 1.2, sm: 0.7, tensor: 0.15, dram: 0.65, nvlink: 0.03, pcieBytesPerS: 0.3e9 },
  tensorPerPrefill: 0.4,
  memUsed: 0.86,
  cpu: 0.03,
  cpuPerLevel: 0.04,
  hostMem: 0.05,
  netBytesPerGpuS: 4e7,
  /** Level over the day: mean, swing and the hour (UTC) of the least. */
  day: { mean: 0.6, swing: 0.4, leastAtHour: 4 },
} as const;

export const NOTEBOOK = {
  /** Seconds of one spell, busy when the draw of unit deviation is above this. */
  spell: { lastsS: 240, busyAbove: 0.5 },
  busy: 0.7,
  perBusy: { sm: 0.8, tensor: 0.2, dram: 0.4 },
  memUsedMiB: 12_000,
  cpu: 0.02,
} as const;

/** A container of a job, as the kubelet sees it: enforcement periods of 100 ms, few of them throttled. */
export const CONTAINER = {
  periodsPerS: 10,
  throttledRatio: 0.005,
  cores: 9,
  workingSetBytes: 96e9,
} as const;

/** Hosts and GPUs without work, and the most that work gets of a host. */
export const IDLE = { memUsedMiB: 4, cpu: 0.015, hostMem: 0.06, netBytesPerS: 2e5 } as const;
export const MOST = { cpu: 0.95, hostMem: 0.9, line: 0.9 } as const;

/** Share of all GPUs that jobs get; the rest stays free so that questions about room have answers. */
export const TARGET_ALLOCATED_RATIO = 0.86;
/** The long pretraining gang that runs from the start, over all GPUs. */
export const FIRST_GANG_RATIO = 0.2;
/** Odds that a job arrives in one scheduling round, while the queue is shorter than this. */
export const ARRIVAL = { odds: 0.35, longestQueue: 12 } as const;
/** Seconds until a job that got its GPUs works. */
export const START_S = 20;

export const MIX = {
  /** Odds of training, and of inference among the rest. */
  odds: { training: 0.4, inference: 0.75 },
  /** GPUs of a job, drawn evenly: many small, few large. */
  sizes: {
    training: [8, 8, 16, 16, 32, 64],
    inference: [2, 4, 8, 8],
    notebook: [1, 1, 2],
  },
  leastS: 300,
  meanH: { training: 5, inference: 12, notebook: 1 },
} as const;

/** Shape of one job: least, and what a uniform draw adds. */
export const SHAPE = {
  periodS: [5, 9],
  computeRatio: [0.75, 0.17],
  trainingPeakRatio: [0.76, 0.1],
  otherPeakRatio: [0.4, 0.2],
  checkpointEveryS: [900, 900],
  checkpointS: [20, 40],
} as const;
