/** Alerts and events. */
import { z } from 'zod';
import { SEVERITIES } from '../../alerts/book.ts';
import { inOrder } from '../event-order.ts';
import { isoTime, listOf, pageQuery, route } from '../route.ts';
import { checkEntity, sliceOf } from '../scope.ts';

const STATES = ['pending', 'firing', 'resolved'] as const;

const alert = z.object({
  id: z.string().describe('Limit and entity; the same as long as both exist.'),
  limit: z.string(),
  entity: z.string(),
  kind: z.string(),
  signal: z.string(),
  severity: z.enum(SEVERITIES),
  state: z.enum(STATES),
  escalation: z
    .int()
    .optional()
    .describe('1 for the mildest of several limits on the signal; absent: there is one.'),
  supersededBy: z
    .string()
    .optional()
    .describe('Id of the alert of a harder limit on the same signal of the entity, which fires.'),
  value: z.number().nullable(),
  threshold: z.number(),
  unit: z.string(),
  since: z.iso.datetime().describe('When the limit was passed.'),
  startsAt: z.iso.datetime().optional().describe('When it had been passed for long enough.'),
  endsAt: z.iso.datetime().optional(),
  summary: z.string(),
  runbook: z.string().describe('Section of /docs/runbooks.md.'),
  place: z
    .record(z.string(), z.string())
    .describe('Ids of the entity and of what it stands in, by kind.'),
});

const alerts = route({
  method: 'get',
  path: '/api/v1/alerts',
  summary: 'Limits that are passed: firing, pending, and the 500 resolved last',
  tag: 'alerts',
  role: 'viewer',
  query: z.object({
    state: z.enum(STATES).optional(),
    severity: z.enum(SEVERITIES).optional(),
    entity: z.string().optional(),
    superseded: z
      .enum(['true', 'false'])
      .optional()
      .describe('Only those that a harder limit supersedes, or, with false, only the others.'),
    ...pageQuery,
  }),
  answer: listOf(alert),
  handle({ query }, service) {
    const all = service.alerts.list();
    checkEntity(service.live.twin.topology, query.entity, all);
    const matching = all
      .filter(each => query.state === undefined || each.state === query.state)
      .filter(each => query.severity === undefined || each.severity === query.severity)
      .filter(each => query.entity === undefined || each.entity === query.entity)
      .filter(
        ({ supersededBy }) =>
          query.superseded === undefined ||
          (query.superseded === 'true') === (supersededBy !== undefined),
      );
    return sliceOf(matching, query);
  },
});

const event = z.object({
  at: z.iso.datetime(),
  uncertaintyMs: z.number().describe('Half-width of the interval in which it really happened.'),
  group: z.iso
    .datetime()
    .describe('Same for events that are too close for their clocks to tell which came first.'),
  source: z.string(),
  entity: z.string().optional(),
  severity: z.enum(SEVERITIES),
  key: z.string().describe('Names this occurrence within its source.'),
  text: z.string(),
});

const events = route({
  method: 'get',
  path: '/api/v1/events',
  summary: 'What happened, from logs of BMCs and exporters; newest first, the last 10,000',
  tag: 'alerts',
  role: 'viewer',
  query: z.object({
    entity: z.string().optional(),
    severity: z.enum(SEVERITIES).optional(),
    ...pageQuery,
  }),
  answer: listOf(event),
  handle({ query }, { live }) {
    const all = inOrder(live.events.recent(Number.MAX_SAFE_INTEGER));
    const named = all.flatMap(({ event: { entity } }) => (entity ? [{ entity }] : []));
    checkEntity(live.twin.topology, query.entity, named);
    const matching = all
      .filter(({ event }) => query.entity === undefined || event.entity === query.entity)
      .filter(({ event }) => query.severity === undefined || event.severity === query.severity)
      .map(({ event: { atMs, ...rest }, groupMs }) => ({
        ...{ at: isoTime(atMs), group: isoTime(groupMs), ...rest },
      }));
    return sliceOf(matching, query);
  },
});

export const alertRoutes = [alerts, events];
