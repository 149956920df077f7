/**
 * From jobs to what each GPU and host is asked to do in one step. Training is a square wave in
 * step over the gang, averaged exactly; inference follows the day; the rest idles.
 */
import { F } from '../figures.ts';
import { gpusOn, type Job, type JobBook } from '../jobs.ts';
import type { Layout } from '../layout.ts';
import { noise, STREAM } from '../random.ts';
import type { State } from '../state.ts';
import { IDLE, INFERENCE, MOST, NOTEBOOK, TRAINING } from '../workload.ts';

const HOUR_S = 3600;

/** Mean over [fromS, fromS+dtS] of a 0/1 square wave, high for the first `highS` of a period. */
export function squareMean(fromS: number, dtS: number, periodS: number, highS: number): number {
  const highUntil = (atS: number) => {
    const whole = Math.floor(atS / periodS);
    return whole * highS + Math.min(atS - whole * periodS, highS);
  };
  return (highUntil(fromS + dtS) - highUntil(fromS)) / dtS;
}

export function applyLoad(layout: Layout, state: State, book: JobBook, dtS: number): void {
  idleAll(state);
  for (const job of book.running.values()) {
    if (job.stalledUntilS > state.nowS) stall(state, job);
    else if (job.kind === 'training') train(layout, state, job, dtS);
    else if (job.kind === 'inference') serve(layout, state, job);
    else tinker(layout, state, job);
  }
}

function idleAll(state: State): void {
  const { gpu, host } = state;
  for (const column of [gpu.demandRatio, gpu.utilRatio, gpu.smRatio, gpu.tensorRatio])
    column.fill(0);
  for (const column of [gpu.dramRatio, gpu.nvlinkBytesPerS, gpu.pcieBytesPerS]) column.fill(0);
  gpu.memUsedMiB.fill(IDLE.memUsedMiB);
  host.cpuRatio.fill(IDLE.cpu);
  host.memRatio.fill(IDLE.hostMem);
  host.netBytesPerS.fill(IDLE.netBytesPerS);
}

function stall(state: State, job: Job): void {
  const { memUsedMiB, cpu } = TRAINING.stalled;
  for (const gpu of job.gpus) state.gpu.memUsedMiB[gpu] = memUsedMiB;
  for (const host of job.hosts) state.host.cpuRatio[host] += cpu;
}

/**
 * Share of this step that a GPU of this clock spends in kernels. A throttled member stretches every
 * iteration of its gang, itself in kernels, the others waiting for it; waves go on where they were.
 */
function wave(job: Job, dtS: number): (clockRatio: number) => number {
  const stretch = 1 - job.computeRatio + job.computeRatio / job.slowestClockRatio;
  const from = job.iterations;
  const step = dtS / (job.periodS * stretch);
  job.iterations += step;
  return clockRatio => {
    const share = job.computeRatio / clockRatio / stretch;
    return squareMean(from, step, 1, Math.min(1, share));
  };
}

/** Kernels, and what fills the rest of an iteration: exchange of gradients, waiting, checkpoints. */
function train(layout: Layout, state: State, job: Job, dtS: number): void {
  const { gpu, host } = state;
  const sinceS = state.nowS - job.startS;
  const inCheckpoint = sinceS % job.checkpointEveryS > job.checkpointEveryS - job.checkpointS;
  const { checkpoint, compute: high, exchange: low } = TRAINING;
  const computeAt = wave(job, dtS);
  const usual = computeAt(1);
  const traffic = inCheckpoint ? 0 : 1 - computeAt(job.slowestClockRatio);
  job.slowestClockRatio = 1;
  for (const at of job.gpus) {
    const clock = gpu.thermalClockRatio[at];
    if (clock < job.slowestClockRatio) job.slowestClockRatio = clock;
    const inKernels = clock < 1 ? computeAt(clock) : usual;
    const compute = inCheckpoint ? checkpoint.compute : inKernels;
    const exchange = inCheckpoint ? 0 : 1 - compute;
    const figures = layout.gpuFigures[layout.gpuHost[at]]!;
    gpu.demandRatio[at] = job.peakRatio * compute + low.demand * exchange;
    gpu.utilRatio[at] = inCheckpoint ? checkpoint.util : TRAINING.util;
    gpu.smRatio[at] = high.sm * compute + low.sm * exchange;
    gpu.tensorRatio[at] = high.tensor * compute;
    gpu.dramRatio[at] = high.dram * compute + low.dram * exchange;
    gpu.memUsedMiB[at] = TRAINING.memUsed * figures.memMiB;
    const nvlink = high.nvlink * compute + low.nvlink * traffic;
    gpu.nvlinkBytesPerS[at] = figures.nvlinkBytesPerS * nvlink;
    const lanes = gpu.pcieWidth[at] / 16;
    gpu.pcieBytesPerS[at] = TRAINING.pcieBytesPerS + low.pcieBytesPerS * traffic * lanes;
  }
  const across = job.hosts.length > 1 ? TRAINING.nicBytesPerS * traffic : 0;
  for (const at of job.hosts) {
    host.cpuRatio[at] += inCheckpoint ? checkpoint.cpu : TRAINING.cpu;
    host.memRatio[at] += TRAINING.hostMem;
    // as many NICs for the gang as GPUs
    const nics = layout.site.hosts[at].gpus;
    host.netBytesPerS[at] += inCheckpoint ? checkpoint.netBytesPerS : nics * across;
  }
}

