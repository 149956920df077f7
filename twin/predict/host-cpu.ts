/** Power of a host's processors by the work on its GPUs: a base, and so much a GPU of each shape. */
import { PREDICTION } from '../tables/physics/prediction.ts';
import type { BookedJob } from './job-book.ts';

const SHARE = PREDICTION.cpuShare.value;

export class HostCpu {
  readonly #baseW: Float64Array;
  readonly #ticks: Int32Array;
  readonly #perGpuW = new Map<string, number>();

  constructor(hostCount: number) {
    this.#baseW = new Float64Array(hostCount).fill(Number.NaN);
    this.#ticks = new Int32Array(hostCount);
  }

  /** @param work the job on each GPU of the host; undefined: none */
  take(host: number, cpuW: number, work: readonly (BookedJob | undefined)[]) {
    if (Number.isNaN(cpuW)) return;
    if (Number.isNaN(this.#baseW[host])) this.#baseW[host] = cpuW * 0.7;
    const off = cpuW - this.valueW(host, work);
    this.#ticks[host]++;
    const share = Math.max(SHARE, 1 / (2 + this.#ticks[host]));
    this.#baseW[host] += (share / 2) * off;
    const busy = work.filter(booked => booked !== undefined);
    for (const { job } of busy) {
      const perGpu = this.#perGpuW.get(job.shape) ?? 0;
      this.#perGpuW.set(job.shape, Math.max(0, perGpu + ((share / 2) * off) / busy.length / 4));
    }
  }

  valueW(host: number, work: readonly (BookedJob | undefined)[]): number {
    let sum = Number.isNaN(this.#baseW[host]) ? 0 : this.#baseW[host];
    for (const booked of work) sum += booked ? (this.#perGpuW.get(booked.job.shape) ?? 0) : 0;
    return sum;
  }
}
