/** Metrics of the service itself, by prom-client. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client';
import type { ConnectionFault } from '../api/listen.ts';
import type { ForwardStats } from '../forward/forwarding.ts';
import { LOOP_LOOK_MS } from '../overload.ts';
import type { DataDir } from '../recovery/data-dir.ts';
import type { Service } from '../service.ts';
import { type Put, putInto } from './put.ts';

export interface RequestMetrics {
  /** One answered request; `route` is a path of the API, not what was asked. */
  count(route: string, method: string, status: number, tookMs: number): void;
  /** A connection that was ended for what its peer did, before a route had its request. */
  fault(why: ConnectionFault): void;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);

export function requestMetrics(registry: Registry): RequestMetrics {
  const requests = new Counter({
    name: 'orrery_http_requests_total',
    help: 'Requests by route, method and status',
    labelNames: ['route', 'method', 'status'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'orrery_http_request_seconds',
    help: 'Time from the request to the end of its answer, by route',
    labelNames: ['route'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  const faults = new Counter({
    name: 'orrery_http_connection_faults_total',
    help: 'Connections ended for what the peer did: malformed, headersTooLarge, tooSlow and so on',
    labelNames: ['reason'],
    registers: [registry],
  });
  return {
    fault: reason => faults.inc({ reason }),
    count(route, method, status, tookMs) {
      requests.inc({ route, method: METHODS.has(method) ? method : 'other', status });
      durations.observe({ route }, tookMs / 1000);
    },
  };
}

export function registerSelfMetrics(registry: Registry, service: Service): void {
  const eventLoopMonitoringPrecision = LOOP_LOOK_MS;
  collectDefaultMetrics({ register: registry, prefix: 'orrery_', eventLoopMonitoringPrecision });
  // Gauges that have the names of counters.
  for (const what of ['handles', 'requests', 'resources']) {
    registry.removeSingleMetric(`orrery_nodejs_active_${what}_total`);
  }
  const gauge = putInto(registry, Gauge);
  const counter = putInto(registry, Counter);
  modelMetrics(service, gauge);
  inputMetrics(service, gauge, counter);
  outputMetrics(service, gauge, counter);
  forwardMetrics(service, gauge, counter);
  if (service.dataDir) storageMetrics(service.dataDir, gauge, counter);
}

function modelMetrics({ live, history }: Service, gauge: Put) {
  gauge('orrery_tick_seconds', 'Time the last tick took', () => live.lastTick.tookMs / 1000);
  gauge('orrery_generation', 'Topology generation', () => live.twin.topology.generation);
  gauge('orrery_entities', 'Entities of the topology', () => live.twin.topology.count);
  gauge('orrery_state_bytes', 'Size of the state', () => live.twin.state.byteLength);
  gauge('orrery_history_bytes', 'Size of the recent history', () => history.stats().bytes);
  gauge('orrery_clock_speed', 'Factor between the clock and the wall', () => live.clock.speed);
}

function inputMetrics({ ingest, overload }: Service, gauge: Put, counter: Put) {
  gauge('orrery_series', 'Series known to ingest', () => ingest.counts().series);
  gauge(
    'orrery_unmatched_series',
    'Series no entity was found for',
    () => ingest.counts().unmatched,
  );
  gauge('orrery_unmapped_metrics', 'Metric names no mapping knows', () => ingest.counts().unmapped);
  counter(
    'orrery_ingest_samples_total',
    'Samples taken into the model',
    () => ingest.outcomes().accepted ?? 0,
  );
  const dropped = () =>
    Object.entries(ingest.outcomes())
      .filter(([reason]) => reason !== 'accepted')
      .map(([reason, count]) => [{ reason }, count] as const);
  counter('orrery_ingest_dropped_total', 'Samples not taken, by reason', dropped, 'reason');
  gauge('orrery_event_loop_late_seconds', 'Median lag of the loop', () => overload.lagMs / 1000);
  gauge('orrery_overload_level', '0: all is taken, 3: no remote-write', () => overload.level);
  const entered = () => overload.entered.map((n, i) => [{ level: String(i + 1) }, n] as const);
  counter('orrery_overload_entered_total', 'Times a level was entered', entered, 'level');
}

function outputMetrics({ push, feeds, liveClients }: Service, gauge: Put, counter: Put) {
  gauge('orrery_live_clients', 'Connected live clients', liveClients);
  gauge('orrery_live_subscriptions', 'Views that they read', () => feeds.stats().subscriptions);
  counter('orrery_live_frames_total', 'Frames sent', () => feeds.stats().frames);
  if (!push) return;
  const by = (field: 'waiting' | 'sent' | 'failed' | 'refused' | 'dropped') => () =>
    push.targets().map(target => [{ url: target.url }, target[field]] as const);
  gauge('orrery_alertmanager_waiting', 'Alerts not delivered yet', by('waiting'), 'url');
  counter('orrery_alertmanager_sent_total', 'Alerts it took', by('sent'), 'url');
  counter('orrery_alertmanager_failed_total', 'Deliveries that failed', by('failed'), 'url');
  counter('orrery_alertmanager_refused_total', 'Alerts it refused', by('refused'), 'url');
  counter('orrery_alertmanager_dropped_total', 'Alerts that found it full', by('dropped'), 'url');
}

function forwardMetrics({ forwarding }: Service, gauge: Put, counter: Put) {
  const by = (read: (target: ForwardStats) => number) => () =>
    forwarding.stats().map(target => [{ target: target.id }, read(target)] as const);
  const of = (name: string, help: string, read: (target: ForwardStats) => number, put = gauge) =>
    put(`orrery_forward_${name}`, help, by(read), 'target');
  of('up', '1 unless the last attempt failed', target => (target.state === 'down' ? 0 : 1));
  of('waiting_samples', 'Samples not delivered yet', target => target.queuedSamples);
  of('lag_seconds', 'Age of the oldest sample that waits', target => target.lagS);
  of('series', 'Series that are read', target => target.series);
  of('left_out_series', 'Chosen series beyond maxSeries', target => target.leftOutSeries);
  of('round_seconds', 'Time the last reading took', target => target.roundMs / 1000);
  of('sent_samples_total', 'Samples it took', target => target.sentSamples, counter);
  const dropped = () =>
    forwarding
      .stats()
      .flatMap(({ id: target, droppedSamples }) =>
        Object.entries(droppedSamples).map(([reason, n]) => [{ target, reason }, n] as const),
      );
  const name = 'orrery_forward_dropped_samples_total';
  counter(name, 'Samples not delivered, by reason', dropped, 'target', 'reason');
  of('retries_total', 'Attempts made again', target => target.retries, counter);
  of('skipped_rounds_total', 'Rounds left out', target => target.skippedRounds, counter);
}

function storageMetrics({ journal, snapshots, restored }: DataDir, gauge: Put, counter: Put) {
  const stats = () => journal.stats();
  gauge('orrery_journal_bytes', 'Size of the journal', () => stats().bytes);
  gauge('orrery_journal_segments', 'Files of the journal', () => stats().segments);
  gauge('orrery_journal_pending_rows', 'Rows not on disk yet', () => stats().pendingRows);
  gauge('orrery_journal_commit_seconds', 'Last write and sync', () => stats().lastCommitMs / 1000);
  gauge('orrery_journal_failure', '1 while it cannot be written', () => (stats().failure ? 1 : 0));
  counter('orrery_journal_rows_total', 'Rows written', () => stats().rows);
  counter('orrery_journal_commits_total', 'Writes with a sync', () => stats().commits);
  counter('orrery_journal_lost_rows_total', 'Rows that found no room', () => stats().lostRows);
  gauge('orrery_journal_damages', 'Unreadable parts at the start', () => restored.damages.length);
  gauge('orrery_restore_seconds', 'Time the restart took to restore', () => restored.tookMs / 1000);
  gauge('orrery_snapshots', 'Snapshots kept', () => snapshots().count);
  gauge(
    'orrery_snapshot_newest_seconds',
    'Time of the newest snapshot',
    () => (snapshots().newestMs ?? Number.NaN) / 1000,
  );
  gauge('orrery_snapshot_bytes', 'Size of the last snapshot', () => snapshots().lastBytes);
  counter('orrery_snapshots_failed_total', 'Snapshots not written', () => snapshots().failed);
}
