/** The schedule that stands, and its jobs as entities of the generation that stands. */
import type { Logger } from 'pino';
import type { Problem, ScheduledJob, Topology } from '../../twin/index.ts';
import { type JobSchedule, resolveSchedule, scheduleFile, type Told } from './schedule.ts';

interface ToldJobs {
  readonly told: Told | undefined;
  /** Those whose hosts or GPUs stand here. */
  readonly jobs: readonly ScheduledJob[];
  /** Another generation stands. */
  follow(topology: Topology): readonly ScheduledJob[];
  /** Takes over a schedule in the place of the one before. */
  tell(schedule: JobSchedule, topology: Topology, atMs: number): Taken;
}

interface Taken {
  /** What the schedule names that is not here: then it is not taken over. */
  readonly problems: readonly Problem[];
  /** Jobs to be booked, those among them that are no longer told as ended. */
  readonly jobs: readonly ScheduledJob[];
}

/** @param dataDir where it is kept; undefined: nothing is to outlive the process */
export function toldJobs(dataDir: string | undefined, log: Logger): ToldJobs {
  const file = dataDir === undefined ? undefined : scheduleFile(dataDir, log);
  let told = file?.read();
  let jobs: readonly ScheduledJob[] = [];
  return {
    get told() {
      return told;
    },
    get jobs() {
      return jobs;
    },
    follow(topology) {
      if (!told) return [];
      const resolved = resolveSchedule(told.schedule, topology);
      const left = resolved.problems.length;
      if (left > 0) log.warn({ left }, 'the job schedule names hosts or GPUs that are not here');
      jobs = resolved.jobs;
      return jobs;
    },
    tell(schedule, topology, atMs) {
      const { problems, jobs: next } = resolveSchedule(schedule, topology);
      if (problems.length > 0) return { problems, jobs: [] };
      const kept = new Set(next.map(job => job.id));
      // what is no longer told ends now, or never begins
      const gone = jobs
        .filter(job => !kept.has(job.id))
        .map(job => ({ ...job, endMs: Math.max(job.startMs, Math.min(atMs, job.endMs ?? atMs)) }));
      told = { atMs, schedule };
      jobs = next;
      file?.write(told);
      return { problems: [], jobs: [...gone, ...next] };
    },
  };
}
