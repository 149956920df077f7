/** Series in memory behind the interface of the query engine. */
import {
  keyOf,
  type Labels,
  labelsOf,
  labelValue,
  METRIC_NAME,
} from '../../server/promql/labels.ts';
import type { Matcher } from '../../server/promql/matcher.ts';
import type { LabelQuery, RawSeries, SeriesStore } from '../../server/promql/series-store.ts';

export interface TestSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly { readonly atMs: number; readonly value: number | 'stale' }[];
}

const fits = (labels: Labels, matchers: readonly Matcher[]) =>
  matchers.every(matcher => matcher.matches(labelValue(labels, matcher.label)));

export function memorySeries(list: readonly TestSeries[]): SeriesStore {
  const all = list.map(rawSeries);
  all.sort((a, b) => (keyOf(a.labels) < keyOf(b.labels) ? -1 : 1));
  const found = ({ selectors, fromMs, toMs }: LabelQuery) =>
    all
      .filter(({ times }) => times.some(atMs => atMs >= fromMs && atMs <= toMs))
      .filter(({ labels }) => selectors.length === 0 || selectors.some(each => fits(labels, each)));
  return {
    async select({ matchers, fromMs, toMs }, budget) {
      const series = all.filter(({ labels }) => fits(labels, matchers));
      budget.addSeries(series.length);
      return series.map(each => cut(each, fromMs, toMs));
    },
    series: async query => found(query).map(({ labels }) => labels),
    labelNames: async query =>
      [...new Set(found(query).flatMap(({ labels }) => labels.names))].sort(),
    labelValues: async (name, query) => {
      const values = found(query).map(({ labels }) => labelValue(labels, name));
      return [...new Set(values.filter(value => value !== ''))].sort();
    },
    metadata: async () => new Map(),
  };
}

function rawSeries({ name, labels, samples }: TestSeries): RawSeries {
  return {
    labels: labelsOf(Object.entries({ ...labels, [METRIC_NAME]: name })),
    times: Float64Array.from(samples, ({ atMs }) => atMs),
    values: Float64Array.from(samples, ({ value }) => (value === 'stale' ? Number.NaN : value)),
    stale: Uint8Array.from(samples, ({ value }) => (value === 'stale' ? 1 : 0)),
  };
}

function cut({ labels, times, values, stale }: RawSeries, fromMs: number, toMs: number): RawSeries {
  const first = times.findIndex(atMs => atMs >= fromMs);
  const start = first < 0 ? times.length : first;
  const end = times.findLastIndex(atMs => atMs <= toMs) + 1;
  return {
    labels,
    times: times.subarray(start, end),
    values: values.subarray(start, end),
    ...(stale ? { stale: stale.subarray(start, end) } : {}),
  };
}
