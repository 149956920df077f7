/** Metrics of the service itself, by prom-client. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { AlertPush } from './alerts/alertmanager.ts';
import type { LiveIngest } from './ingest/live-ingest.ts';
import type { LiveTwin } from './live-twin.ts';

export interface SelfMetricsOptions {
  readonly live: LiveTwin;
  readonly ingest: LiveIngest;
  readonly push: AlertPush | undefined;
  readonly clients: () => number;
}

export function createSelfMetrics(options: SelfMetricsOptions): Registry {
  const { live, ingest, push, clients } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'orrery_' });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('orrery_tick_seconds', 'Time the last tick took', () => live.lastTick.tookMs / 1000);
  gauge('orrery_generation', 'Topology generation', () => live.twin.topology.generation);
  gauge('orrery_entities', 'Entities of the topology', () => live.twin.topology.count);
  gauge('orrery_series', 'Series known to ingest', () => ingest.counts().series);
  gauge(
    'orrery_unmatched_series',
    'Series no entity was found for',
    () => ingest.counts().unmatched,
  );
  gauge('orrery_unmapped_metrics', 'Metric names no mapping knows', () => ingest.counts().unmapped);
  gauge('orrery_state_bytes', 'Size of the state', () => live.twin.state.byteLength);
  gauge('orrery_live_clients', 'Connected live clients', clients);
  gauge('orrery_clock_speed', 'Factor between the clock and the wall', () => live.clock.speed);
  ingestCounters(registry, ingest);
  if (push) {
    gauge('orrery_alertmanager_waiting', 'Alerts not delivered yet', () => push.stats().waiting);
    gauge('orrery_alertmanager_failed', 'Deliveries that failed', () => push.stats().failed);
    gauge('orrery_alertmanager_refused', 'Alerts it refused', () => push.stats().refused);
  }
  return registry;
}

function ingestCounters(registry: Registry, ingest: LiveIngest) {
  const totals = () => (ingest.quality() as { all: Record<string, number> }).all;
  const set = (counter: Counter, value: number, labels: Record<string, string> = {}) => {
    counter.inc(labels, value);
  };
  new Counter({
    name: 'orrery_ingest_samples_total',
    help: 'Samples taken into the model',
    registers: [registry],
    collect() {
      this.reset();
      set(this, totals().accepted ?? 0);
    },
  });
  new Counter({
    name: 'orrery_ingest_dropped_total',
    help: 'Samples not taken, by reason',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(totals())) {
        if (reason !== 'accepted') set(this, count, { reason });
      }
    },
  });
}
