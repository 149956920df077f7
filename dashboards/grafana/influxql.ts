/** InfluxQL queries for panels: the SDK has no builder for InfluxDB. */
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { variable } from './settings.ts';

/** The InfluxDB that the reader chose at the top of the board. */
export const INFLUXDB: DataSourceRef = { type: 'influxdb', uid: variable('influx') };

/** A raw query as Grafana's InfluxDB data source reads it from a panel. */
interface InfluxQuery extends cog.Dataquery {
  readonly refId: string;
  readonly datasource: DataSourceRef;
  readonly query: string;
  readonly rawQuery: true;
  readonly resultFormat: 'time_series' | 'table';
  readonly alias: string;
}

/** @param alias legend of the series. */
export const influxQuery = (
  refId: string,
  query: string,
  alias: string,
): cog.Builder<cog.Dataquery> => ({
  build: (): InfluxQuery => ({
    refId,
    datasource: INFLUXDB,
    query,
    rawQuery: true,
    resultFormat: 'time_series',
    alias,
    // marks the shape for the SDK's types; absent from the JSON
    _implementsDataqueryVariant() {},
  }),
});
