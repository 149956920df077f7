/** What a scrape itself tells of its target, whatever the exporter: by Prometheus or by Orrery. */
import type { Mapping, MappingRow } from '../mapping.ts';

/** One target that answers is proof enough; a host has several exporters, and one may be ill. */
const up = (entity: 'scrapedHost' | 'scrapedUnit'): MappingRow => ({
  ...{ metrics: ['up'], signal: 'upFlag', entity, combine: 'max', optional: true },
});

/** First of the mappings: of all ways to know that something answers, this one also says no. */
export const targets: Mapping = {
  id: 'targets',
  title: '`up` of scrape targets',
  checkedAgainst: 'Prometheus 2.42',
  rows: [up('scrapedHost'), up('scrapedUnit')],
};

export const CLOCK_OFFSET_METRIC = 'orrery_target_clock_offset_seconds';
export const CLOCK_UNCERTAINTY_METRIC = 'orrery_target_clock_uncertainty_seconds';

/** Every exporter of a host bounds the same clock; the mean of the bounds holds the truth as well. */
const clock = (metric: string, signal: string): MappingRow => ({
  ...{ metrics: [metric], signal, entity: 'scrapedHost', combine: 'mean', optional: true },
});

/** Last of the mappings: chrony and PTP know a clock better than a header of whole seconds. */
export const targetClocks: Mapping = {
  id: 'target-clocks',
  title: "Clocks of hosts, by the Date header of their exporters' answers",
  checkedAgainst: 'node:http',
  rows: [
    clock(CLOCK_OFFSET_METRIC, 'clockOffsetS'),
    clock(CLOCK_UNCERTAINTY_METRIC, 'clockUncertaintyS'),
  ],
};