/** Share of the day's peak at this second: a cosine over the day. */
function dayShare(atS: number): number {
  const { mean, swing, leastAtHour } = INFERENCE.day;
  return mean - swing * Math.cos((atS / HOUR_S - leastAtHour) * (Math.PI / 12));
}

function serve(layout: Layout, state: State, job: Job): void {
  const { gpu, host } = state;
  const { busy: busyOf, prefill: prefillOf, perBusy } = INFERENCE;
  const burst = Math.floor(state.nowS / INFERENCE.burstS);
  const level = dayShare(state.epochS + state.nowS);
  for (const at of job.gpus) {
    const draw = noise(layout.seed, STREAM.inferenceLoad + at * 64, burst);
    const asked = level * (busyOf.mean + busyOf.spread * draw);
    const busy = Math.max(busyOf.least, Math.min(1, asked));
    const prefill = draw > prefillOf.largeAbove ? prefillOf.large : prefillOf.usual;
    const decodeDemand = job.peakRatio * INFERENCE.decodeDemand;
    const figures = layout.gpuFigures[layout.gpuHost[at]]!;
    gpu.demandRatio[at] = busy * (prefill * prefillOf.demand + (1 - prefill) * decodeDemand);
    gpu.utilRatio[at] = Math.min(1, perBusy.util * busy);
    gpu.smRatio[at] = perBusy.sm * busy;
    gpu.tensorRatio[at] = (perBusy.tensor + INFERENCE.tensorPerPrefill * prefill) * busy;
    gpu.dramRatio[at] = perBusy.dram * busy;
    gpu.memUsedMiB[at] = INFERENCE.memUsed * figures.memMiB;
    const between = job.gpus.length > 1 ? perBusy.nvlink : 0;
    gpu.nvlinkBytesPerS[at] = between * figures.nvlinkBytesPerS * busy;
    gpu.pcieBytesPerS[at] = perBusy.pcieBytesPerS * busy;
  }
  for (const at of job.hosts) {
    host.cpuRatio[at] += INFERENCE.cpu + INFERENCE.cpuPerLevel * level;
    host.memRatio[at] += INFERENCE.hostMem;
    host.netBytesPerS[at] += gpusOn(layout, job, at) * INFERENCE.netBytesPerGpuS * level;
  }
}

/** Notebooks: mostly idle, minutes of work now and then. */
function tinker(layout: Layout, state: State, job: Job): void {
  const { gpu, host } = state;
  const { spell: spellOf, perBusy } = NOTEBOOK;
  const spell = Math.floor(state.nowS / spellOf.lastsS);
  for (const at of job.gpus) {
    const draw = noise(layout.seed, STREAM.gpuDemand + at * 64, spell);
    const busy = draw > spellOf.busyAbove ? NOTEBOOK.busy : 0;
    gpu.demandRatio[at] = busy * job.peakRatio;
    gpu.utilRatio[at] = busy;
    gpu.smRatio[at] = perBusy.sm * busy;
    gpu.tensorRatio[at] = perBusy.tensor * busy;
    gpu.dramRatio[at] = perBusy.dram * busy;
    gpu.memUsedMiB[at] = NOTEBOOK.memUsedMiB;
  }
  for (const at of job.hosts) host.cpuRatio[at] += NOTEBOOK.cpu;
}

/** Keeps sums of several jobs on one host within what exists. */
export function boundHosts(layout: Layout, state: State): void {
  const { host } = state;
  for (let at = 0; at < layout.hostCount; at++) {
    host.cpuRatio[at] = Math.min(MOST.cpu, host.cpuRatio[at]);
    host.memRatio[at] = Math.min(MOST.hostMem, host.memRatio[at]);
    const line = layout.site.hosts[at].nics.length * F.nicLineBytesPerS;
    host.netBytesPerS[at] = Math.min(MOST.line * line, host.netBytesPerS[at]);
  }
}
