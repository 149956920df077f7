/**
 * From jobs to what each GPU and host is asked to do in one step. Training is a square wave in
 * step over the gang, averaged exactly; inference follows the day; the rest idles.
 */
import { F } from '../figures.ts';
import type { Job, JobBook } from '../jobs.ts';
import type { Layout } from '../layout.ts';
import { noise, STREAM } from '../random.ts';
import type { State } from '../state.ts';

const DAY_S = 86_400;
/** GPU seconds for which one draw of inference load lasts. */
const BURST_S = 4;
/** Traffic of one NIC while gradients are exchanged, B/s. */
const EXCHANGE_BYTES_PER_S = 9e9;

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
  gpu.memUsedMiB.fill(4);
  host.cpuRatio.fill(0.015);
  host.memRatio.fill(0.06);
  host.netBytesPerS.fill(2e5);
}

function stall(state: State, job: Job): void {
  for (const gpu of job.gpus) state.gpu.memUsedMiB[gpu] = 1200;
  for (const host of job.hosts) state.host.cpuRatio[host] += 0.05;
}

/** `compute` is the share of the step spent in kernels; exchange and checkpoint fill the rest. */
function train(layout: Layout, state: State, job: Job, dtS: number): void {
  const { gpu, host } = state;
  // a throttled member slows every iteration of its gang
  const periodS = job.periodS * (1 - job.computeRatio + job.computeRatio / job.slowestClockRatio);
  const sinceS = state.nowS - job.startS;
  const inCheckpoint = sinceS % job.checkpointEveryS > job.checkpointEveryS - job.checkpointS;
  const highS = job.computeRatio * job.periodS;
  const compute = inCheckpoint ? 0.02 : squareMean(sinceS, dtS, periodS, highS);
  const exchange = inCheckpoint ? 0 : 1 - compute;
  job.slowestClockRatio = 1;
  for (const at of job.gpus) {
    const clock = gpu.thermalClockRatio[at];
    if (clock < job.slowestClockRatio) job.slowestClockRatio = clock;
    const figures = layout.gpuFigures[layout.gpuHost[at]]!;
    gpu.demandRatio[at] = job.peakRatio * compute + 0.12 * exchange;
    gpu.utilRatio[at] = inCheckpoint ? 0.03 : 0.99;
    gpu.smRatio[at] = 0.92 * compute + 0.1 * exchange;
    gpu.tensorRatio[at] = 0.55 * compute;
    gpu.dramRatio[at] = 0.45 * compute + 0.05 * exchange;
    gpu.memUsedMiB[at] = 0.9 * figures.memMiB;
    gpu.nvlinkBytesPerS[at] = figures.nvlinkBytesPerS * (0.06 * compute + 0.4 * exchange);
    gpu.pcieBytesPerS[at] = 0.4e9 + 8e9 * exchange * (gpu.pcieWidth[at] / 16);
  }
  const across = job.hosts.length > 1 ? 1 : 0;
  for (const at of job.hosts) {
    host.cpuRatio[at] += inCheckpoint ? 0.3 : 0.14;
    host.memRatio[at] += 0.3;
    const nics = layout.site.hosts[at].gpus;
    host.netBytesPerS[at] += inCheckpoint ? 2e9 : across * nics * EXCHANGE_BYTES_PER_S * exchange;
  }
}

/** Share of the day's peak at this second: lowest at 4 h UTC, highest at 16 h. */
const dayShare = (atS: number) => 0.6 - 0.4 * Math.cos(((atS / DAY_S) * 24 - 4) * (Math.PI / 12));

function serve(layout: Layout, state: State, job: Job): void {
  const { gpu, host } = state;
  const burst = Math.floor(state.nowS / BURST_S);
  const level = dayShare(state.epochS + state.nowS);
  for (const at of job.gpus) {
    const draw = noise(layout.seed, STREAM.inferenceLoad + at * 64, burst);
    // short prefill near full power, long decode far below it
    const busy = Math.max(0.03, Math.min(1, level * (0.7 + 0.25 * draw)));
    const prefill = draw > 1.6 ? 0.5 : 0.12;
    const figures = layout.gpuFigures[layout.gpuHost[at]]!;
    gpu.demandRatio[at] = busy * (prefill * 0.9 + (1 - prefill) * job.peakRatio * 0.7);
    gpu.utilRatio[at] = Math.min(1, 1.2 * busy);
    gpu.smRatio[at] = 0.7 * busy;
    gpu.tensorRatio[at] = 0.15 * busy + 0.4 * prefill * busy;
    gpu.dramRatio[at] = 0.65 * busy;
    gpu.memUsedMiB[at] = 0.86 * figures.memMiB;
    gpu.nvlinkBytesPerS[at] = job.gpus.length > 1 ? 0.03 * figures.nvlinkBytesPerS * busy : 0;
    gpu.pcieBytesPerS[at] = 0.3e9 * busy;
  }
  for (const at of job.hosts) {
    host.cpuRatio[at] += 0.03 + 0.04 * level;
    host.memRatio[at] += 0.05;
    host.netBytesPerS[at] += job.gpus.length * 4e7 * level;
  }
}

/** Notebooks: mostly idle, minutes of work now and then. */
function tinker(layout: Layout, state: State, job: Job): void {
  const { gpu, host } = state;
  const spell = Math.floor(state.nowS / 240);
  for (const at of job.gpus) {
    const busy = noise(layout.seed, STREAM.gpuDemand + at * 64, spell) > 0.5 ? 0.7 : 0;
    gpu.demandRatio[at] = busy * job.peakRatio;
    gpu.utilRatio[at] = busy;
    gpu.smRatio[at] = 0.8 * busy;
    gpu.tensorRatio[at] = 0.2 * busy;
    gpu.dramRatio[at] = 0.4 * busy;
    gpu.memUsedMiB[at] = 12_000;
  }
  for (const at of job.hosts) host.cpuRatio[at] += 0.02;
}

/** Keeps sums of several jobs on one host within what exists. */
export function boundHosts(layout: Layout, state: State): void {
  const { host } = state;
  for (let at = 0; at < layout.hostCount; at++) {
    host.cpuRatio[at] = Math.min(0.95, host.cpuRatio[at]);
    host.memRatio[at] = Math.min(0.9, host.memRatio[at]);
    const line = layout.site.hosts[at].nics.length * F.nicLineBytesPerS;
    host.netBytesPerS[at] = Math.min(0.9 * line, host.netBytesPerS[at]);
  }
}
