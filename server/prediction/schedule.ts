/** The job schedule that a scheduler tells: replaced as a whole, kept beside the journal. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import {
  childrenOfKind,
  KIND_INDEX,
  type Problem,
  type ScheduledJob,
  type Topology,
} from '../../twin/index.ts';
import { putFile } from '../put-file.ts';

const JOBS_MAX = 10_000;
const PLACES_MAX = 10_000;

const instant = z.iso.datetime({
  offset: true,
  error: 'an RFC 3339 time such as 2026-01-31T12:00:00Z',
});
const places = z.array(z.string().min(1)).min(1).max(PLACES_MAX);

const job = z
  .strictObject({
    job: z.string().min(1).max(253).describe('Its name; one job, one name.'),
    startsAt: instant,
    endsAt: instant.nullish().describe('When its GPUs are free again; null: not known.'),
    hosts: places.optional().describe('Hosts of which it holds all GPUs.'),
    gpus: places.optional().describe('GPUs that it holds.'),
    class: z
      .enum(['training', 'inference', 'notebook', 'other'])
      .default('other')
      .describe('Stands in for a shape that was never seen.'),
    shape: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe(
        'What is run again and again: such jobs draw much the same. Its name unless given.',
      ),
  })
  .refine(one => one.hosts !== undefined || one.gpus !== undefined, {
    path: ['hosts'],
    message: 'give hosts or gpus',
  })
  .refine(one => !one.endsAt || Date.parse(one.endsAt) > Date.parse(one.startsAt), {
    path: ['endsAt'],
    message: 'it must end after it starts',
  });

export const scheduleSchema = z
  .strictObject({
    jobs: z
      .array(job)
      .max(JOBS_MAX)
      .refine(list => new Set(list.map(one => one.job)).size === list.length, {
        message: 'two jobs have one name',
      }),
  })
  .meta({ id: 'JobSchedule', title: 'Jobs that run and will run' });

export type JobSchedule = z.output<typeof scheduleSchema>;

/** Entities of the jobs, with what is not known here. */
export function resolveSchedule(
  { jobs }: JobSchedule,
  topology: Topology,
): { jobs: ScheduledJob[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const find = (id: string, kind: 'host' | 'gpu', path: readonly (string | number)[]) => {
    const entity = topology.indexOf(id);
    if (entity >= 0 && topology.kind[entity] === KIND_INDEX[kind]) return [entity];
    problems.push({ path: [...path], message: `'${id}' is no ${kind} of this site` });
    return [];
  };
  const resolved = jobs.map((one, i) => {
    const hosts = (one.hosts ?? []).flatMap((id, n) => find(id, 'host', ['jobs', i, 'hosts', n]));
    const gpus = (one.gpus ?? []).flatMap((id, n) => find(id, 'gpu', ['jobs', i, 'gpus', n]));
    const ofHosts = hosts.flatMap(host => childrenOfKind(topology, host, KIND_INDEX.gpu));
    return {
      id: one.job,
      shape: one.shape ?? one.job,
      kind: one.class,
      gpus: Int32Array.from(new Set([...ofHosts, ...gpus])),
      startMs: Date.parse(one.startsAt),
      endMs: one.endsAt ? Date.parse(one.endsAt) : null,
    };
  });
  return { jobs: resolved, problems };
}

export interface Told {
  readonly atMs: number;
  readonly schedule: JobSchedule;
}

interface ScheduleFile {
  read(): Told | undefined;
  write(told: Told): void;
}

const stored = z.object({ at: z.iso.datetime(), schedule: scheduleSchema });

/** `jobs.json` in the data directory; what cannot be read there is told in the log, and left. */
export function scheduleFile(dataDir: string, log: Logger): ScheduleFile {
  const file = join(dataDir, 'jobs.json');
  return {
    read() {
      if (!existsSync(file)) return undefined;
      try {
        const { at, schedule } = stored.parse(JSON.parse(readFileSync(file, 'utf8')));
        return { atMs: Date.parse(at), schedule };
      } catch (error) {
        log.error({ err: error }, `${file} cannot be used: no job schedule until one is told`);
        return undefined;
      }
    },
    write({ atMs, schedule }) {
      putFile(file, JSON.stringify({ at: new Date(atMs).toISOString(), schedule }));
    },
  };
}
