/**
 * The twin as a store of series: what `/metrics` shows, under the same names and labels, with the
 * past that the history keeps and the future that the forecasts tell.
 */
import type { Registry } from 'prom-client';
import { KIND_INDEX, kindsOf, metricName, SIGNALS, type Topology } from '../../twin/index.ts';
import type { Service } from '../service.ts';
import type { Budget } from './budget.ts';
import { type Labels, labelValue, METRIC_NAME } from './labels.ts';
import type { Matcher } from './matcher.ts';
import type { LabelQuery, RawSeries, SeriesStore } from './series-store.ts';
import type { Family } from './twin/family.ts';
import { namesFamilies } from './twin/names-family.ts';
import { pageFamilies } from './twin/page-family.ts';
import type { Past } from './twin/past.ts';
import { PREDICTED, predictedFamilies } from './twin/predicted-family.ts';
import { type Self, selfFamilies, selfKeeper } from './twin/self-family.ts';
import { createSelfPast } from './twin/self-past.ts';
import { signalFamily } from './twin/signal-family.ts';
import { thresholdFamilies } from './twin/threshold-family.ts';

interface TwinSeriesOptions {
  readonly service: Service;
  readonly past: Past;
  /** What the service measures of itself; left out unless given. */
  readonly registry?: Registry;
}

/** `<metric>:actual` is the metric itself, beside `<metric>:predicted`. */
const ACTUAL = ':actual';

export function createTwinSeries({ registry, ...rest }: TwinSeriesOptions): SeriesStore {
  const { service } = rest;
  const self = registry && { registry, past: createSelfPast() };
  if (self) keepSelf(service, self);
  const options = { ...rest, ...(self ? { self } : {}) };
  let fixed: Fixed | undefined;
  const families = async (matchers: readonly Matcher[]): Promise<readonly Family[]> => {
    const { topology } = service.live.twin;
    if (fixed?.topology !== topology) fixed = fixedFamilies(options, topology);
    return familiesFor(options, fixed.byName, matchers);
  };
  const visit = async (
    query: LabelQuery,
    budget: Budget,
    each: (labels: Labels) => void,
  ): Promise<void> => {
    const lists = query.selectors.length > 0 ? query.selectors : [[]];
    for (const matchers of lists) {
      for (const family of await families(matchers)) await family.visit({ matchers, budget }, each);
    }
  };
  return {
    async select(query, budget) {
      let series: readonly RawSeries[] = [];
      for (const family of await families(query.matchers)) {
        series = series.concat(await family.select({ ...query, budget }));
      }
      return series;
    },
    async series(query, budget) {
      const found: Labels[] = [];
      await visit(query, budget, labels => {
        budget.addSeries(1);
        found.push(labels);
      });
      return found;
    },
    async labelNames(query, budget) {
      const names = new Set<string>();
      await visit(query, budget, labels => {
        for (const name of labels.names) names.add(name);
      });
      return [...names].sort();
    },
    async labelValues(name, query, budget) {
      const values = new Set<string>();
      const isNames = name === METRIC_NAME && query.selectors.length === 0;
      if (isNames) for (const family of await families([])) values.add(family.name);
      else await visit(query, budget, labels => values.add(labelValue(labels, name)));
      values.delete('');
      return [...values].sort();
    },
    async metadata() {
      return new Map((await families([])).map(({ name, help }) => [name, help]));
    },
  };
}

type Parts = Omit<TwinSeriesOptions, 'registry'> & { readonly self?: Self };

/** From the start, so that a rate is there before anyone has asked. */
function keepSelf({ live, log }: Service, self: Self) {
  const keep = selfKeeper(self);
  live.onTick(({ atMs }) => {
    keep(atMs).catch(error => log.error({ err: error }, 'own metrics could not be kept'));
  });
}

interface Fixed {
  readonly topology: Topology;
  readonly byName: ReadonlyMap<string, Family>;
}

/** Metrics whose names follow from the tables and the inventory. */
function fixedFamilies({ service, past }: Parts, topology: Topology): Fixed {
  const { live } = service;
  const signals = SIGNALS.flatMap((row, signal) =>
    kindsOf(row).map(id => {
      const name = metricName(id, row);
      return signalFamily({ live, past, name, kind: KIND_INDEX[id], signal });
    }),
  );
  const all = [...signals, ...thresholdFamilies(live), ...namesFamilies(service)];
  return { topology, byName: new Map(all.map(family => [family.name, family])) };
}

/** Those that a name leads to; where no name is given, all that there are. */
async function familiesFor(
  options: Parts,
  byName: ReadonlyMap<string, Family>,
  matchers: readonly Matcher[],
): Promise<readonly Family[]> {
  const ofName = matchers.filter(({ label }) => label === METRIC_NAME);
  const named = ofName.find(({ values }) => values !== undefined)?.values;
  const fits = (name: string) => ofName.every(matcher => matcher.matches(name));
  if (!named) {
    const all = [...byName.values(), ...(await changingFamilies(options))];
    return all.filter(family => fits(family.name) && family.exists());
  }
  const found = await Promise.all(
    named.filter(fits).map(name => familyNamed(options, byName, name)),
  );
  return found.filter(family => family !== undefined);
}

async function familyNamed(
  options: Parts,
  byName: ReadonlyMap<string, Family>,
  name: string,
): Promise<Family | undefined> {
  const known = byName.get(name);
  if (known) return known;
  if (name.endsWith(ACTUAL)) return renamed(byName.get(name.slice(0, -ACTUAL.length)), name);
  const changing = await changingFamilies(options, name);
  return changing.find(family => family.name === name);
}

/** Metrics that are there or not as things go. */
async function changingFamilies({ service, self }: Parts, name?: string): Promise<Family[]> {
  const isPredicted = name === undefined || name.endsWith(PREDICTED);
  return [
    ...(isPredicted ? predictedFamilies(service) : []),
    ...pageFamilies(service, name),
    ...(self ? await selfFamilies(self, service.live.clock.now(), name) : []),
  ];
}

function renamed(family: Family | undefined, name: string): Family | undefined {
  if (!family) return undefined;
  const as = (labels: Labels): Labels => ({
    names: labels.names,
    values: labels.values.map((value, i) => (labels.names[i] === METRIC_NAME ? name : value)),
  });
  return {
    ...family,
    name,
    select: async query =>
      (await family.select(query)).map(series => ({ ...series, labels: as(series.labels) })),
    visit: (query, each) => family.visit(query, labels => each(as(labels))),
  };
}
