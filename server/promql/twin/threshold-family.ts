/** Limits on a signal, one series a limit. They are part of the inventory, so they hold at all times. */
import {
  KINDS,
  type Kind,
  type LimitAtKind,
  limitMetricName,
  SIGNALS,
  thresholdOf,
  UNITS,
} from '../../../twin/index.ts';
import { limitsBySignal } from '../../limits-on.ts';
import type { LiveTwin } from '../../live-twin.ts';
import { limitsHelp } from '../../metrics/signals.ts';
import type { Labels } from '../labels.ts';
import type { RawSeries } from '../series-store.ts';
import {
  eachEntity,
  entityLabels,
  type Family,
  type FamilyQuery,
  fitsAll,
  gauge,
  type WindowQuery,
} from './family.ts';

export const thresholdFamilies = (live: LiveTwin): Family[] =>
  [...limitsBySignal(live.twin.limits).values()].map(limits => thresholdFamily(live, limits));

function thresholdFamily(live: LiveTwin, limits: readonly LimitAtKind[]): Family {
  const [{ kind, signal: index }] = limits;
  const signal = SIGNALS[index];
  const name = limitMetricName(KINDS[kind].id as Kind, signal);
  const all = (query: FamilyQuery, each: (labels: Labels, value: number) => void) => {
    const { topology } = live.twin;
    const labelsAt = entityLabels(topology, name);
    return eachEntity({ topology, kind }, query, (entity, others) => {
      for (const limit of limits) {
        const value = thresholdOf(limit, topology, entity);
        if (Number.isNaN(value)) continue;
        const labels = labelsAt(entity, [['limit', limit.row.id]]);
        if (fitsAll(labels, others)) each(labels, value);
      }
    });
  };
  return {
    name,
    help: gauge(limitsHelp(signal), UNITS[signal.unit].metric),
    exists: () => isAnywhere(live, limits),
    async select(query) {
      const { budget } = query;
      const series: RawSeries[] = [];
      const times = alwaysTimes(query);
      const coarse = { untilMs: Number.POSITIVE_INFINITY, holdMs: query.toMs - query.fromMs };
      await all(query, (labels, value) => {
        budget.addSeries(1);
        budget.addSamples(times.length);
        series.push({ labels, times, values: new Float64Array(times.length).fill(value), coarse });
      });
      return series;
    },
    visit: (query, each) => all(query, each),
  };
}

const MINUTE_MS = 60_000;

/** One sample that holds for all of the time; for functions of windows one a minute. */
function alwaysTimes({ fromMs, toMs, spacingMs, budget }: WindowQuery): Float64Array {
  const many = spacingMs > 0 ? 1 : Math.floor((toMs - fromMs) / MINUTE_MS) + 1;
  budget.addSamples(many);
  return Float64Array.from({ length: many }, (_, i) => fromMs + i * MINUTE_MS);
}

function isAnywhere({ twin }: LiveTwin, limits: readonly LimitAtKind[]): boolean {
  const { kindStart } = twin.topology;
  return limits.some(limit => {
    for (let e = kindStart[limit.kind]; e < kindStart[limit.kind + 1]; e++) {
      if (!Number.isNaN(thresholdOf(limit, twin.topology, e))) return true;
    }
    return false;
  });
}
