/** The job schedule, and racks a quarter of an hour ahead. */
import { z } from 'zod';
import {
  ancestorOfKind,
  KIND_INDEX,
  type PredictedValue,
  readSignal,
  STALE,
  type State,
  signalIndex,
} from '../../twin/index.ts';
import { fieldErrors, ProblemError } from '../api/problem.ts';
import { isoTime, orNull, route } from '../api/route.ts';
import { entityOf } from '../api/scope.ts';
import type { Service } from '../service.ts';
import { AHEAD_S, GPUS_MAX, type PredictionService } from './prediction.ts';
import { scheduleSchema } from './schedule.ts';

function serviceOf({ trust }: Service): PredictionService {
  if (trust) return trust.prediction;
  throw new ProblemError(409, 'a replay of the past predicts nothing');
}

const toldSchema = scheduleSchema.extend({
  toldAt: z.iso.datetime().nullable().describe('null: no schedule was told.'),
});

const readSchedule = route({
  method: 'get',
  path: '/api/v1/jobs/schedule',
  summary: 'The job schedule as it was told last',
  tag: 'forecast',
  role: 'viewer',
  answer: toldSchema,
  handle(_input, service) {
    const { told } = serviceOf(service);
    return { jobs: told?.schedule.jobs ?? [], toldAt: isoTime(told?.atMs) ?? null };
  },
});

const putSchedule = route({
  method: 'put',
  path: '/api/v1/jobs/schedule',
  summary: 'Tells which jobs run and will run, in the place of what was told before',
  tag: 'forecast',
  role: 'operator',
  hasLargeBody: true,
  body: scheduleSchema,
  answer: toldSchema,
  handle({ body }, service) {
    const prediction = serviceOf(service);
    const problems = prediction.tell(body);
    if (problems.length > 0) {
      const errors = fieldErrors(problems);
      const [first] = errors;
      throw new ProblemError(422, `${first.path}: ${first.message}`, errors);
    }
    return { ...body, toldAt: isoTime(prediction.told?.atMs) ?? null };
  },
});

const value = z.object({
  value: z.number().nullable().describe('null: nothing that it needs was ever read.'),
  low: z.number().nullable(),
  high: z.number().nullable(),
  now: z.number().nullable().describe('What it is now.'),
});

const predict = route({
  method: 'get',
  path: '/api/v1/prediction',
  summary: 'Power, inlet and GPUs of a rack a quarter of an hour ahead, with 90 % bands',
  tag: 'forecast',
  role: 'viewer',
  query: z.object({ rack: z.string().describe('Id of a rack.') }),
  answer: z.object({
    rack: z.string(),
    at: z.iso.datetime().describe('The values are means of the minute that ends then.'),
    madeAt: z.iso.datetime(),
    aheadS: z.number(),
    learningSince: z.iso.datetime(),
    powerW: value,
    inletTempC: value,
    gpus: z.array(value.extend({ id: z.string() })).describe('Temperatures, °C.'),
    schedule: z.object({
      from: z.enum(['told', 'present']),
      says: z.string(),
      jobs: z
        .array(
          z.object({
            job: z.string(),
            startsAt: z.iso.datetime(),
            endsAt: z.iso.datetime().nullable(),
          }),
        )
        .describe('Told ones on this rack between now and then.'),
    }),
  }),
  handle({ query }, service) {
    const prediction = serviceOf(service);
    const { state, topology } = service.live.twin;
    const rack = entityOf(topology, query.rack);
    if (topology.kind[rack] !== KIND_INDEX.rack) {
      throw new ProblemError(400, `query rack: '${query.rack}' is no rack`);
    }
    if (prediction.isTooLarge) {
      throw new ProblemError(409, `sites of over ${GPUS_MAX} GPUs are not predicted rack by rack`);
    }
    const { last } = prediction;
    if (!last) {
      const detail = 'no prediction was made yet; it takes a minute from the start';
      throw new ProblemError(503, detail, [], { 'retry-after': '60' });
    }
    const one = (signal: string, of: PredictedValue) => ({
      ...{ value: orNull(of.value), low: orNull(of.low), high: orNull(of.high) },
      now: nowOf(state, signal, of.entity),
    });
    const ofRack = (list: readonly PredictedValue[]) =>
      list.find(({ entity }) => entity === rack) as PredictedValue;
    const gpus = last.gpuTempC.filter(
      ({ entity }) => ancestorOfKind(topology, entity, 'rack') === rack,
    );
    return {
      rack: query.rack,
      at: isoTime(last.atMs),
      madeAt: isoTime(last.madeAtMs),
      aheadS: AHEAD_S,
      learningSince: isoTime(prediction.learningSinceMs),
      powerW: one('powerW', ofRack(last.rackPowerW)),
      inletTempC: one('inletTempC', ofRack(last.rackInletTempC)),
      gpus: gpus.map(gpu => ({ id: topology.ids[gpu.entity], ...one('gpuTempC', gpu) })),
      schedule: scheduleAnswer(prediction, last.madeAtMs, last.atMs, gpu =>
        gpus.some(({ entity }) => entity === gpu),
      ),
    };
  },
});

function nowOf(state: State, signal: string, entity: number): number | null {
  const { value, quality } = readSignal(state, signalIndex(signal), entity);
  return quality > STALE && Number.isFinite(value) ? value : null;
}

function scheduleAnswer(
  { told, jobs }: PredictionService,
  fromMs: number,
  toMs: number,
  isHere: (gpu: number) => boolean,
) {
  if (!told) {
    const says = 'no schedule was told: what runs now is taken to go on';
    return { from: 'present', says, jobs: [] };
  }
  const here = jobs.filter(
    job =>
      job.startMs <= toMs && (job.endMs === null || job.endMs > fromMs) && job.gpus.some(isHere),
  );
  return {
    from: 'told',
    says: `the schedule of ${isoTime(told.atMs)}, ${jobs.length} jobs`,
    jobs: here.map(job => ({
      job: job.id,
      startsAt: isoTime(job.startMs),
      endsAt: job.endMs === null ? null : isoTime(job.endMs),
    })),
  };
}

export const predictionRoutes = [readSchedule, putSchedule, predict];
