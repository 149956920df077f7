/**
 * Jobs where no schedule tells any: each host that works is taken to go on with it. What a host does
 * is one job from when its GPUs take up work until they have left it.
 */
import type { PredictedSite, ScheduledJob } from '../../twin/index.ts';

/** Above idle, in parts of the way to the maximum: work. */
const WORK_RATIO = 0.15;
/** Frames without work after which a job is over: a checkpoint is shorter. */
const QUIET_FRAMES = 6;

export interface PresentJobs {
  /** @param meanW of each GPU of the site; NaN: not read. @returns jobs that began or ended */
  follow(meanW: Float64Array, atMs: number): ScheduledJob[];
  /** A schedule is told from now on. @returns all that run, as ended */
  end(atMs: number): ScheduledJob[];
}

/** What works when it is first seen has done so for a while. */
const BEFORE_MS = 3_600_000;

export function presentJobs(site: PredictedSite): PresentJobs {
  const running = new Map<number, ScheduledJob>();
  const quiet = new Int32Array(site.hosts.length);
  const isKnown = new Uint8Array(site.hosts.length);
  const gpusOf: number[][] = Array.from(site.hosts, () => []);
  site.hostOfGpu.forEach((host, gpu) => {
    gpusOf[host]?.push(gpu);
  });
  return {
    follow(meanW, atMs) {
      const changed: ScheduledJob[] = [];
      gpusOf.forEach((gpus, host) => {
        const isRead = gpus.some(gpu => !Number.isNaN(meanW[gpu]));
        if (!isRead) return;
        const works = gpus.some(gpu => meanW[gpu] > site.idleW[gpu] + WORK_RATIO * site.spanW[gpu]);
        const known = running.get(host);
        const startMs = isKnown[host] === 1 ? atMs : atMs - BEFORE_MS;
        isKnown[host] = 1;
        quiet[host] = works ? 0 : quiet[host] + 1;
        if (works && !known) {
          const job = {
            ...{ id: `host ${host} from ${atMs}`, shape: 'present', kind: 'present' },
            ...{ gpus: Int32Array.from(gpus, gpu => site.gpus[gpu]), startMs, endMs: null },
          };
          running.set(host, job);
          changed.push(job);
        } else if (known && quiet[host] >= QUIET_FRAMES) {
          running.delete(host);
          changed.push({ ...known, endMs: atMs });
        }
      });
      return changed;
    },
    end(atMs) {
      const ended = [...running.values()].map(job => ({ ...job, endMs: atMs }));
      running.clear();
      return ended;
    },
  };
}
