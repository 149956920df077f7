/** What the twin is and knows: status, kinds, signals, limits. */
import { z } from 'zod';
import {
  KIND_INDEX,
  KINDS,
  kindsOf,
  LIMITS,
  metricName,
  readSignal,
  SIGNALS,
  thresholdOf,
  thresholdOrigin,
  UNITS,
} from '../../../twin/index.ts';
import { isoTime, listOf, route } from '../route.ts';
import { entityOf } from '../scope.ts';
import { shownValue } from '../values.ts';

const status = route({
  method: 'get',
  path: '/api/v1/status',
  summary: 'What is running, and how it is',
  tag: 'service',
  role: 'viewer',
  answer: z.looseObject({ version: z.string(), name: z.string(), generation: z.int() }),
  handle(_input, service) {
    const { live, ingest, alerts } = service;
    const { topology } = live.twin;
    const health = ingest.sources();
    const sourcesIn = (state: string) => health.filter(source => source.state === state).length;
    return {
      version: service.version,
      name: topology.name,
      generation: topology.generation,
      at: isoTime(live.clock.now()),
      speed: live.clock.speed,
      ready: service.notReady() === undefined,
      lastTick: { at: isoTime(live.lastTick.atMs), tookMs: live.lastTick.tookMs },
      counts: {
        entities: Object.fromEntries(
          KINDS.map(
            (row, k) => [row.id, topology.kindStart[k + 1] - topology.kindStart[k]] as const,
          ).filter(([, count]) => count > 0),
        ),
        ...ingest.counts(),
        alerts: alerts.counts(),
        sources: {
          up: sourcesIn('up'),
          degraded: sourcesIn('degraded'),
          down: sourcesIn('down'),
          starting: sourcesIn('starting'),
        },
      },
    };
  },
});

const kinds = route({
  method: 'get',
  path: '/api/v1/kinds',
  summary: 'Kinds of entities, outermost first',
  tag: 'tables',
  role: 'viewer',
  answer: listOf(z.object({ id: z.string(), title: z.string(), count: z.int() }).loose()),
  handle(_input, { live }) {
    const { kindStart } = live.twin.topology;
    return { items: KINDS.map((row, k) => ({ ...row, count: kindStart[k + 1] - kindStart[k] })) };
  },
});

const signals = route({
  method: 'get',
  path: '/api/v1/signals',
  summary: 'Every signal: unit, kinds, range, metric names',
  tag: 'tables',
  role: 'viewer',
  answer: listOf(z.object({ id: z.string(), unit: z.string() }).loose()),
  handle: () => ({
    items: SIGNALS.map((signal, index) => ({
      index,
      ...signal,
      symbol: UNITS[signal.unit].symbol,
      kinds: kindsOf(signal),
      metric: Object.fromEntries(kindsOf(signal).map(kind => [kind, metricName(kind, signal)])),
    })),
  }),
});

const limits = route({
  method: 'get',
  path: '/api/v1/limits',
  summary: 'The limits table; with `entity`, what holds there and how far away it is',
  tag: 'tables',
  role: 'viewer',
  query: z.object({ entity: z.string().optional() }),
  answer: listOf(z.object({ id: z.string() }).loose()),
  handle({ query }, { live }) {
    if (query.entity === undefined) return { items: LIMITS };
    const { topology, state, limits: table } = live.twin;
    const entity = entityOf(topology, query.entity);
    const kind = KINDS[topology.kind[entity]].id;
    const items = table
      .filter(limit => limit.kind === KIND_INDEX[kind])
      .map(limit => {
        const value = thresholdOf(limit, topology, entity);
        const current = readSignal(state, limit.signal, entity);
        return {
          ...limit.row,
          value: Number.isNaN(value) ? null : value,
          from: thresholdOrigin(limit, topology, entity),
          current: shownValue(live, limit.signal, current),
        };
      })
      .filter(limit => limit.value !== null || limit.kind === 'uniform');
    return { items };
  },
});

export const tableRoutes = [status, kinds, signals, limits];
