/** Alerts and events. */
import { z } from 'zod';
import { isoTime, listOf, pageQuery, route, select } from '../route.ts';

const alerts = route({
  method: 'get',
  path: '/api/v1/alerts',
  summary: 'Limits that are passed: pending, firing, and lately resolved',
  tag: 'alerts',
  role: 'viewer',
  query: z.object({
    state: z.enum(['pending', 'firing', 'resolved']).optional(),
    severity: z.enum(['info', 'warning', 'critical']).optional(),
    entity: z.string().optional(),
    ...pageQuery,
  }),
  answer: listOf(z.object({ id: z.string() }).loose()),
  handle({ query }, service) {
    const matching = service.alerts
      .list()
      .filter(alert => query.state === undefined || alert.state === query.state)
      .filter(alert => query.severity === undefined || alert.severity === query.severity)
      .filter(alert => query.entity === undefined || alert.entity === query.entity);
    const from = Number(query.cursor ?? 0);
    const items = matching
      .slice(from, from + query.limit)
      .map(alert => select(alert, query.fields));
    const hasMore = from + query.limit < matching.length;
    return { items, ...(hasMore ? { next: String(from + query.limit) } : {}) };
  },
});

const events = route({
  method: 'get',
  path: '/api/v1/events',
  summary: 'What happened, from logs of BMCs and exporters; newest first',
  tag: 'alerts',
  role: 'viewer',
  query: z.object({ entity: z.string().optional(), limit: pageQuery.limit }),
  answer: listOf(z.object({ at: z.string() }).loose()),
  handle({ query }, { live }) {
    const items = live.events
      .recent(Number.MAX_SAFE_INTEGER)
      .filter(event => query.entity === undefined || event.entity === query.entity)
      .slice(-query.limit)
      .reverse()
      .map(({ atMs, ...event }) => ({ at: isoTime(atMs), ...event }));
    return { items };
  },
});

export const alertRoutes = [alerts, events];
