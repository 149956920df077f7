/** Links: from a value to the board one level down, from a panel to a runbook, among boards. */
import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { BOARD_TAG, BOARD_UIDS, type BoardId, variable } from './settings.ts';

const TITLES: Readonly<Record<BoardId, string>> = {
  site: 'Site',
  rack: 'Rack',
  host: 'Host',
  gpu: 'GPU',
  forecast: 'Forecast',
  fidelity: 'Fidelity',
};

/**
 * Opens a board with the time range and data source kept. `values` gives its variables: a label of
 * the clicked series (`seriesLabel`) or a column of the clicked row (`rowField`). The site stays.
 */
export function boardLink(board: BoardId, values: Readonly<Record<string, string>>) {
  const query = [
    `var-datasource=${variable('datasource')}`,
    ...(board === 'forecast' ? [] : [`var-site=${variable('site')}`]),
    ...Object.entries(values).map(([name, value]) => `var-${name}=${value}`),
    variable('__url_time_range'),
  ].join('&');
  return new DashboardLinkBuilder(`Open the ${TITLES[board].toLowerCase()} board`)
    .type(DashboardLinkType.Link)
    .url(`/d/${BOARD_UIDS[board]}?${query}`)
    .keepTime(true);
}

export const seriesLabel = (label: string) => variable(`__field.labels.${label}`);
export const rowField = (field: string) => variable(`__data.fields.${field}`);

/** Drop-down at the top of each board with all the others. */
export const boardsMenu = () =>
  new DashboardLinkBuilder('Orrery')
    .type(DashboardLinkType.Dashboards)
    .tags([BOARD_TAG])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true)
    .icon('external link');
