/** How often a job of many hosts is interrupted, from counts of what happened. */
import { GPU_CAUSE_WORDS, INTERRUPTION_RUNS as RUNS } from '../../tables/physics/reliability.ts';
import { exponential, seededRandom } from '../random.ts';

export interface Fleet {
  readonly gpus: number;
  readonly gpusPerHost: number;
}

/** Hosts that a job of so many GPUs stands on; a host in part is a host. */
export function hostsOf({ gpus, gpusPerHost }: Fleet): number {
  if (!(gpus > 0) || !(gpusPerHost > 0)) {
    throw new RangeError(`gpus ${gpus} and gpusPerHost ${gpusPerHost} must be above 0`);
  }
  return Math.ceil(gpus / gpusPerHost);
}

/** Counts of interruptions by cause, in so many days of the whole fleet. */
export interface Interruptions extends Fleet {
  readonly days: number;
  readonly byCause: Readonly<Record<string, number>>;
}

export interface InterruptionFigures {
  readonly count: number;
  /** Mean time to interruption, h. */
  readonly mttiH: number;
  readonly failuresPer1000HostDays: number;
  /** Part of the interruptions that are the GPU's, by count: 0-1. */
  readonly gpuShareRatio: number;
}

/**
 * Rates from counts: `mtti = 24 days / count`, `rate = 1000 count / (hosts days)`.
 * @throws RangeError if nothing happened: there is no time between interruptions then
 */
export function interruptionFigures(seen: Interruptions): InterruptionFigures {
  const causes = Object.entries(seen.byCause);
  const count = causes.reduce((sum, [, times]) => sum + times, 0);
  if (!(count > 0)) throw new RangeError('byCause counts no interruption at all');
  if (!(seen.days > 0)) throw new RangeError(`days ${seen.days} must be above 0`);
  const ofGpu = causes.reduce((sum, [cause, times]) => sum + (isGpuCause(cause) ? times : 0), 0);
  return {
    count,
    mttiH: (24 * seen.days) / count,
    failuresPer1000HostDays: (1000 * count) / (hostsOf(seen) * seen.days),
    gpuShareRatio: ofGpu / count,
  };
}

/** Whether a cause is the GPU's own: by its words, as `faulty_gpu`, `HBM3 memory`. */
export const isGpuCause = (cause: string) =>
  cause
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .some(word => GPU_CAUSE_WORDS.has(word));

export interface CountSpread {
  readonly mean: number;
  /** Standard deviation from run to run. */
  readonly sd: number;
  readonly runs: number;
}

/**
 * How many interruptions the same days would bring again: each of many runs draws the times between
 * them from an exponential distribution until the days are over. Theory: mean `rate x days`, sd its
 * square root; more scatter in reality means that failures come in bursts.
 * @param expected interruptions a run, up to 1e5
 */
export function simulateCounts(expected: number, seed: number = RUNS.seed.value): CountSpread {
  if (!(expected > 0) || expected > 1e5) {
    throw new RangeError(`${expected} interruptions a run: give more than 0 and at most 1e5`);
  }
  const random = seededRandom(seed);
  const runs = Math.max(20, Math.floor(Math.min(RUNS.runs.value, RUNS.drawsMax.value / expected)));
  let sum = 0;
  let squares = 0;
  for (let run = 0; run < runs; run++) {
    let count = 0;
    // Time in units of the run; `expected` is the rate.
    for (let at = exponential(random, 1 / expected); at < 1; count++) {
      at += exponential(random, 1 / expected);
    }
    sum += count;
    squares += (count - expected) ** 2;
  }
  const mean = sum / runs;
  const variance = (squares - runs * (mean - expected) ** 2) / (runs - 1);
  return { mean, sd: Math.sqrt(Math.max(0, variance)), runs };
}
