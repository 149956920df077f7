/** Names that boards, provisioning, rules and the Prometheus example agree on. */

/** Uids of the boards: links and bookmarks hang on them, so they never change. */
export const BOARD_UIDS = {
  site: 'orrery-site',
  rack: 'orrery-rack',
  host: 'orrery-host',
  gpu: 'orrery-gpu',
  forecast: 'orrery-forecast',
  fidelity: 'orrery-fidelity',
} as const;

export type BoardId = keyof typeof BOARD_UIDS;

/** Tag by which the boards find one another for the drop-down of links. */
export const BOARD_TAG = 'orrery';

/** Measurement that the server writes forecasts to. */
export const FORECAST_MEASUREMENT = 'orrery_forecast';

/**
 * A reference to a Grafana variable, filled in by Grafana when the board is shown; `format` says
 * how to escape it.
 */
export const variable = (name: string, format?: 'regex'): string =>
  `$\{${name}${format ? `:${format}` : ''}}`;

export interface Addresses {
  /** Where Prometheus and Grafana reach Orrery. */
  readonly orreryUrl: string;
  /** Page of the runbooks; the section of a limit is its fragment. */
  readonly runbooksUrl: string;
  readonly prometheusUrl: string;
  readonly influxUrl: string;
  readonly influxDatabase: string;
  readonly alertmanagerUrl: string;
}

export const DEFAULT_ADDRESSES: Addresses = {
  orreryUrl: 'http://127.0.0.1:9595',
  runbooksUrl: 'http://127.0.0.1:9595/docs/runbooks.md',
  prometheusUrl: 'http://127.0.0.1:9090',
  influxUrl: 'http://127.0.0.1:8086',
  influxDatabase: 'orrery',
  alertmanagerUrl: 'http://127.0.0.1:9093',
};
