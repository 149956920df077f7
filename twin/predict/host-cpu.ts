/** Power of a host's processors by the work on its GPUs: a base, and so much a GPU of each shape. */
import { PREDICTION } from '../tables/physics/prediction.ts';
import type { BookedJob } from './job-book.ts';
import { type LearnedColumn, type LearnedNotes, type Learner, notesUnder } from './learned.ts';

const SHARE = PREDICTION.cpuShare.value;

export class HostCpu implements Learner {
  readonly #baseW: Float64Array;
  readonly #ticks: Uint32Array;
  readonly #perGpuW = new Map<string, number>();

  constructor(hostCount: number) {
    this.#baseW = new Float64Array(hostCount).fill(Number.NaN);
    this.#ticks = new Uint32Array(hostCount);
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

  learnedColumns(): readonly LearnedColumn[] {
    return [
      { name: 'cpu base', of: 'host', values: this.#baseW },
      { name: 'cpu ticks', of: 'host', values: this.#ticks },
    ];
  }

  learnedNotes(): LearnedNotes {
    return Object.fromEntries([...this.#perGpuW].map(([shape, w]) => [`cpu of ${shape}`, [w]]));
  }

  restoreNotes(notes: LearnedNotes) {
    for (const [shape, [w]] of notesUnder(notes, 'cpu of ')) this.#perGpuW.set(shape, w);
  }
}
