/** What the service measures of itself, from its registry, with the past that was kept of it. */
import type { Registry } from 'prom-client';
import { keyOf, type Labels, labelsOf, METRIC_NAME } from '../labels.ts';
import type { MetricHelp, RawSeries } from '../series-store.ts';
import { type Family, fitsAll } from './family.ts';
import { SELF_EVERY_MS, type SelfPast } from './self-past.ts';

interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  /** Of a part of a histogram: `..._bucket`, `..._sum`, `..._count`. */
  readonly metricName?: string;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string | number;
  readonly values: readonly Sample[];
}

/** What of itself a service shows, and what it kept of it. */
export interface Self {
  readonly registry: Registry;
  readonly past: SelfPast;
}

/**
 * To read this one is to begin the measuring of the event loop's delay anew, which is for those to do
 * who scrape the service.
 */
const BEGINS_ANEW = 'nodejs_eventloop_lag_seconds';

/** Reads itself as often as a scrape would, and keeps it. @returns a turn, made with each tick */
export function selfKeeper({ registry, past }: Self): (nowMs: number) => Promise<void> {
  let dueMs = Number.NEGATIVE_INFINITY;
  return async nowMs => {
    if (nowMs < dueMs) return;
    dueMs = nowMs + SELF_EVERY_MS;
    const metrics = await keptMetrics(registry);
    const samples = metrics.flatMap(metric =>
      metric.values.map(sample => ({ key: keyOf(seriesLabels(metric, sample)), ...sample })),
    );
    past.note(samples, nowMs);
  };
}

async function keptMetrics(registry: Registry): Promise<readonly Metric[]> {
  const names = registry.getMetricsAsArray().map(({ name }) => name);
  const kept = names.filter(name => !name.endsWith(BEGINS_ANEW));
  const read = await Promise.all(kept.map(name => registry.getSingleMetric(name)?.get()));
  return read as unknown as readonly Metric[];
}

const metricsOf = async (registry: Registry) =>
  (await registry.getMetricsAsJSON()) as unknown as readonly Metric[];

function seriesLabels({ name }: Metric, { metricName = name, labels }: Sample): Labels {
  const pairs = Object.entries(labels).map(([key, text]) => [key, String(text ?? '')] as const);
  return labelsOf([[METRIC_NAME, metricName], ...pairs]);
}

/** @param name none unless the registry has it; all of them unless given. */
export async function selfFamilies(self: Self, nowMs: number, name?: string): Promise<Family[]> {
  if (name !== undefined && !isIn(self.registry, name)) return [];
  const metrics = await metricsOf(self.registry);
  return metrics.flatMap(metric => {
    const parts = Map.groupBy(metric.values, ({ metricName }) => metricName ?? metric.name);
    return [...parts].map(([part, samples]) => {
      const series = samples.map(sample => {
        const labels = seriesLabels(metric, sample);
        return withPast(labels, { past: self.past, value: sample.value, nowMs });
      });
      return familyOf(part, metric, series);
    });
  });
}

interface Present {
  readonly past: SelfPast;
  readonly value: number;
  readonly nowMs: number;
}

function withPast(labels: Labels, { past, value, nowMs }: Present): RawSeries {
  const { times, values } = past.of(keyOf(labels)) ?? { times: [], values: [] };
  // As if scraped when it was kept: what is asked for now is a little older than this reading.
  if (times.length === 0) return { labels, ...columns([nowMs - SELF_EVERY_MS], [value]) };
  const isNewer = nowMs > (times.at(-1) ?? nowMs);
  const added = isNewer ? { at: [nowMs], is: [value] } : { at: [], is: [] };
  return { labels, ...columns([...times, ...added.at], [...values, ...added.is]) };
}

const columns = (times: readonly number[], values: readonly number[]) => ({
  times: Float64Array.from(times),
  values: Float64Array.from(values),
});

/** One may be set while another is read, so that they are read all or none. */
const isIn = (registry: Registry, name: string) =>
  [name, name.replace(/_(bucket|sum|count)$/, '')].some(each => registry.getSingleMetric(each));

function familyOf(name: string, metric: Metric, series: readonly RawSeries[]): Family {
  const type = String(metric.type) as MetricHelp['type'];
  return {
    name,
    help: { type, help: metric.help, unit: '' },
    exists: () => series.length > 0,
    async select({ matchers, budget }) {
      const found = series.filter(({ labels }) => fitsAll(labels, matchers));
      budget.addSeries(found.length);
      for (const { times } of found) budget.addSamples(times.length);
      return found;
    },
    async visit({ matchers }, each) {
      for (const { labels } of series) if (fitsAll(labels, matchers)) each(labels);
    },
  };
}
