/** Trust: how old and how good the figures are, which alerts stand, what comes next. */
import { FIRING } from '../annotations.ts';
import { colors } from '../limits.ts';
import { boardLink, seriesLabel } from '../links.ts';
import { bars, grid, lines, type Sized, stats } from '../panels.ts';
import type { Scope } from '../promql.ts';
import { COUNT, NO_UNIT, PER_S, SECONDS } from '../units.ts';

const HOUR_S = 3600;

/** Alerts that Orrery itself judges, by severity. */
export function alertsNow(w: number): Sized {
  return stats(
    {
      title: 'Alerts firing',
      description: 'Breached limits as Orrery judges them, for their full waiting time.',
      unit: COUNT,
      w,
      thresholds: colors(1),
    },
    [{ expr: 'sum by (severity) (orrery_alerts{state="firing"})', legend: '{{severity}}' }],
  );
}

/** Alerts of the shipped Prometheus rules, one a line. */
export function alertTable(w: number): Sized {
  return grid(
    {
      title: 'Alerts of the Prometheus rules',
      description:
        'Each rule that fires, with the limit and the place. No data means that none fires, or ' +
        'that the rules are not loaded in this Prometheus. Each alert names its section of the ' +
        'runbooks (runbook_url).',
      unit: NO_UNIT,
      w,
    },
    ['alertname', 'severity', 'limit', 'kind', 'site', 'rack', 'host'],
    [
      {
        title: 'Firing',
        expr: `max by (alertname, severity, limit, kind, site, rack, host) (${FIRING})`,
        unit: NO_UNIT,
      },
    ],
  );
}

/** What fills up first. */
export function soonestLimits(w: number): Sized {
  return bars(
    {
      title: 'Time until a limit is reached',
      description:
        'What the forecasts reach first, and whose limit binds there. Only those are listed for ' +
        'which the forecast meets the limit within its horizon.',
      unit: SECONDS,
      w,
      dataLinks: [
        boardLink('forecast', { kind: seriesLabel('kind'), entity: seriesLabel('entity') }),
      ],
      min: 0,
    },
    {
      expr: 'bottomk(10, min by (kind, entity, signal, limit) (orrery_time_to_limit_seconds))',
      legend: '{{entity}} (limit of {{limit}})',
    },
  );
}

export function sources(w: number): Sized {
  return stats(
    {
      title: 'Sources down',
      description:
        'Exporters, BMCs and Prometheus servers that Orrery asks and that do not answer.',
      unit: COUNT,
      w,
      thresholds: colors(1),
    },
    [{ expr: 'sum by (kind) (1 - orrery_source_up)', legend: '{{kind}}' }],
  );
}

/** Sources in the order of their age. */
export function sourceAges(w: number): Sized {
  return bars(
    {
      title: 'Oldest sources',
      description: 'Time since each source last answered; the ten oldest.',
      unit: SECONDS,
      w,
      min: 0,
      thresholds: colors(90, HOUR_S),
    },
    { expr: 'topk(10, max by (source) (orrery_source_age_seconds))', legend: '{{source}}' },
  );
}

/** Oldest value by signal. */
export function signalAges(scope: Scope, w: number): Sized {
  return lines(
    {
      title: `Oldest values at ${scope.kind} level`,
      description: 'Age of the oldest value of each signal, the ten worst signals.',
      unit: SECONDS,
      min: 0,
      w,
    },
    [
      {
        expr: `topk(10, max by (signal) (orrery_signal_age_seconds{kind="${scope.kind}"}))`,
        legend: '{{signal}}',
      },
    ],
  );
}

/** How many values are measured, derived, modelled, stale or missing. */
export function quality(scope: Scope, w: number): Sized {
  const counted = `orrery_signal_quality{kind="${scope.kind}"}`;
  const present = `(orrery_signal_quality{kind="${scope.kind}", quality!="missing"} > 0)`;
  return lines(
    {
      title: `Quality of values at ${scope.kind} level`,
      description:
        'Values that are measured, derived from measured ones, modelled, stale or missing, of the ' +
        'signals that have any value. A growing share of stale ones warns before any limit can.',
      unit: COUNT,
      min: 0,
      w,
    },
    [
      {
        expr: `sum by (quality) (${counted} and on (kind, signal) ${present})`,
        legend: '{{quality}}',
      },
    ],
  );
}

export function unmatched(w: number): Sized {
  return stats(
    {
      title: 'Series that match nothing',
      description:
        'Series that came in and could not be joined to an entity; `orrery unmatched` lists them ' +
        'with their nearest candidates.',
      unit: COUNT,
      w,
      thresholds: colors(1),
    },
    [{ expr: 'sum(orrery_unmatched_series)', legend: 'unmatched' }],
  );
}

export function ingest(w: number): Sized {
  return lines(
    {
      title: 'Samples taken and dropped',
      description: 'Samples per second that entered the model, and those dropped, by reason.',
      unit: PER_S,
      min: 0,
      w,
    },
    [
      { expr: 'sum(rate(orrery_ingest_samples_total[$__rate_interval]))', legend: 'taken' },
      {
        expr: 'sum by (reason) (rate(orrery_ingest_dropped_total[$__rate_interval]))',
        legend: 'dropped: {{reason}}',
      },
    ],
  );
}
