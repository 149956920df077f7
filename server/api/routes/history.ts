/** The recent past of roll-up signals. */
import { z } from 'zod';
import { SIGNALS } from '../../../twin/index.ts';
import { ProblemError } from '../problem.ts';
import { orNull, route, wholeNumber } from '../route.ts';
import { entityOf } from '../scope.ts';
import { oneSignal } from '../values.ts';

const HOUR_MS = 3_600_000;

const history = route({
  method: 'get',
  path: '/api/v1/history',
  summary: 'Values of one signal of one entity over time',
  tag: 'history',
  role: 'viewer',
  query: z.object({
    entity: z.string(),
    signal: z.string(),
    from: z.iso.datetime({ offset: true }).optional().describe('One hour ago unless given.'),
    to: z.iso.datetime({ offset: true }).optional().describe('Now unless given.'),
    stepS: wholeNumber(60, 86_400).default(60).describe('A whole number of minutes.'),
    aggregate: z.enum(['mean', 'last', 'max']).default('mean'),
  }),
  answer: z.object({
    entity: z.string(),
    signal: z.string(),
    unit: z.string(),
    stepS: z.number(),
    points: z
      .array(z.tuple([z.number(), z.number().nullable()]))
      .describe('Epoch ms of the start of the step, and value; null where nothing is known.'),
  }),
  async handle({ query }, service) {
    entityOf(service.live.twin.topology, query.entity);
    const { unit } = SIGNALS[oneSignal(query.signal)];
    const toMs = query.to ? Date.parse(query.to) : service.live.clock.now();
    const fromMs = query.from ? Date.parse(query.from) : toMs - HOUR_MS;
    const { entity, signal, aggregate } = query;
    const stepMs = 1000 * query.stepS;
    const slice = await service.history
      .range({ entity, signal, fromMs, toMs, stepMs, aggregate })
      .catch((error: unknown) => {
        if (error instanceof RangeError) throw new ProblemError(400, `query ${error.message}`);
        throw error;
      });
    if (!slice) throw notKept(entity, signal);
    const points = Array.from(slice.values, (value, i) => [
      slice.fromMs + i * slice.stepMs,
      orNull(value),
    ]);
    return { entity, signal, unit, stepS: slice.stepMs / 1000, points };
  },
});

const notKept = (entity: string, signal: string) =>
  new ProblemError(404, `no history is kept of '${signal}' of '${entity}'`);

export const historyRoutes = [history];
