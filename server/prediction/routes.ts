/** The job schedule, and racks some minutes ahead. */
import { z } from 'zod';
import {
  ancestorOfKind,
  entitiesOfKind,
  KIND_INDEX,
  type PredictedValue,
  type PredictionRecord,
  readSignal,
  STALE,
  type State,
  signalIndex,
} from '../../twin/index.ts';
import { ProblemError, unprocessable } from '../api/problem.ts';
import { isoTime, orNull, route } from '../api/route.ts';
import { entityOf } from '../api/scope.ts';
import type { Service } from '../service.ts';
import { HORIZONS } from './horizons.ts';
import type { PredictionService } from './prediction.ts';
import { scheduleSchema } from './schedule.ts';
import { tooLarge, unready, untold } from './status.ts';

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
    if (problems.length > 0) throw unprocessable(problems);
    return { ...body, toldAt: isoTime(prediction.told?.atMs) ?? null };
  },
});

const value = z.object({
  value: z.number().nullable().describe('null: not told; `why` says why.'),
  low: z.number().nullable(),
  high: z.number().nullable(),
  now: z.number().nullable().describe('What it is now.'),
  why: z.string().optional(),
});

const record = z
  .object({
    error: z.number().nullable(),
    lastValueError: z.number().nullable().describe('Had the last value been told in its place.'),
  })
  .describe('Mean error of predictions so far ahead: powers in parts of the value, else in K.');

const predict = route({
  method: 'get',
  path: '/api/v1/prediction',
  summary: 'Power, inlet and GPUs of a rack some minutes ahead, with 90 % bands',
  tag: 'forecast',
  role: 'viewer',
  query: z.object({
    rack: z.string().describe('Id of a rack.'),
    aheadS: z
      .enum(HORIZONS.map(({ aheadS }) => String(aheadS)))
      .default('900')
      .describe('Seconds ahead.'),
  }),
  answer: z.object({
    rack: z.string(),
    at: z.iso.datetime().describe('The values are means of the minute that ends then.'),
    madeAt: z.iso.datetime(),
    aheadS: z.number(),
    learningSince: z.iso.datetime(),
    powerW: value,
    inletTempC: value,
    gpus: z.array(value.extend({ id: z.string() })).describe('Temperatures, °C.'),
    record: z.object({ powerW: record, inletTempC: record, gpuTempC: record }),
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
      throw new ProblemError(409, tooLarge(entitiesOfKind(topology, 'gpu').length));
    }
    const aheadS = Number(query.aheadS);
    const last = prediction.last(aheadS);
    const detail = unready(last, service.live.clock.now());
    if (!last || detail) throw new ProblemError(503, detail, [], { 'retry-after': '60' });
    const one = (signal: keyof typeof last.record, name: string, of: PredictedValue) => {
      const why = untold(last.record[signal], !Number.isNaN(of.now), unitOf(signal));
      const told = why
        ? {}
        : { value: orNull(of.value), low: orNull(of.low), high: orNull(of.high) };
      const now = nowOf(state, name, of.entity);
      return { value: null, low: null, high: null, now, ...told, ...(why ? { why } : {}) };
    };
    const ofRack = (list: readonly PredictedValue[]) =>
      list.find(({ entity }) => entity === rack) as PredictedValue;
    const gpus = last.gpuTempC.filter(
      ({ entity }) => ancestorOfKind(topology, entity, 'rack') === rack,
    );
    return {
      rack: query.rack,
      at: isoTime(last.atMs),
      madeAt: isoTime(last.madeAtMs),
      aheadS,
      learningSince: isoTime(prediction.learningSinceMs),
      powerW: one('rackPowerW', 'powerW', ofRack(last.rackPowerW)),
      inletTempC: one('rackInletTempC', 'inletTempC', ofRack(last.rackInletTempC)),
      gpus: gpus.map(gpu => ({
        id: topology.ids[gpu.entity],
        ...one('gpuTempC', 'gpuTempC', gpu),
      })),
      record: {
        powerW: shownRecord(last.record.rackPowerW),
        inletTempC: shownRecord(last.record.rackInletTempC),
        gpuTempC: shownRecord(last.record.gpuTempC),
      },
      schedule: scheduleAnswer(prediction, last.madeAtMs, last.atMs, gpu =>
        gpus.some(({ entity }) => entity === gpu),
      ),
    };
  },
});

const unitOf = (signal: string) => (signal.endsWith('W') ? '%' : 'K');

const shownRecord = ({ error, persistence }: PredictionRecord) => ({
  error: orNull(error),
  lastValueError: orNull(persistence),
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
