/** Puts the service together: twin, ingest, sources, alerts, forecasts, HTTP and the live channel. */
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import type { Topology } from '../twin/index.ts';
import { createAlertPush } from './alerts/alertmanager.ts';
import { createAlertBook } from './alerts/book.ts';
import { createApp } from './api/app.ts';
import { refusalLog } from './api/context.ts';
import { createHttpServer, listen, urlsOf } from './api/listen.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { createForecasts } from './forecast/forecasts.ts';
import { createForwarding } from './forward/forwarding.ts';
import { influxForecasts } from './forward/influx-forecast.ts';
import type { History } from './history/contract.ts';
import { recentHistory } from './history/recent.ts';
import { storeHistory } from './history/store-history.ts';
import type { Source } from './ingest/contract.ts';
import { createLiveIngest } from './ingest/live-ingest.ts';
import { MAPPINGS } from './ingest/mappings/index.ts';
import { createReceiver, type WriteTarget } from './ingest/receiver.ts';
import { unavailable } from './ingest/write-answer.ts';
import { createFeeds } from './live/feeds.ts';
import { createLiveChannel } from './live/socket.ts';
import { createLiveTwin, type LiveTwin } from './live-twin.ts';
import { createLog } from './log.ts';
import { createMetricsPage } from './metrics/page.ts';
import { registerSelfMetrics, requestMetrics } from './metrics/self.ts';
import { createOverload, RETRY_AFTER_S } from './overload.ts';
import { packagePath } from './package-layout.ts';
import { promRoutes } from './promql/http/routes.ts';
import { promAlerts } from './promql/twin/alerts.ts';
import { pastOfRecent, pastOfStore } from './promql/twin/past.ts';
import { createTwinSeries } from './promql/twin-series.ts';
import { type DataDir, openDataDir } from './recovery/data-dir.ts';
import { durableWrites } from './recovery/durable-writes.ts';
import { createInventories, type Inventories } from './recovery/inventories.ts';
import { createPast } from './recovery/past.ts';
import type { Playback } from './recovery/playback.ts';
import { rolledUpAt } from './recovery/rolled-up.ts';
import { createAuthenticate } from './security/access.ts';
import { createOriginCheck } from './security/origin.ts';
import type { Service } from './service.ts';
import { createSourceLog } from './source-log.ts';
import { createSources } from './sources.ts';
import { startTicking } from './ticking.ts';
import { startTrust, type Trust } from './trust.ts';
import { UserError } from './user-error.ts';

interface ServeOptions {
  readonly topology: Topology;
  readonly config: Config;
  readonly clock: Clock;
  readonly version: string;
  readonly pageDir?: string;
  readonly log?: Logger;
  /** The past instead of the present: the model is that of the playback, and nothing else is taken. */
  readonly playback?: Playback;
  /** How late the event loop runs, where a test says it. */
  readonly lagMs?: () => number;
}

export interface Serving {
  readonly url: string;
  readonly service: Service;
  stop(): Promise<void>;
}

/** @throws UserError when a token, a certificate, the address or the data directory is not to be had. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { config, playback } = options;
  const log = options.log ?? createLog(config.logLevel);
  const live = playback?.live ?? createLiveTwin(options.topology, options.clock);
  const { storage } = config;
  const dataDir = storage.dir
    ? await openDataDir({ dir: storage.dir, config: storage, live, log }).catch(error => {
        throw notOpened(storage.dir as string, error);
      })
    : undefined;
  const trust = playback ? undefined : startTrust({ live, config, log, dataDir });
  try {
    return await open(options, { live, dataDir, trust, log });
  } catch (error) {
    await trust?.stop();
    await dataDir?.close();
    throw error;
  }
}

/** What the file system refuses is for whoever chose the folder to put right. */
function notOpened(dir: string, error: NodeJS.ErrnoException): Error {
  const isRefused = error.syscall !== undefined && error.code !== undefined;
  return isRefused ? new UserError(`storage.dir ${dir}: ${error.message}`) : error;
}

