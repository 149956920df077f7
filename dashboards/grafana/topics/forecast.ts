/** Forecasts beside what really happened, and the limits that they meet. */
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import {
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { forecastMetricName, metricName } from '../../../twin/index.ts';
import { INFLUXDB, influxQuery } from '../influxql.ts';
import { bars, grid, limitLegend, lines, rangeQuery, type Sized } from '../panels.ts';
import { signalRow } from '../promql.ts';
import { FORECAST_MEASUREMENT, variable } from '../settings.ts';
import { SECONDS, unitOf } from '../units.ts';

/** Grafana's own source that lets each query of a panel name its source. */
const MIXED: DataSourceRef = { type: 'datasource', uid: '-- Mixed --' };

/** Kinds with forecasts: the levels to which load rolls up. */
const KINDS = ['site', 'hall', 'row', 'rack'] as const;

export const influxVariable = () =>
  new DatasourceVariableBuilder('influx')
    .label('InfluxDB')
    .description('The InfluxDB to which Orrery writes forecasts')
    .type('influxdb');

export const kindVariable = () =>
  new CustomVariableBuilder('kind')
    .label('Level')
    .description('Level of the thing whose forecast is shown')
    .values(KINDS.join(','))
    .current({ text: KINDS[0], value: KINDS[0] })
    .options(KINDS.map((kind, index) => ({ text: kind, value: kind, selected: index === 0 })));

/** Things of that level for which a forecast was written. */
export const entityVariable = () => {
  const query =
    `SHOW TAG VALUES FROM "${FORECAST_MEASUREMENT}" WITH KEY = "entity" ` +
    `WHERE "kind" = '${variable('kind')}'`;
  return new QueryVariableBuilder('entity')
    .label('Entity')
    .description('The thing whose forecast is shown')
    .datasource(INFLUXDB)
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc);
};

const BAND = [
  ['yhat', 'forecast'],
  ['yhat_lower', 'lower bound'],
  ['yhat_upper', 'upper bound'],
] as const;

/**
 * One field of the forecasts. `$timeFilter` renders both bounds: without an upper one InfluxDB ends
 * a query grouped by time at now, and the future stays empty without a word.
 */
const forecastInfluxQl = (signalId: string, field: string): string =>
  `SELECT mean("${field}") FROM "${FORECAST_MEASUREMENT}" ` +
  `WHERE "kind" = '${variable('kind')}' ` +
  // as a pattern, because only that form escapes every character that an id may have
  `AND "entity" =~ /^${variable('entity', 'regex')}$/ ` +
  `AND "signal" = '${signalId}' AND $timeFilter GROUP BY time($__interval) fill(none)`;

/** The name of a metric with the level left to the board's variable. */
const atChosenLevel = (metric: string) =>
  metric.replace('orrery_site_', `orrery_${variable('kind')}_`);
const CHOSEN = `{${variable('kind')}="${variable('entity')}"}`;

/** Selector of a signal of the chosen entity. */
const chosen = (signalId: string) =>
  `${atChosenLevel(metricName('site', signalRow(signalId)))}${CHOSEN}`;

interface Forecast {
  readonly title: string;
  readonly signal: string;
  /** Signals whose sum bounds it: a load and its headroom, or a capacity. */
  readonly limit: readonly string[];
}

/** The forecast of a signal with its interval, what really happened, and its limit. */
export function forecastOf({ title, signal, limit }: Forecast, w: number): Sized {
  const sized = lines(
    {
      title,
      description:
        'What was measured, and the forecast with its interval; the range reaches into the ' +
        'future. The interval comes from the errors of the same model on the past.',
      unit: unitOf(signal),
      w,
      h: 10,
    },
    [],
  );
  sized.panel
    .datasource(MIXED)
    .targets([
      rangeQuery({ expr: chosen(signal), legend: 'measured' }, 0),
      rangeQuery({ expr: limit.map(chosen).join(' + '), legend: limitLegend('by all layers') }, 1),
      ...BAND.map(([field, legend], index) =>
        influxQuery(String.fromCharCode(67 + index), forecastInfluxQl(signal, field), legend),
      ),
    ])
    .overrideByName('upper bound', [
      { id: 'custom.fillBelowTo', value: 'lower bound' },
      { id: 'custom.lineWidth', value: 0 },
    ])
    .overrideByName('lower bound', [{ id: 'custom.lineWidth', value: 0 }]);
  return sized;
}

/** The forecast made some hours ago for now, beside now: how good was it? */
export function forecastHeld(signalId: string, w: number): Sized {
  const signal = signalRow(signalId);
  const forecast = atChosenLevel(forecastMetricName('site', signal));
  const matchers = `{${variable('kind')}="${variable('entity')}", ml_forecast="yhat"}`;
  return lines(
    {
      title: `${signal.title}: now and as forecast for the end of the horizon`,
      description:
        'What is measured now beside what the forecast of this moment says for the end of each ' +
        'horizon.',
      unit: unitOf(signalId),
      w,
    },
    [
      { expr: chosen(signalId), legend: 'measured' },
      { expr: `${forecast}${matchers}`, legend: 'in {{horizon}}' },
    ],
  );
}

const TIME_TO_LIMIT = 'min by (kind, entity, signal, limit) (orrery_time_to_limit_seconds)';

export function timeToLimitTable(w: number): Sized {
  return grid(
    {
      title: 'Limits that the forecasts reach',
      description:
        'Each limit that a forecast meets within its horizon, and how long until then. What is ' +
        'not listed is not expected to be reached.',
      unit: SECONDS,
      w,
    },
    ['kind', 'entity', 'signal', 'limit'],
    [{ title: 'Time left', expr: TIME_TO_LIMIT, unit: SECONDS }],
  );
}

export function timeToLimitOfChosen(w: number): Sized {
  const matchers = `{kind="${variable('kind')}", entity="${variable('entity')}"}`;
  return bars(
    {
      title: 'Time left for the chosen entity',
      description: 'Time until the forecasts of the chosen entity reach each of its limits.',
      unit: SECONDS,
      min: 0,
      w,
    },
    {
      expr: `min by (signal, limit) (orrery_time_to_limit_seconds${matchers})`,
      legend: '{{limit}}',
    },
  );
}
