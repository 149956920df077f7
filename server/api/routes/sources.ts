/** Where the values come from: health of each source, and what could not be joined. */
import { z } from 'zod';
import { isoTime, listOf, pageQuery, route } from '../route.ts';
import { sliceOf } from '../scope.ts';

const counts = z.record(z.string(), z.number());

const source = z.object({
  id: z.string(),
  kind: z.enum(['scrape', 'prometheus', 'remoteWrite', 'redfish', 'ipmitool']),
  target: z.string(),
  state: z.enum(['starting', 'up', 'degraded', 'down']),
  lastAttempt: z.iso.datetime().optional(),
  lastSuccess: z.iso.datetime().optional(),
  lastError: z.string().optional(),
  latencyMs: z.number().optional(),
  samples: z.number().describe('Readings or samples delivered since start.'),
  dropped: counts.describe('What was not taken, by reason.'),
  clockOffsetMs: z.number().optional().describe("The source's clock minus ours."),
  clockUncertaintyMs: z.number().optional(),
  breaker: z.enum(['closed', 'open', 'halfOpen']).optional(),
});

const sources = route({
  method: 'get',
  path: '/api/v1/sources',
  summary: 'Health of every source, with what it dropped and why',
  tag: 'sources',
  role: 'viewer',
  query: z.object({
    state: z.enum(['starting', 'up', 'degraded', 'down']).optional(),
    ...pageQuery,
  }),
  answer: listOf(source),
  handle({ query }, { ingest }) {
    const matching = ingest
      .sources()
      .filter(each => query.state === undefined || each.state === query.state);
    const { items, ...page } = sliceOf(matching, query);
    return {
      items: items.map(({ lastAttemptMs, lastSuccessMs, ...rest }) => ({
        ...rest,
        lastAttempt: isoTime(lastAttemptMs),
        lastSuccess: isoTime(lastSuccessMs),
      })),
      ...page,
    };
  },
});

const unmatchedSeries = z.object({
  source: z.string(),
  metric: z.string(),
  identity: z.record(z.string(), z.string()).describe('The labels that were looked at.'),
  why: z.enum(['noLabel', 'unknown', 'ambiguous', 'conflict', 'noPart']),
  detail: z.string(),
  count: z.int(),
  firstAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  candidates: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      alias: z.string().describe('The name of it that is near.'),
      distance: z.int().describe('Edits between that name and what was seen.'),
    }),
  ),
});

const unmatched = route({
  method: 'get',
  path: '/api/v1/unmatched',
  summary: 'Series that no entity could be found for, with the nearest candidates',
  tag: 'sources',
  role: 'viewer',
  query: z.object({ limit: pageQuery.limit }),
  answer: z.object({
    items: z.array(unmatchedSeries).describe('Most samples first.'),
    totals: z.object({
      entries: z.int().describe('Different labels that were looked at.'),
      samples: z.int(),
      overflow: z.int().describe('Series that found the list full.'),
      byWhy: counts,
    }),
    unwiredOutlets: z
      .array(z.object({ pdu: z.string(), series: z.string(), powerW: z.number() }))
      .describe('Outlets that carry power although the inventory knows of no cord in them.'),
    unmapped: z
      .array(z.object({ metric: z.string(), count: z.int() }))
      .describe('Metrics that no mapping knows.'),
    learned: z
      .array(
        z.object({
          entity: z.string(),
          type: z.string(),
          value: z.string(),
          evidence: z.string(),
        }),
      )
      .describe('Names that were taken from what several labels said together.'),
    contradictions: z
      .array(z.object({ entity: z.string(), detail: z.string(), count: z.int() }))
      .describe('Labels that say something else than what is known.'),
  }),
  handle: ({ query }, { ingest }) => ingest.unmatched(query.limit),
});

const gate = route({
  method: 'get',
  path: '/api/v1/ingest',
  summary: 'Counters of the quality gate: what was taken and what was not, by reason',
  tag: 'sources',
  role: 'viewer',
  answer: z.object({
    all: counts.describe('Samples by what became of them, over all sources.'),
    series: z.int(),
    unmatchedSeries: z.int(),
    ignoredSeries: z.int().describe('Known to carry nothing for the twin.'),
    keyBytes: z.int(),
    unitTraps: z.array(
      z.object({
        series: z.string(),
        entity: z.string(),
        signal: z.string(),
        value: z.number(),
        looksLike: z.string(),
        count: z.int(),
      }),
    ),
  }),
  handle: (_input, { ingest }) => ingest.quality(),
});

export const sourceRoutes = [sources, unmatched, gate];
