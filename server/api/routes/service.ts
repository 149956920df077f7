/** The service itself: how it is, whether it lives, what it measures, what it offers. */
import { z } from 'zod';
import { KINDS, MISSING } from '../../../twin/index.ts';
import type { LiveTwin } from '../../live-twin.ts';
import { predictionStatus, predictionStatusSchema } from '../../prediction/status.ts';
import type { Service } from '../../service.ts';
import { openApi } from '../openapi.ts';
import { ProblemError } from '../problem.ts';
import { isoTime, type Route, route } from '../route.ts';

const count = z.int();
const counts = z.record(z.string(), z.number());

const statusAnswer = z.object({
  version: z.string(),
  name: z.string().describe('Of the inventory.'),
  generation: z.int().describe('Grows with each inventory that takes over.'),
  at: z.iso.datetime().describe("The twin's clock."),
  speed: z.number().describe('Of that clock; 1 is real time.'),
  replay: z
    .object({ from: z.iso.datetime(), to: z.iso.datetime() })
    .optional()
    .describe('What stretch of the past is played back; absent: the model is live.'),
  startedAt: z.iso.datetime(),
  ready: z.boolean(),
  waitingFor: z.string().optional().describe('What is missing until it is ready.'),
  readyEntities: count.describe('Entities with any value.'),
  lastTick: z.object({ at: z.iso.datetime(), tookMs: z.number() }),
  counts: z.object({
    entities: counts.describe('By kind.'),
    series: count,
    unmatched: count.describe('Series that lead nowhere; see /api/v1/unmatched.'),
    unmapped: count.describe('Metrics that no mapping knows.'),
    alerts: z.object({
      firing: count,
      pending: count,
      superseded: count.describe('Not counted before: a harder limit on the same signal fires.'),
    }),
    sources: z.object({ up: count, degraded: count, down: count, starting: count }),
  }),
  overload: z.object({
    level: z.int().min(0).max(3).describe('0: all is taken. 3: no remote-write.'),
    lagMs: z.number().describe('Median delay of the event loop.'),
    shedSamples: z.number().describe('Given up since start.'),
  }),
  live: z.object({ clients: count, subscriptions: count, feeds: count, frames: z.number() }),
  history: z.object({
    series: count,
    bytes: z.number(),
    reachS: counts.describe('How far back, once full.'),
    newest: z.iso.datetime().optional(),
    dropped: counts,
  }),
  prediction: predictionStatusSchema.optional().describe('Absent in a replay.'),
  alertmanagers: z.array(
    z.object({
      url: z.string(),
      state: z.enum(['starting', 'up', 'down']),
      sent: count,
      refused: count,
      failed: count,
      waiting: count,
      dropped: count,
      lastSuccess: z.iso.datetime().optional(),
      lastError: z.string().optional(),
    }),
  ),
  influx: z
    .object({
      target: z.string(),
      state: z.enum(['starting', 'up', 'down']),
      queuedPoints: count,
      writtenPoints: count,
      retries: count,
      dropped: counts,
      lastSuccess: z.iso.datetime().optional(),
      lastError: z.string().optional(),
    })
    .optional(),
});

const status = route({
  method: 'get',
  path: '/api/v1/status',
  summary: 'What is running, and how it is',
  tag: 'service',
  role: 'viewer',
  answer: statusAnswer,
  handle(_input, service) {
    const { live, ingest } = service;
    const { topology } = live.twin;
    const waitingFor = service.notReady();
    return {
      version: service.version,
      name: topology.name,
      generation: topology.generation,
      at: isoTime(live.clock.now()),
      speed: live.clock.speed,
      ...replayOf(service),
      startedAt: isoTime(service.startedAtMs),
      ready: waitingFor === undefined,
      ...(waitingFor ? { waitingFor } : {}),
      readyEntities: readyEntities(live),
      lastTick: { at: isoTime(live.lastTick.atMs), tookMs: live.lastTick.tookMs },
      counts: { entities: entityCounts(live), ...ingest.counts(), ...stateCounts(service) },
      overload: {
        level: service.overload.level,
        lagMs: service.overload.lagMs,
        shedSamples: ingest.outcomes().shed ?? 0,
      },
      live: { clients: service.liveClients(), ...service.feeds.stats() },
      ...(service.trust ? { prediction: predictionStatus(live, service.trust.prediction) } : {}),
      ...storeHealth(service),
    };
  },
});

