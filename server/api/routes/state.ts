/** What is true now: values with their age, quality and limit. */
import { z } from 'zod';
import { KINDS, SIGNAL_INDEX } from '../../../twin/index.ts';
import { ProblemError } from '../problem.ts';
import { list, listOf, pageQuery, route, select } from '../route.ts';
import { entityOf, pageOf } from '../scope.ts';
import { coverageOf, valuesOf } from '../values.ts';

const value = z.object({
  value: z.union([z.number(), z.string(), z.null()]),
  unit: z.string(),
  at: z.iso.datetime().optional(),
  ageS: z.number().optional(),
  quality: z.enum(['missing', 'stale', 'modelled', 'derived', 'measured']),
  limit: z
    .object({
      id: z.string(),
      value: z.number(),
      compare: z.enum(['max', 'min']),
      breached: z.boolean(),
    })
    .optional(),
});

const item = z.object({
  id: z.string(),
  kind: z.string(),
  signals: z.record(z.string(), value),
});

const DEFAULT_SIGNALS = 'powerW,powerHeadroomW,inletTempC,gpuTempC,utilRatio';

const states = route({
  method: 'get',
  path: '/api/v1/state',
  summary: 'State of many entities',
  tag: 'state',
  role: 'viewer',
  query: z.object({
    kind: z.string().optional(),
    under: z.string().optional().describe('Only what stands in this entity.'),
    ids: z.string().optional().describe('Comma-separated entity ids.'),
    signals: z.string().default(DEFAULT_SIGNALS).describe('Comma-separated signals, or `all`.'),
    ...pageQuery,
  }),
  answer: listOf(item),
  handle({ query }, { live }) {
    const { topology } = live.twin;
    const { entities, next } = pageOf(topology, query);
    const signals = signalList(query.signals);
    const items = entities.map(entity =>
      select(
        {
          id: topology.ids[entity],
          kind: KINDS[topology.kind[entity]].id,
          signals: valuesOf(live, entity, signals),
        },
        query.fields,
      ),
    );
    return { items, next };
  },
});

/** @throws ProblemError 400 naming a signal that does not exist. */
export function signalList(text: string): number[] | undefined {
  if (text === 'all') return undefined;
  return list(text)?.map(id => {
    const index = SIGNAL_INDEX.get(id);
    if (index === undefined) {
      throw new ProblemError(400, `query signals: '${id}' is not a signal; see /api/v1/signals`);
    }
    return index;
  });
}

const oneState = route({
  method: 'get',
  path: '/api/v1/state/{id}',
  summary: 'Every signal of one entity, missing ones too',
  tag: 'state',
  role: 'viewer',
  answer: item.extend({ coverage: z.record(z.string(), z.looseObject({})) }),
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
