/**
 * From jobs to what each GPU and host is asked to do in one second. Training is a square wave in
 * step over the gang, averaged exactly over the second; inference follows the day; notebooks work
 * in spells; checkpoints, evaluations and starts interrupt.
 */
import { noise, spread, unit } from '../plant/random.ts';
import { GPUS_PER_HOST } from './layout.ts';
import type { State } from './state.ts';
import { STREAM } from './streams.ts';
import type { PlacedJob, Timeline } from './timeline.ts';

const DAY_S = 86_400;
/** Slow wander of a job's level: one draw this often, straight lines between them. */
const WANDER_S = 600;
const BURST_S = 5;
const SPELL_S = 240;
/** What a gang without kernels still draws, and how little of a checkpoint is compute. */
const QUIET_LEVEL = 0.03;
const EVALUATION_LEVEL = 0.75;
/** CPU work beside the usual: imports and first batches; serialising a checkpoint. */
const STARTING_CPU_RATIO = 0.6;
const SAVING_CPU_RATIO = 1.5;
const BUSY_SPELLS_RATIO = 0.4;

/** A running job, and what each of its GPUs makes of the job's demand. */
interface Running {
  readonly job: PlacedJob;
  readonly factor: Float64Array;
}

export interface Load {
  readonly running: Running[];
  /** First job of the timeline that has not started. */
  next: number;
  /** Of the job in hand: written and read by turns, to spare the hot path its garbage. */
  readonly demand: Demand;
}

/** What a job asks of each of its GPUs in one second. */
interface Demand {
  ratio: number;
  utilRatio: number;
  smRatio: number;
  /** Share of its usual CPU work. */
  cpuRatio: number;
}

export const createLoad = (): Load => ({
  ...{ running: [], next: 0 },
  demand: { ratio: 0, utilRatio: 0, smRatio: 0, cpuRatio: 0 },
});

export function applyLoad(state: State, load: Load, timeline: Timeline): void {
  const { gpu, host, nowS } = state;
  timeline.workOut(nowS + 1);
  for (let at = load.running.length - 1; at >= 0; at--) {
    if (load.running[at].job.endS <= nowS) load.running.splice(at, 1);
  }
  for (; load.next < timeline.jobs.length; load.next++) {
    const job = timeline.jobs[load.next];
    if (job.startS > nowS) break;
    if (job.endS > nowS) load.running.push({ job, factor: factorsOf(state, job) });
  }
  gpu.demandRatio.fill(0);
  gpu.utilRatio.fill(0);
  gpu.smRatio.fill(0);
  host.cpuRatio.fill(0.02);
  for (const running of load.running) applyJob(state, running, load.demand);
}

/** Work is never spread quite evenly over a gang. */
const factorsOf = (state: State, job: PlacedJob) =>
  Float64Array.from(
    job.gpus,
    (_, at) => 1 + 0.02 * spread(state.seed, STREAM.gpuLoad, job.index * 64 + at),
  );

function applyJob(state: State, { job, factor }: Running, demand: Demand): void {
  const { gpu, host } = state;
  if (job.shape.kind === 'training') train(state, job, demand);
  else if (job.shape.kind === 'inference') serve(state, job, demand);
  else tinker(state, job, demand);
  const cpu = (job.shape.cpuRatio * demand.cpuRatio) / GPUS_PER_HOST;
  const bursty = job.shape.kind === 'inference';
  for (let at = 0; at < job.gpus.length; at++) {
    const g = job.gpus[at];
    const burst = bursty ? burstOf(state, g) : 1;
    gpu.demandRatio[g] = demand.ratio * factor[at] * burst;
    gpu.utilRatio[g] = Math.min(1, demand.utilRatio * burst);
    gpu.smRatio[g] = Math.min(1, demand.smRatio * burst);
    host.cpuRatio[(g / GPUS_PER_HOST) | 0] += cpu;
  }
}

const burstOf = ({ seed, nowS }: State, gpu: number) =>
  1 + 0.12 * noise(seed, STREAM.burst + gpu, Math.floor(nowS / BURST_S));

/** Relative deviation of a job's level at this second, standard deviation 1. */
function wanderOf({ seed, nowS }: State, job: PlacedJob): number {
  const at = Math.floor(nowS / WANDER_S);
  const part = nowS / WANDER_S - at;
  const stream = STREAM.wander + job.index;
  return noise(seed, stream, at) * (1 - part) + noise(seed, stream, at + 1) * part;
}

/** Mean over [fromS, fromS + 1] of a wave that is 1 for the first `highS` of each period. */
export function squareMean(fromS: number, periodS: number, highS: number): number {
  const from = Math.floor(fromS / periodS);
  const to = Math.floor((fromS + 1) / periodS);
  const before = from * highS + Math.min(fromS - from * periodS, highS);
  return to * highS + Math.min(fromS + 1 - to * periodS, highS) - before;
}

function train(state: State, job: PlacedJob, demand: Demand): void {
  const { shape } = job;
  const sinceS = state.nowS - job.startS;
  if (sinceS < shape.startS) pause(demand, STARTING_CPU_RATIO);
  else if ((sinceS + job.phaseS) % shape.checkpointEveryS < shape.checkpointS)
    pause(demand, SAVING_CPU_RATIO);
  else iterate(state, job, demand);
}

function iterate(state: State, job: PlacedJob, demand: Demand): void {
  const { shape, level } = job;
  const clockS = state.nowS - job.startS + job.phaseS;
  const isEvaluating = clockS % shape.evaluateEveryS < shape.evaluateS;
  const high = squareMean(clockS, job.periodS, shape.computeRatio * job.periodS);
  const e = state.p.loadExponent;
  const peak = level * (1 + 0.008 * wanderOf(state, job)) * (isEvaluating ? EVALUATION_LEVEL : 1);
  demand.ratio = high * peak ** e + (1 - high) * shape.lowLevel ** e;
  demand.utilRatio = 0.99;
  demand.smRatio = high * Math.min(1, 0.15 + 0.8 * peak) + (1 - high) * 0.1;
  demand.cpuRatio = 1;
}

function pause(demand: Demand, cpuRatio: number): void {
  demand.ratio = QUIET_LEVEL;
  demand.utilRatio = 0.04;
  demand.smRatio = 0.01;
  demand.cpuRatio = cpuRatio;
}

/** Share of the day's peak: lowest at 4 h UTC, highest at 16 h. */
const dayRatio = (nowS: number) => 0.8 - 0.2 * Math.cos(((nowS / DAY_S) * 24 - 4) * (Math.PI / 12));

function serve(state: State, job: PlacedJob, demand: Demand): void {
  const dayShare = dayRatio(state.nowS);
  if (state.nowS - job.startS < job.shape.startS) {
    pause(demand, STARTING_CPU_RATIO);
    return;
  }
  const busy = job.level * dayShare * (1 + 0.04 * wanderOf(state, job));
  demand.ratio = busy ** state.p.loadExponent;
  demand.utilRatio = Math.min(1, 0.1 + 1.5 * busy);
  demand.smRatio = 0.1 + 0.7 * busy;
  demand.cpuRatio = dayShare;
}

function tinker(state: State, job: PlacedJob, demand: Demand): void {
  const spell = Math.floor(state.nowS / SPELL_S);
  if (unit(state.seed, STREAM.wander + job.index, spell) > BUSY_SPELLS_RATIO) {
    pause(demand, 0.1);
    return;
  }
  demand.ratio = job.level ** state.p.loadExponent;
  demand.utilRatio = 0.8;
  demand.smRatio = 0.6;
  demand.cpuRatio = 1;
}
