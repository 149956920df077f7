/**
 * Who holds which GPUs when: submissions, gang placement and departures of a busy cluster, worked
 * out ahead of the physics. It depends on the seed alone, so a schedule is known without a future.
 */
import { createRandom, type Random } from '../plant/random.ts';
import { GPUS_PER_HOST, type Layout } from './layout.ts';
import { drawShapes, type Shape } from './shapes.ts';
import { STREAM } from './streams.ts';

export interface PlacedJob {
  readonly index: number;
  readonly shape: Shape;
  /** In host order. */
  readonly gpus: Int32Array;
  /** Whole seconds since the start; the first ones are negative. */
  readonly startS: number;
  readonly endS: number;
  /** Intensity of this job: its shape's, a few percent off. */
  readonly level: number;
  readonly periodS: number;
  /** Seconds by which its rhythm is shifted. */
  readonly phaseS: number;
}

export interface Timeline {
  /** In the order of their start. */
  readonly jobs: readonly PlacedJob[];
  /** Makes sure that every job that starts before `untilS` is in `jobs`. */
  workOut(untilS: number): void;
}

/** Seconds between scheduling rounds. */
const BEAT_S = 15;
/** The lab begins in the middle of things. */
const BEFORE_S = 4 * 3600;
/** Share of GPUs that the queue may fill. */
const ALLOCATED_MAX_RATIO = 0.93;
const QUEUE = 6;
/** After so long in the queue nobody may overtake any more. */
const PATIENCE_S = 300;
/** Clean-up of a GPU after a job: no one may have it. */
const CLEAN_S = 45;
const SHORTEST_S = 300;
/** Durations are lognormal with this standard deviation of the logarithm. */
const DURATION_SIGMA = 0.6;

interface Waiting {
  readonly shape: Shape;
  readonly sinceS: number;
}

interface Scheduler {
  readonly layout: Layout;
  readonly random: Random;
  readonly shapes: readonly Shape[];
  readonly jobs: PlacedJob[];
  readonly queue: Waiting[];
  /** Second from which each GPU is free; clean-up included. */
  readonly freeFromS: Int32Array;
}

export function createTimeline(layout: Layout, seed: number): Timeline {
  const scheduler: Scheduler = {
    ...{ layout, shapes: drawShapes(seed), jobs: [], queue: [] },
    random: createRandom(seed ^ Math.imul(STREAM.timeline, 0x9e3779b1)),
    freeFromS: new Int32Array(layout.gpus).fill(-BEFORE_S),
  };
  let nextS = -BEFORE_S;
  return {
    jobs: scheduler.jobs,
    workOut(untilS) {
      for (; nextS < untilS; nextS += BEAT_S) round(scheduler, nextS);
    },
  };
}

function round(scheduler: Scheduler, nowS: number): void {
  const { queue, shapes, random, freeFromS, layout } = scheduler;
  while (queue.length < QUEUE) queue.push({ shape: pick(shapes, random), sinceS: nowS });
  let allocated = 0;
  for (const freeS of freeFromS) if (freeS > nowS) allocated++;
  for (let at = 0; at < queue.length; ) {
    const { shape, sinceS } = queue[at];
    const fits = allocated + shape.gpuCount <= ALLOCATED_MAX_RATIO * layout.gpus;
    const gpus = fits ? findGpus(scheduler, shape.gpuCount, nowS) : undefined;
    if (gpus) {
      place(scheduler, shape, gpus, nowS);
      allocated += shape.gpuCount;
      queue.splice(at, 1);
    } else if (nowS - sinceS > PATIENCE_S) return;
    else at++;
  }
}

function pick(shapes: readonly Shape[], random: Random): Shape {
  let left = random.next() * shapes.reduce((sum, shape) => sum + shape.weight, 0);
  for (const shape of shapes) {
    left -= shape.weight;
    if (left < 0) return shape;
  }
  return shapes[0];
}

/** Whole free hosts for gangs of eight and more, else the fullest host with room. */
function findGpus(scheduler: Scheduler, gpuCount: number, nowS: number): Int32Array | undefined {
  const { layout, random, freeFromS } = scheduler;
  const found: number[] = [];
  let best = GPUS_PER_HOST + 1;
  let bestHost = -1;
  const from = random.below(layout.hosts);
  for (let step = 0; step < layout.hosts; step++) {
    const host = (from + step) % layout.hosts;
    let free = 0;
    for (let slot = 0; slot < GPUS_PER_HOST; slot++)
      if (freeFromS[host * GPUS_PER_HOST + slot] <= nowS) free++;
    if (gpuCount >= GPUS_PER_HOST) {
      if (free === GPUS_PER_HOST && found.length < gpuCount) found.push(...slotsOf(host));
    } else if (free >= gpuCount && free < best) {
      best = free;
      bestHost = host;
    }
  }
  if (bestHost >= 0) {
    const open = slotsOf(bestHost).filter(gpu => freeFromS[gpu] <= nowS);
    return Int32Array.from(open.slice(0, gpuCount));
  }
  return found.length === gpuCount ? Int32Array.from(found).sort() : undefined;
}

const slotsOf = (host: number) =>
  Array.from({ length: GPUS_PER_HOST }, (_, slot) => host * GPUS_PER_HOST + slot);

function place(scheduler: Scheduler, shape: Shape, gpus: Int32Array, startS: number): void {
  const { random, jobs, freeFromS } = scheduler;
  const logMean = Math.log(shape.meanS) - DURATION_SIGMA ** 2 / 2;
  const drawnS = Math.exp(logMean + DURATION_SIGMA * normal(random));
  const endS = startS + Math.max(SHORTEST_S, Math.round(drawnS));
  jobs.push({
    ...{ index: jobs.length, shape, gpus, startS, endS },
    level: shape.level * (1 + shape.levelSpread * normal(random)),
    periodS: shape.periodS * (1 + 0.03 * normal(random)),
    phaseS: random.next() * 600,
  });
  for (const gpu of gpus) freeFromS[gpu] = endS + CLEAN_S;
}

/** Standard normal, cut at three deviations (Box-Muller). */
function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  const value = radius * Math.cos(2 * Math.PI * random.next());
  return Math.max(-3, Math.min(3, value));
}
