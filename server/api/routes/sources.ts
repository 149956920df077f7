/** Where the data comes from: health of each source, and what could not be joined. */
import { z } from 'zod';
import { isoTime, listOf, pageQuery, route } from '../route.ts';

const sources = route({
  method: 'get',
  path: '/api/v1/sources',
  summary: 'Health of every source, with what it dropped and why',
  tag: 'sources',
  role: 'viewer',
  answer: listOf(z.object({ id: z.string() }).loose()),
  handle: (_input, { ingest }) => ({
    items: ingest.sources().map(({ lastAttemptMs, lastSuccessMs, ...source }) => ({
      ...source,
      lastAttempt: isoTime(lastAttemptMs),
      lastSuccess: isoTime(lastSuccessMs),
    })),
  }),
});

const unmatched = route({
  method: 'get',
  path: '/api/v1/unmatched',
  summary: 'Series that no entity could be found for, with the nearest candidates',
  tag: 'sources',
  role: 'viewer',
  query: z.object({ limit: pageQuery.limit }),
  answer: listOf(z.looseObject({})).extend({
    unmapped: z.array(z.object({ metric: z.string(), count: z.int() })),
  }),
  handle: ({ query }, { ingest }) => ingest.unmatched(query.limit),
});

const gate = route({
  method: 'get',
  path: '/api/v1/ingest',
  summary: 'Counters of the quality gate: what was taken and what was not, by reason',
  tag: 'sources',
  role: 'viewer',
  answer: z.looseObject({}),
  handle: (_input, { ingest }) => ingest.quality(),
});

export const sourceRoutes = [sources, unmatched, gate];
