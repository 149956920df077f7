/** Values over time. */
import { z } from 'zod';
import { SIGNALS, type Topology } from '../../../twin/index.ts';
import { recentReader } from '../../history/recent-reader.ts';
import { type HistoryReader, RANGE_AGGREGATES } from '../../history/store/contract.ts';
import type { Stretch } from '../../recovery/inventories.ts';
import type { Service } from '../../service.ts';
import {
  BY,
  type By,
  behindOneAnother,
  canHave,
  eachSeries,
  type Shown,
  together,
  type Unknown,
  VALUES_MAX,
} from '../history-answer.ts';
import { PLANES, scopeOf } from '../history-scope.ts';
import { ProblemError } from '../problem.ts';
import { isoTime, list, pageQuery, route, wholeNumber } from '../route.ts';
import { oneSignal } from '../values.ts';

const HOUR_MS = 3_600_000;
const STEP_MAX_S = 366 * 86_400;

const query = z.object({
  entity: z.string().optional().describe('Comma-separated ids, in place of under and kind.'),
  under: z.string().optional().describe('What stands in this entity, or what it supplies.'),
  kind: z.string().optional(),
  plane: z
    .enum(PLANES)
    .default('containment')
    .describe('Along which `under` is meant, by the inventory that stood then.'),
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
    const signals = [...new Set(list(query.signal)?.map(id => oneSignal(id)))];
    if (signals.length === 0) throw new ProblemError(400, 'query signal: name one or more');
    const toMs = query.to ? Date.parse(query.to) : service.live.clock.now();
    const fromMs = query.from ? Date.parse(query.from) : toMs - HOUR_MS;
    const wish = {
      ...{ query, signals, fromMs, toMs },
      ...{ reader: readerOf(service), stretches: stretchesOf(service, fromMs, toMs) },
    };
    const { shown, next } = await (query.by === 'none' ? apart(wish) : asOne(wish, query.by));
    return { ...presented(shown), ...(query.entity ? single(shown) : {}), next };
  },
});

interface Asked {
  readonly query: HistoryQuery;
  readonly signals: readonly number[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly reader: HistoryReader;
  /** Never empty; the last one reaches to the end. */
  readonly stretches: readonly Stretch[];
}
type HistoryQuery = z.output<typeof query>;

/** Which inventory stood when in the span: that of now alone where nothing else is known. */
function stretchesOf({ live, inventories }: Service, fromMs: number, toMs: number) {
  const { topology } = live.twin;
  return toMs > fromMs && inventories
    ? inventories.between(fromMs, toMs)
    : [{ topology, fromMs, toMs }];
}

/** Each series by itself, of the entities that stood at the end. */
async function apart({ query, signals, fromMs, toMs, reader, stretches }: Asked) {
  const { topology } = stretches[stretches.length - 1];
  const { entities, next } = scopeOf(topology, query, signals);
  const wish = wishOf(topology, entities, signals);
  const span = { fromMs, toMs, stepMs: 1000 * query.stepS, aggregate: query.aggregate };
  return { shown: await eachSeries(reader, { ...wish, ...span }), next };
}

/** All in scope together, in each stretch those that were then. */
async function asOne({ query, signals, reader, stretches }: Asked, by: Exclude<By, 'none'>) {
  const stepMs = 1000 * query.stepS;
  const endMs = stretches[stretches.length - 1].toMs;
  const parts: (Shown | Unknown)[] = [];
  for (const { topology, ...stretch } of stretches) {
    // a step belongs to the inventory that stood when it began
    const fromMs = parts.length === 0 ? stretch.fromMs : upTo(stretch.fromMs, stepMs);
    const toMs = stretch.toMs === endMs ? endMs : upTo(stretch.toMs, stepMs);
    if (toMs <= fromMs) continue;
    try {
      const { entities } = scopeOf(topology, { ...query, limit: topology.count }, signals);
      const wish = { ...wishOf(topology, entities, signals), aggregate: query.aggregate };
      parts.push(await together(reader, { ...wish, fromMs, toMs, stepMs }, by));
    } catch (why) {
      if (!(why instanceof ProblemError) || why.status !== 404) throw why;
      // what did not stand then has no values of then
      const steps = upTo(toMs, stepMs) / stepMs - Math.floor(fromMs / stepMs);
      parts.push({ why, fromMs: stepMs * Math.floor(fromMs / stepMs), steps });
    }
  }
  return { shown: behindOneAnother(parts), next: undefined };
}

const upTo = (ms: number, stepMs: number) => Math.ceil(ms / stepMs) * stepMs;

/** @throws ProblemError 404 when none of the entities can have any of the signals */
function wishOf(topology: Topology, entities: readonly number[], signals: readonly number[]) {
  const known = entities.filter(entity => signals.some(s => canHave(topology, entity, s)));
  if (entities.length > 0 && known.length === 0) {
    throw notKept(topology.ids[entities[0]], SIGNALS[signals[0]].id);
  }
  return { topology, entities: known, signals };
}

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
