/** Puts the service together: twin, ingest, sources, alerts, forecasts, HTTP and the live channel. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Logger, pino } from 'pino';
import { MISSING, readSignal, type Topology } from '../twin/index.ts';
import { createAlertPush } from './alerts/alertmanager.ts';
import { createAlertBook } from './alerts/book.ts';
import { createApp } from './api/app.ts';
import type { Config } from './config.ts';
import { createForecasts } from './forecasts.ts';
import { influxForecasts } from './history/influx-forecast.ts';
import { recentHistory } from './history/recent.ts';
import type { Clock } from './ingest/contract.ts';
import { createLiveIngest } from './ingest/live-ingest.ts';
import { MAPPINGS } from './ingest/mappings/index.ts';
import { createReceiver } from './ingest/receiver.ts';
import { createLiveChannel } from './live/socket.ts';
import { createLiveTwin } from './live-twin.ts';
import { twinPage } from './metrics-page.ts';
import { createAuthenticate } from './security/access.ts';
import { createSelfMetrics } from './self-metrics.ts';
import type { Service } from './service.ts';
import { createSources } from './sources.ts';

export interface ServeOptions {
  readonly topology: Topology;
  readonly config: Config;
  readonly clock: Clock;
  readonly version: string;
  readonly pageDir?: string;
  readonly log?: Logger;
}

export interface Serving {
  readonly url: string;
  readonly service: Service;
  stop(): Promise<void>;
}

/** History takes a sample a minute of the service's clock. */
const HISTORY_EVERY_MS = 60_000;

export async function serve(options: ServeOptions): Promise<Serving> {
  const { config, clock, topology } = options;
  const log = options.log ?? pino({ level: config.logLevel }, pino.destination(2));
  const live = createLiveTwin(topology, clock);
  const limits = {
    maxSeries: config.ingest.maxSeries,
    maxLabels: config.ingest.maxLabels,
    maxLabelBytes: config.ingest.maxLabelBytes,
    maxDecodedBytes: config.ingest.maxRequestBytes,
    maxAheadMs: 1000 * config.ingest.maxAheadS,
  };
  const ingest = createLiveIngest({ live, mappings: MAPPINGS, limits, log });
  const alerts = createAlertBook(live);
  const history = recentHistory();
  history.follow(topology);
  live.onGeneration(next => history.follow(next));
  const influx = config.influx && influxForecasts({ ...config.influx, log });
  const forecasts = createForecasts({ live, history, config: config.forecast, influx, log });
  const push = config.alertmanager && createAlertPush(config.alertmanager, alerts, log);
  const sources = createSources(config.sources, { clock, log, port: ingest.port }, ingest);
  ingest.watch(sources);
  live.onTick(tick => alerts.take(tick));

  let clients = () => 0;
  const registry = createSelfMetrics({ live, ingest, push, clients: () => clients() });
  const service: Service = {
    version: options.version,
    config,
    log,
    live,
    ingest,
    alerts,
    history,
    forecasts,
    authenticate: createAuthenticate(config.http.tokens),
    notReady: () => notReady(service, sources.length > 0),
    async metrics() {
      const text = `${await registry.metrics()}${twinPage(service)}`;
      return { contentType: 'text/plain; version=0.0.4; charset=utf-8', text };
    },
  };
  const receiver = createReceiver(ingest, { maxBytes: config.ingest.maxRequestBytes });
  const app = createApp({ service, receiver, pageDir: options.pageDir });
  const http: Server = config.http.tls
    ? createTlsServer(tlsOf(config.http.tls), app)
    : createServer(app);
  const channel = createLiveChannel(http, service);
  clients = channel.clients;
  await listen(http, config.http);

  const timer = startTicking(service, 1000 * config.tickS);
  for (const source of sources) source.start();
  forecasts.start();
  push?.start();
  const { address, port } = http.address() as AddressInfo;
  const host = address.includes(':') ? `[${address}]` : address;
  const url = `${config.http.tls ? 'https' : 'http'}://${host}:${port}`;
  log.info({ url, entities: topology.count, sources: sources.length }, 'serving');
  return {
    url,
    service,
    async stop() {
      clearInterval(timer);
      await Promise.all(sources.map(source => source.stop()));
      await Promise.all([forecasts.stop(), push?.stop(), influx?.stop(), history.close()]);
      await channel.close();
      http.closeAllConnections();
      await new Promise(resolve => http.close(resolve));
      log.info('stopped');
    },
  };
}

/** Ready once a first tick has been made and, where there are sources, one of them has delivered. */
function notReady(service: Service, hasSources: boolean): string | undefined {
  if (service.live.lastTick.tookMs === 0) return 'first tick';
  const isFed = service.ingest.sources().some(source => source.samples > 0);
  return hasSources && !isFed ? 'first samples of any source' : undefined;
}

function startTicking(service: Service, everyMs: number): NodeJS.Timeout {
  const { live, ingest, history, log } = service;
  let sampledAtMs = Number.NEGATIVE_INFINITY;
  return setInterval(() => {
    try {
      live.tick();
      const nowMs = live.clock.now();
      ingest.keep(nowMs);
      if (nowMs - sampledAtMs < HISTORY_EVERY_MS) return;
      sampledAtMs = nowMs;
      history.sample(nowMs, (entity, signal) => {
        const { value, quality } = readSignal(live.twin.state, signal, entity);
        return quality === MISSING ? Number.NaN : value;
      });
    } catch (error) {
      // A broken tick must be seen, and must not stop the next one.
      log.error({ err: error }, 'tick failed');
    }
  }, everyMs);
}

function tlsOf(tls: NonNullable<Config['http']['tls']>) {
  return {
    cert: readFileSync(tls.certFile),
    key: readFileSync(tls.keyFile),
    ...(tls.caFile
      ? { ca: readFileSync(tls.caFile), requestCert: true, rejectUnauthorized: true }
      : {}),
  };
}

function listen(server: Server, { host, port }: Config['http']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}