const replayOf = ({ playback }: Service) =>
  playback && { replay: { from: isoTime(playback.fromMs), to: isoTime(playback.toMs) } };

function entityCounts({ twin }: LiveTwin) {
  const { kindStart } = twin.topology;
  const all = KINDS.map((row, k) => [row.id, kindStart[k + 1] - kindStart[k]] as const);
  return Object.fromEntries(all.filter(([, many]) => many > 0));
}

function stateCounts({ alerts, ingest }: Service) {
  const sources = { up: 0, degraded: 0, down: 0, starting: 0 };
  for (const { state } of ingest.sources()) sources[state]++;
  return { alerts: alerts.counts(), sources };
}

function storeHealth({ history, influx, push }: Service) {
  const { newestMs, ...recent } = history.stats();
  const newest = isoTime(newestMs);
  const { lastSuccessMs, ...health } = influx?.health() ?? {};
  return {
    history: { ...recent, ...(newest ? { newest } : {}) },
    alertmanagers: push?.targets() ?? [],
    ...(influx ? { influx: { ...health, lastSuccess: isoTime(lastSuccessMs) } } : {}),
  };
}

const READY = new WeakMap<LiveTwin, { readonly untilMs: number; readonly count: number }>();
/** Every cell is looked at for it, and many ask. */
const READY_FOR_MS = 5000;

function readyEntities(live: LiveTwin): number {
  const nowMs = performance.now();
  const known = READY.get(live);
  if (known && nowMs < known.untilMs) return known.count;
  const { state, topology } = live.twin;
  const hasValue = new Uint8Array(topology.count);
  for (const { firstCell, firstEntity, count: cells } of state.columns) {
    for (let i = 0; i < cells; i++) {
      if (state.quality[firstCell + i] !== MISSING) hasValue[firstEntity + i] = 1;
    }
  }
  const total = hasValue.reduce((sum, flag) => sum + flag, 0);
  READY.set(live, { untilMs: nowMs + READY_FOR_MS, count: total });
  return total;
}

const probe = z.object({ status: z.literal('ok') });

const livez = route({
  method: 'get',
  path: '/livez',
  summary: 'Whether the process answers',
  tag: 'service',
  role: 'anyone',
  answer: probe,
  handle: () => ({ status: 'ok' }),
});

const readyz = route({
  method: 'get',
  path: '/readyz',
  summary: 'Whether answers are meaningful yet; 503 until then',
  tag: 'service',
  role: 'anyone',
  answer: probe,
  handle(_input, service) {
    const waitingFor = service.notReady();
    if (waitingFor) throw new ProblemError(503, `waiting for ${waitingFor}`);
    return { status: 'ok' };
  },
});

const metrics = route({
  method: 'get',
  path: '/metrics',
  summary: 'Prometheus page of the service and of the twin',
  tag: 'service',
  role: 'viewer',
  answer: z.string(),
  contentType: 'text/plain',
  async handle({ response }, service) {
    const text = await service.metrics();
    response.set('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(text);
  },
});

/** @param all every route there is, this one among them. */
export function serviceRoutes(all: () => readonly Route[]): readonly Route[] {
  const description = route({
    method: 'get',
    path: '/openapi.json',
    summary: 'This description',
    tag: 'service',
    role: 'anyone',
    answer: z.looseObject({ openapi: z.string(), paths: z.looseObject({}) }),
    handle: () => openApi(all()),
  });
  return [status, livez, readyz, metrics, description];
}
