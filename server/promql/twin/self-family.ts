/** What the service measures of itself, from its registry. */
import type { Registry } from 'prom-client';
import { labelsOf, METRIC_NAME } from '../labels.ts';
import type { MetricHelp } from '../series-store.ts';
import { type Family, fitsAll, presentSeries } from './family.ts';

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

/** @param name none unless the registry has it; all of them unless given. */
export async function selfFamilies(
  registry: Registry,
  nowMs: number,
  name?: string,
): Promise<Family[]> {
  if (name !== undefined && !isIn(registry, name)) return [];
  const metrics = (await registry.getMetricsAsJSON()) as unknown as readonly Metric[];
  return metrics.flatMap(metric => {
    const parts = Map.groupBy(metric.values, ({ metricName }) => metricName ?? metric.name);
    return [...parts].map(([name, samples]) => familyOf(name, metric, samples, nowMs));
  });
}

/** One may be set while another is read, so that they are read all or none. */
const isIn = (registry: Registry, name: string) =>
  [name, name.replace(/_(bucket|sum|count)$/, '')].some(each => registry.getSingleMetric(each));

function familyOf(name: string, metric: Metric, samples: readonly Sample[], nowMs: number): Family {
  const series = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([key, text]) => [key, String(text ?? '')] as const);
    return presentSeries(labelsOf([[METRIC_NAME, name], ...pairs]), value, nowMs);
  });
  const type = String(metric.type) as MetricHelp['type'];
  return {
    name,
    help: { type, help: metric.help, unit: '' },
    exists: () => series.length > 0,
    async select({ matchers, budget }) {
      const found = series.filter(({ labels }) => fitsAll(labels, matchers));
      budget.addSeries(found.length);
      return found;
    },
    async visit({ matchers }, each) {
      for (const { labels } of series) if (fitsAll(labels, matchers)) each(labels);
    },
  };
}
