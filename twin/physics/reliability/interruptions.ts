/** How often a job of many hosts is interrupted, from counts of what happened. */
import {
  GPU_CAUSE_WORDS,
  HOST_CAUSE_WORDS,
  INTERRUPTION_RUNS as RUNS,
} from '../../tables/physics/reliability.ts';
import { exponential, seededRandom, standardNormal } from '../random.ts';

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
interface Interruptions extends Fleet {
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

/** Whether a cause is the GPU's own: by its words, as `faulty_gpu`, `HBM3 memory`, `NVLinkError`. */
export function isGpuCause(cause: string): boolean {
  const spaced = cause.replace(/([a-z0-9])([A-Z])|(?<=[A-Z]{3})([A-Z][a-z])/g, '$1 $2$3');
  const words = spaced.toLowerCase().split(/[^a-z0-9]+/);
  return words.some(isIn(GPU_CAUSE_WORDS)) && !words.some(isIn(HOST_CAUSE_WORDS));
}

/** With or without a number or plural behind it: XID79, GPUs. */
const isIn = (known: ReadonlySet<string>) => (word: string) =>
  known.has(word) || known.has(word.replace(/\d*s?$/, ''));

interface CountSpread {
  readonly mean: number;
  /** Standard deviation from run to run. */
  readonly sd: number;
  readonly runs: number;
}

/**
 * How many interruptions the same days would bring again: each of many runs draws the times between
 * them from an exponential distribution until the days are over. Theory: mean `rate x days`, sd its
 * square root; more scatter in reality means that failures come in bursts.
 * @param expected interruptions a run, above 0
 */
export function simulateCounts(expected: number, seed: number = RUNS.seed.value): CountSpread {
  if (!(expected > 0) || !Number.isFinite(expected)) {
    throw new RangeError(`${expected} interruptions a run: it must be above 0`);
  }
  const random = seededRandom(seed);
  const runs = RUNS.runs.value;
  const draw = expected > RUNS.drawnOneByOneMax.value ? largeCount : countOneByOne;
  let sum = 0;
  let squares = 0;
  for (let run = 0; run < runs; run++) {
    const off = draw(expected, random) - expected;
    sum += off;
    squares += off * off;
  }
  const variance = (squares - (sum * sum) / runs) / (runs - 1);
  return { mean: expected + sum / runs, sd: Math.sqrt(Math.max(0, variance)), runs };
}

/** Time in units of the run; `expected` is the rate. */
function countOneByOne(expected: number, random: () => number): number {
  let count = 0;
  for (let at = exponential(random, 1 / expected); at < 1; count++) {
    at += exponential(random, 1 / expected);
  }
  return count;
}

const largeCount = (expected: number, random: () => number) =>
  Math.round(expected + Math.sqrt(expected) * standardNormal(random));
