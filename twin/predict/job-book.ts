/** Which job holds which GPU when, as far as the schedule tells. */
import type { ScheduledJob } from './job.ts';
import type { PredictedSite } from './site.ts';

export interface BookedJob {
  readonly job: ScheduledJob;
  /** Places of its GPUs on the site; strangers are left out. */
  readonly gpus: readonly number[];
  /** Where each of them stands in `gpus`. */
  readonly nthOf: ReadonlyMap<number, number>;
  endMs: number;
}

/** Jobs that ended this long ago are forgotten. */
const KEEP_MS = 30 * 60_000;

export class JobBook {
  readonly #site: PredictedSite;
  readonly #jobs = new Map<string, BookedJob>();
  /** Jobs of each GPU, by start. */
  readonly #ofGpu: BookedJob[][];

  constructor(site: PredictedSite) {
    this.#site = site;
    this.#ofGpu = Array.from(site.gpus, () => []);
  }

  get jobs(): Iterable<BookedJob> {
    return this.#jobs.values();
  }

  /** Takes in a schedule: new jobs are added, ends that are known now are noted. */
  take(schedule: readonly ScheduledJob[]) {
    for (const job of schedule) {
      const endMs = job.endMs ?? Number.POSITIVE_INFINITY;
      const known = this.#jobs.get(job.id);
      if (known) known.endMs = endMs;
      else if (Number.isFinite(job.startMs)) this.#add(job, endMs);
    }
  }

  #add(job: ScheduledJob, endMs: number) {
    const { placeOf, gpus: all } = this.#site;
    const places = Array.from(job.gpus, entity => placeOf[entity] ?? -1);
    const gpus = places.filter((place, i) => place >= 0 && all[place] === job.gpus[i]);
    const nthOf = new Map(gpus.map((gpu, nth) => [gpu, nth] as const));
    const booked: BookedJob = { job, gpus, nthOf, endMs };
    this.#jobs.set(job.id, booked);
    for (const gpu of gpus) {
      const list = this.#ofGpu[gpu];
      let at = list.length;
      while (at > 0 && list[at - 1].job.startMs > job.startMs) at--;
      list.splice(at, 0, booked);
    }
  }

  /** The job that holds a GPU at an instant: the newest one that has started and not ended. */
  at(gpu: number, atMs: number): BookedJob | undefined {
    const list = this.#ofGpu[gpu];
    for (let i = list.length - 1; i >= 0; i--) {
      // told and taken back before it began
      if (list[i].endMs <= list[i].job.startMs) continue;
      if (list[i].job.startMs <= atMs) return atMs < list[i].endMs ? list[i] : undefined;
    }
    return undefined;
  }

  /** Whether a GPU does the same from one instant to another: no job of it begins or ends. */
  isSteady(gpu: number, fromMs: number, toMs: number): boolean {
    const isWithin = (ms: number) => ms > fromMs && ms <= toMs;
    return !this.#ofGpu[gpu].some(({ job, endMs }) => isWithin(job.startMs) || isWithin(endMs));
  }

  /** Forgets jobs long over. @returns those it forgot */
  forget(nowMs: number): BookedJob[] {
    const gone = [...this.#jobs.values()].filter(({ endMs }) => endMs < nowMs - KEEP_MS);
    for (const booked of gone) {
      this.#jobs.delete(booked.job.id);
      for (const gpu of booked.gpus) {
        this.#ofGpu[gpu].splice(this.#ofGpu[gpu].indexOf(booked), 1);
      }
    }
    return gone;
  }
}
