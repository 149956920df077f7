/**
 * The machine a figure was measured on, and how fast it was at that moment: other work on the same
 * cores slows a benchmark and this loop alike, so that the two can be compared.
 */
import { availableParallelism, cpus } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly runtime: string;
}

export function machine(): Machine {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown';
  return { cpu, cores: availableParallelism(), runtime: `Node ${process.version}` };
}

export interface Calibration {
  /** CPU seconds of the fixed loop, the median of the runs. */
  readonly loopCpuS: number;
}

const RUNS = 5;
const STEPS = 20_000_000;

/** Runs a fixed loop of integer arithmetic in registers. */
export function calibrate(): Calibration {
  const runs = Array.from({ length: RUNS }, () => cpuSecondsOf(() => spin(STEPS)));
  return { loopCpuS: median(runs) };
}

function spin(steps: number): number {
  let state = 1;
  for (let i = 0; i < steps; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  return state;
}

/** User and system time of the whole process while `work` runs, in seconds. */
export function cpuSecondsOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** The value that a part `q` of all stays below; the largest for 1. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
