/** What is true now: values with their age, quality and limit. */
import { z } from 'zod';
import { KINDS } from '../../../twin/index.ts';
import { listOf, pageQuery, pastRoute } from '../route.ts';
import { entityOf, pageOf } from '../scope.ts';
import { coverageOf, signalList, valueSchema, valuesOf } from '../values.ts';

const item = z.object({
  id: z.string(),
  kind: z.string(),
  signals: z.record(z.string(), valueSchema),
});

const DEFAULT_SIGNALS = 'powerW,powerHeadroomW,inletTempC,gpuTempC,utilRatio';

const states = pastRoute({
  method: 'get',
  path: '/api/v1/state',
  summary: 'State of many entities',
  tag: 'state',
  role: 'viewer',
  query: z.object({
    kind: z.string().optional(),
    under: z.string().optional().describe('Only what stands in this entity, and itself.'),
    ids: z.string().optional().describe('Comma-separated entity ids, in place of the two above.'),
    signals: z.string().default(DEFAULT_SIGNALS).describe('Comma-separated signals, or `all`.'),
    ...pageQuery,
  }),
  answer: listOf(item).extend({ generation: z.int() }),
  handle({ query }, { live }) {
    const { topology } = live.twin;
    const { entities, next } = pageOf(topology, query);
    const signals = signalList(query.signals);
    const items = entities.map(entity => ({
      id: topology.ids[entity],
      kind: KINDS[topology.kind[entity]].id,
      signals: valuesOf(live, entity, signals),
    }));
    return { items, next, generation: topology.generation };
  },
});

const oneState = pastRoute({
  method: 'get',
  path: '/api/v1/state/{id}',
  summary: 'Every signal of one entity, missing ones too',
  tag: 'state',
  role: 'viewer',
  answer: item.extend({
    generation: z.int(),
    coverage: z
      .record(z.string(), z.object({ present: z.int(), of: z.int() }))
      .describe('Of each rolled-up signal: how many of the parts have a value.'),
  }),
  handle({ params }, { live }) {
    const { topology } = live.twin;
    const entity = entityOf(topology, params.id);
    return {
      id: params.id,
      kind: KINDS[topology.kind[entity]].id,
      generation: topology.generation,
      signals: valuesOf(live, entity, undefined),
      coverage: coverageOf(live, entity),
    };
  },
});

export const stateRoutes = [states, oneState];
