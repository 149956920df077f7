/** The recent past of roll-up signals. */
import { z } from 'zod';
import { SIGNALS, signalIndex } from '../../../twin/index.ts';
import { ProblemError } from '../problem.ts';
import { route } from '../route.ts';
import { entityOf } from '../scope.ts';
import { signalList } from './state.ts';

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
    to: z.iso.datetime({ offset: true }).optional(),
    stepS: z.coerce.number().min(60).max(86_400).default(60),
    aggregate: z.enum(['mean', 'last', 'max']).default('mean'),
  }),
  answer: z.object({
    entity: z.string(),
    signal: z.string(),
    unit: z.string(),
    points: z
      .array(z.tuple([z.number(), z.number().nullable()]))
      .describe('Epoch ms and value; null where nothing is known.'),
  }),
  async handle({ query }, service) {
    entityOf(service.live.twin.topology, query.entity);
    signalList(query.signal);
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
    if (!slice) {
      throw new ProblemError(404, `no history is kept of ${signal} of ${entity}; see docs/api.md`);
    }
    const points = Array.from(slice.values, (value, i) => [
      slice.fromMs + i * slice.stepMs,
      Number.isNaN(value) ? null : value,
    ]);
    return { entity, signal, unit: SIGNALS[signalIndex(signal)].unit, points };
  },
});

export const historyRoutes = [history];
