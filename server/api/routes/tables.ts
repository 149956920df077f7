/** What the twin knows: kinds, signals, limits. */
import { z } from 'zod';
import {
  KINDS,
  kindsOf,
  LIMITS,
  type LimitAtKind,
  metricName,
  QUALITIES,
  SIGNALS,
  thresholdOf,
  thresholdOrigin,
  UNITS,
} from '../../../twin/index.ts';
import { SEVERITIES } from '../../alerts/book.ts';
import { unitOf } from '../../limits-on.ts';
import type { LiveTwin } from '../../live-twin.ts';
import { listOf, route, tableQuery } from '../route.ts';
import { entityOf, sliceOf } from '../scope.ts';
import { isPassed, judgedReading, limitsAt, shownValue } from '../values.ts';

const kindNames = z.array(z.string());

const kinds = route({
  method: 'get',
  path: '/api/v1/kinds',
  summary: 'Kinds of entities, outermost first',
  tag: 'tables',
  role: 'viewer',
  query: z.object(tableQuery),
  answer: listOf(
    z.object({
      id: z.string(),
      plural: z.string(),
      title: z.string(),
      in: kindNames.describe('Kinds that it may stand in.'),
      count: z.int(),
    }),
  ),
  handle({ query }, { live }) {
    const { kindStart } = live.twin.topology;
    const items = KINDS.map((row, k) => ({ ...row, count: kindStart[k + 1] - kindStart[k] }));
    return sliceOf(items, query);
  },
});

const signal = z.object({
  id: z.string(),
  index: z.int().describe('As frames use it.'),
  title: z.string(),
  unit: z.string(),
  symbol: z.string(),
  kinds: kindNames.describe('Kinds at which it has values, own or rolled up.'),
  rollup: z.object({ op: z.enum(['sum', 'max', 'min', 'mean']), to: kindNames }).optional(),
  range: z.tuple([z.number(), z.number()]).describe('Physically possible values, inclusive.'),
  shed: z
    .enum(['limit', 'operational', 'informational'])
    .describe('Under overload informational ones are given up first, limit ones never.'),
  isFactor: z.literal(true).optional().describe('A ratio that is read as a plain factor.'),
  staleAfterS: z.number(),
  metric: z.record(z.string(), z.string()).describe('Prometheus metric by kind.'),
});

const SIGNAL_ITEMS = SIGNALS.map((row, index) => ({
  ...row,
  index,
  symbol: UNITS[row.unit].symbol,
  kinds: kindsOf(row),
  metric: Object.fromEntries(kindsOf(row).map(kind => [kind, metricName(kind, row)])),
}));

const signals = route({
  method: 'get',
  path: '/api/v1/signals',
  summary: 'Every signal: unit, kinds, range, metric names',
  tag: 'tables',
  role: 'viewer',
  query: z.object(tableQuery),
  answer: listOf(signal),
  handle: ({ query }) => sliceOf(SIGNAL_ITEMS, query),
});

const limitRow = z.object({
  id: z.string(),
  title: z.string(),
  broken: z.string().optional().describe('What is so when a state is not what it must be.'),
  kind: z
    .enum(['capacity', 'bound', 'uniform', 'ratio', 'separation'])
    .describe('What sort of limit it is.'),
  at: kindNames.describe('Kinds of entities that it holds for.'),
  signal: z.string(),
  plane: z.enum(['power', 'cooling', 'network']).optional(),
  over: z.string().optional().describe('Of a ratio: the signal below the line.'),
  within: z.string().optional().describe('Of a uniform limit: the whole whose parts must agree.'),
  groupBy: z.literal('class').optional(),
  compare: z.enum(['max', 'min']),
  value: z.number().nullable().optional().describe("In the signal's unit; of a ratio, a ratio."),
  fromClass: z
    .object({ figure: z.string(), factor: z.number().optional(), plus: z.number().optional() })
    .optional(),
  hard: z.boolean(),
  severity: z.enum(SEVERITIES),
  severityFrom: z.literal('faults').optional(),
  forS: z.number(),
  hysteresisRatio: z.number(),
  source: z.string(),
  runbook: z.string(),
});

/** What the answer for one entity has beside the row. */
const limitHere = limitRow.extend({
  from: z.enum(['default', 'class', 'inventory']).optional().describe('Who set the value.'),
  current: z.union([z.number(), z.string()]).nullable().optional(),
  currentAt: z.iso.datetime().optional(),
  unit: z.string().optional(),
  quality: z.enum(QUALITIES).optional(),
  headroom: z.number().nullable().optional().describe('Distance to the limit; below 0 beyond it.'),
  breached: z.boolean().optional(),
});

const limits = route({
  method: 'get',
  path: '/api/v1/limits',
  summary: 'The limits table; with `entity`, what holds there and how far away it is',
  tag: 'tables',
  role: 'viewer',
  query: z.object({ entity: z.string().optional(), ...tableQuery }),
  answer: listOf(limitHere),
  handle({ query }, { live }) {
    if (query.entity === undefined) return sliceOf(LIMITS, query);
    const entity = entityOf(live.twin.topology, query.entity);
    const holding = limitsAt(live, entity)
      .map(limit => limitAt(live, entity, limit))
      .filter(limit => limit.value !== null || limit.kind === 'uniform');
    return sliceOf(holding, query);
  },
});

function limitAt(live: LiveTwin, entity: number, limit: LimitAtKind) {
  const { topology } = live.twin;
  const threshold = thresholdOf(limit, topology, entity);
  const origin = thresholdOrigin(limit, topology, entity);
  const { value, quality, at } = shownValue(live, limit.signal, judgedReading(live, limit, entity));
  const isJudged = typeof value === 'number' && !Number.isNaN(threshold);
  const sign = limit.row.compare === 'max' ? 1 : -1;
  return {
    ...limit.row,
    value: Number.isNaN(threshold) ? null : threshold,
    from: origin === 'figure' ? ('class' as const) : origin,
    current: value,
    unit: unitOf(limit),
    ...(at ? { currentAt: at } : {}),
    quality,
    headroom: isJudged ? sign * (threshold - value) : null,
    breached: isJudged && isPassed(limit, value, threshold),
  };
}

export const tableRoutes = [kinds, signals, limits];
