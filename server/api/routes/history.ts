/** Values over time. */
import { z } from 'zod';
import { SIGNALS } from '../../../twin/index.ts';
import { recentReader } from '../../history/recent-reader.ts';
import { type HistoryReader, RANGE_AGGREGATES } from '../../history/store/contract.ts';
import type { Service } from '../../service.ts';
import { BY, canHave, eachSeries, type Shown, together, VALUES_MAX } from '../history-answer.ts';
import { type HistoryScope, PLANES, scopeOf } from '../history-scope.ts';
import { ProblemError } from '../problem.ts';
import { isoTime, list, pageQuery, route, wholeNumber } from '../route.ts';
import { oneSignal } from '../values.ts';

const HOUR_MS = 3_600_000;
const STEP_MAX_S = 366 * 86_400;

const query = z.object({
  entity: z.string().optional().describe('Comma-separated ids, in place of under and kind.'),
  under: z.string().optional().describe('What stands in this entity, or what it supplies.'),
  kind: z.string().optional(),
  plane: z.enum(PLANES).default('containment').describe('Along which `under` is meant.'),
  signal: z.string().describe('Comma-separated signals.'),
  from: z.iso.datetime({ offset: true }).optional().describe('One hour ago unless given.'),
  to: z.iso.datetime({ offset: true }).optional().describe('Now unless given.'),
  stepS: wholeNumber(1, STEP_MAX_S)
    .default(60)
    .describe('Below a minute, or no whole number of them: only while raw samples are kept.'),
  aggregate: z
    .enum(RANGE_AGGREGATES)
    .default('mean')
    .describe('Of the samples of one series in a step.'),
  by: z.enum(BY).default('none').describe('Over all entities in scope: one series a signal.'),
  limit: pageQuery.limit.describe('Entities in one answer.'),
  cursor: pageQuery.cursor,
});

const values = z
  .array(z.number().nullable())
  .describe('One a step from `from` on; null where nothing is known.');

const answer = z.object({
  from: z.iso.datetime().describe('Start of the first step: a multiple of the step.'),
  stepS: z.number(),
  spans: z
    .array(
      z.object({
        tier: z.enum(['raw', '1m', '15m', '1h']),
        from: z.iso.datetime(),
        to: z.iso.datetime(),
      }),
    )
    .describe('What was read for which stretch; where nothing is kept any more there is none.'),
  isBehind: z.literal(true).optional().describe('The newest samples are not in it yet.'),
  series: z.array(
    z.object({
      entity: z.string().optional().describe('Absent where entities are taken together.'),
      entities: z.int().optional().describe('How many were taken together.'),
      signal: z.string(),
      unit: z.string(),
      values,
    }),
  ),
  next: z.string().optional().describe('`cursor` of the next entities; absent on the last page.'),
  entity: z.string().optional().describe('With one series only, as are the following.'),
  signal: z.string().optional(),
  unit: z.string().optional(),
  points: z
    .array(z.tuple([z.number(), z.number().nullable()]))
    .optional()
    .describe('Epoch ms of the start of each step, and value.'),
});

const history = route({
  method: 'get',
  path: '/api/v1/history',
  summary: `Values of signals of entities over time, at most ${VALUES_MAX} in one answer`,
  tag: 'history',
  role: 'viewer',
  query,
  answer,
  async handle({ query }, service) {
    const { topology } = service.live.twin;
    const signals = [...new Set(list(query.signal)?.map(id => oneSignal(id)))];
    if (signals.length === 0) throw new ProblemError(400, 'query signal: name one or more');
    const toMs = query.to ? Date.parse(query.to) : service.live.clock.now();
    const fromMs = query.from ? Date.parse(query.from) : toMs - HOUR_MS;
    const isTogether = query.by !== 'none';
    const scope: HistoryScope = { ...query, limit: isTogether ? topology.count : query.limit };
    const { entities, next } = scopeOf(topology, scope, signals);
    const known = entities.filter(entity => signals.some(s => canHave(topology, entity, s)));
    if (entities.length > 0 && known.length === 0) {
      throw notKept(topology.ids[entities[0]], SIGNALS[signals[0]].id);
    }
    const wish = {
      ...{ topology, entities: known, signals, fromMs, toMs, stepMs: 1000 * query.stepS },
      aggregate: query.aggregate,
    };
    const reader = readerOf(service);
    const shown =
      query.by === 'none' ? await eachSeries(reader, wish) : await together(reader, wish, query.by);
    return { ...presented(shown), ...(query.entity ? single(shown) : {}), next };
  },
});

const readerOf = ({ dataDir, history: recent }: Service): HistoryReader =>
  dataDir?.history ?? recentReader(recent);

function presented({ fromMs, stepMs, spans, isBehind, series }: Shown) {
  return {
    from: isoTime(fromMs),
    stepS: stepMs / 1000,
    spans: spans.map(span => ({
      tier: span.tier,
      from: isoTime(span.fromMs),
      to: isoTime(span.toMs),
    })),
    ...(isBehind ? { isBehind } : {}),
    series,
  };
}

/** The form for one series, which has the time beside each value. */
function single({ fromMs, stepMs, series }: Shown) {
  const [only] = series;
  if (series.length !== 1 || only.entity === undefined) return {};
  const { entity, signal, unit } = only;
  const points = only.values.map((value, i) => [fromMs + i * stepMs, value]);
  return { entity, signal, unit, points };
}

const notKept = (entity: string, signal: string) =>
  new ProblemError(404, `no history is kept of '${signal}' of '${entity}'`);

export const historyRoutes = [history];