interface Model {
  readonly live: LiveTwin;
  readonly dataDir: DataDir | undefined;
  readonly trust: Trust | undefined;
  readonly log: Logger;
}

async function open(options: ServeOptions, model: Model): Promise<Serving> {
  const { live, dataDir, trust, log } = model;
  const { config, clock, playback } = options;
  const parts = modelParts(options, model);
  let publicUrl = '';
  const push =
    config.alertmanager &&
    createAlertPush({
      ...{ config: config.alertmanager, book: parts.alerts, clock, log },
      publicUrl: () => publicUrl,
    });
  const { ingest } = parts;
  const sources = createSources(config.sources, { clock, log, port: ingest.port }, ingest);
  ingest.watch(sources);

  const registry = new Registry();
  const inventories = inventoriesOf(model);
  let liveClients = () => 0;
  const service: Service = {
    ...{ version: options.version, startedAtMs: clock.now(), config, log, live, dataDir, playback },
    ...{ past: pastOf({ live, dataDir, playback, inventories }), inventories },
    ...{ ...parts, trust, push },
    requests: requestMetrics(registry),
    authenticate: createAuthenticate(config.http.tokens),
    checkOrigin: createOriginCheck(config.http.tokens.length > 0, config.http.allowedHosts),
    sayRefused: refusalLog(log),
    liveClients: () => liveClients(),
    notReady: () => notReady(service, sources.length > 0),
    metrics: async () => `${await registry.metrics()}${metricsPage()}`,
  };
  registerSelfMetrics(registry, service);
  trust?.register(registry);
  const metricsPage = createMetricsPage(service);
  const target = writeTarget(service);
  const receiver = createReceiver(target, { maxBytes: config.ingest.maxRequestBytes });
  const { pageDir } = options;
  const promql = promqlDoor(service, registry);
  const app = createApp({ service, receiver, promql, pageDir, docsDir: packagePath('docs') });
  const http = createHttpServer(config.http, app, service.requests.fault);
  const channel = createLiveChannel(http, service);
  liveClients = channel.clients;
  await listen(http, config.http);
  const urls = urlsOf(http, config.http);
  publicUrl = urls.publicUrl;
  const stopWork = startWork(service, sources);
  log.info({ ...urls, entities: live.twin.topology.count, sources: sources.length }, 'serving');
  return {
    url: urls.url,
    service,
    async stop() {
      await stopWork();
      await trust?.stop();
      const closed = new Promise(resolve => http.close(resolve));
      // A browser opens connections ahead and says nothing on them: they would be waited for.
      const grace = setTimeout(() => http.closeAllConnections(), ANSWER_GRACE_MS);
      await channel.close();
      await closed;
      clearTimeout(grace);
      await Promise.all([service.past?.close(), dataDir?.close()]);
      log.info('stopped');
    },
  };
}

/** Whatever runs by itself. @returns what stops it */
function startWork(service: Service, sources: readonly Source[]): () => Promise<void> {
  const { overload, forecasts, push, forwarding, playback, influx, history, feeds } = service;
  const stopTicking = startTicking(service, 1000 * service.config.tickS);
  const sourceLog = createSourceLog(() => service.ingest.sources(), service.log);
  overload.start();
  sourceLog.start();
  for (const source of sources) source.start();
  forecasts.start();
  push?.start();
  if (!playback) forwarding.start();
  return async () => {
    stopTicking();
    overload.stop();
    sourceLog.stop();
    await Promise.all(sources.map(source => source.stop()));
    await Promise.all([forecasts.stop(), push?.stop(), forwarding.stop()]);
    await Promise.all([influx?.stop(), history.close()]);
    feeds.close();
  };
}

function pastOf({ dataDir, playback, inventories }: Omit<Model, 'log' | 'trust'> & PastParts) {
  const history = dataDir?.history;
  const folder = dataDir?.dir ?? playback?.dataDir;
  const rolledUp = async (atMs: number) =>
    history && inventories && rolledUpAt(history, inventories, atMs);
  return folder === undefined ? undefined : createPast({ dataDir: folder, rolledUp });
}

interface PastParts {
  readonly playback: Playback | undefined;
  readonly inventories: Inventories | undefined;
}

/** Inventories of the past, as far as the durable history knows of them. */
function inventoriesOf({ live, dataDir }: Pick<Model, 'live' | 'dataDir'>) {
  const history = dataDir?.history;
  if (!dataDir || !history) return undefined;
  return createInventories({
    dataDir: dataDir.dir,
    current: () => ({
      generation: dataDir.recording.generation,
      topology: live.twin.topology,
    }),
    stood: () => history.stats().generations,
  });
}

function promqlDoor(service: Service, registry: Registry) {
  const { dataDir, history, live, config, version, log } = service;
  const past = dataDir?.history ? pastOfStore(dataDir.history) : pastOfRecent(history);
  return promRoutes({
    store: createTwinSeries({ service, past, registry }),
    ...{ clock: live.clock, version, limits: config.promql },
    alerts: () => promAlerts(service.alerts),
    onError: (error, { path }) => log.error({ err: error, path }, 'a query failed'),
  });
}

function writeTarget({ ingest, dataDir, playback }: Service): WriteTarget {
  if (dataDir) return durableWrites(ingest, dataDir.journal);
  if (!playback) return ingest;
  const refusal = () => 'this is a replay of the past, which takes no samples';
  return { refusal, writeRequest: () => unavailable(refusal(), 3600) };
}

/** What forecasts are made from: the durable history, or a part of the past in memory. */
function historyOf(dataDir: DataDir | undefined): History {
  if (!dataDir?.history) return recentHistory();
  return storeHistory(dataDir.history, { sample: nowMs => dataDir.recording.sample(nowMs) });
}

/** Requests under way may be answered for so long when the service stops. */
const ANSWER_GRACE_MS = 2000;

/** A page reads a handful of views. */
const READERS_PER_CLIENT = 8;

/** What works on the model, without any door to the outside. */
function modelParts({ config, lagMs }: ServeOptions, { live, dataDir, log }: Model) {
  const limits = {
    maxSeries: config.ingest.maxSeries,
    maxLabels: config.ingest.maxLabels,
    maxLabelBytes: config.ingest.maxLabelBytes,
    maxDecodedBytes: config.ingest.maxRequestBytes,
    maxAheadMs: 1000 * config.ingest.maxAheadS,
  };
  const ingest = createLiveIngest({
    ...{ live, mappings: MAPPINGS, limits, log, learned: dataDir?.learned },
    retryAfterS: () => (overload.level === 3 ? RETRY_AFTER_S : 0),
  });
  const overload = createOverload({
    log,
    onLevel: level => ingest.setShedLevel(level === 3 ? 2 : level),
    ...(lagMs ? { lagMs } : {}),
  });
  const alerts = createAlertBook(live);
  live.onTick(tick => alerts.take(tick));
  const history = historyOf(dataDir);
  history.follow(live.twin.topology);
  live.onGeneration(next => history.follow(next));
  const influx = config.influx && influxForecasts({ ...config.influx, log });
  const forecasts = createForecasts({ live, history, config: config.forecast, influx, log });
  const { forwardInflux, remoteWrite } = config;
  const forwarding = createForwarding({ live, forwardInflux, remoteWrite, log });
  const maxReaders = READERS_PER_CLIENT * config.http.maxLiveClients;
  const feeds = createFeeds({ live, tickMs: 1000 * config.tickS, maxReaders, log });
  return { ingest, overload, alerts, history, influx, forecasts, forwarding, feeds };
}

/** Ready once a first tick has been made and, where there are sources, one of them has delivered. */
function notReady(service: Service, hasSources: boolean): string | undefined {
  if (service.live.lastTick.tookMs === 0) return 'first tick';
  const isFed = service.ingest.sources().some(source => source.samples > 0);
  return hasSources && !isFed ? 'first samples of any source' : undefined;
}
