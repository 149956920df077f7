/**
 * What the live page asks for while it shows the floor: two views over the live channel, and answers
 * that it asks for again and again. The page's own lists are in `dashboards/live/src`.
 */

/** Of each rack: the one that colours it first, and those of the card beside it. */
export const FLOOR_SIGNALS: readonly string[] = [
  ...['powerW', 'powerLimitW', 'inletTempC', 'gpusFreeCount', 'gpusAllocatedCount'],
];
/** Of the line above the floor. */
export const SITE_SIGNALS: readonly string[] = [
  ...['powerW', 'powerLimitW', 'powerHeadroomN1W', 'pueRatio', 'gpusAllocatedCount'],
  ...['gpusFreeCount', 'gpusAllocatableCount', 'inletTempC'],
];

export const VIEWS = [
  { id: 'floor', kind: 'rack', signals: FLOOR_SIGNALS },
  { id: 'site', kind: 'site', signals: SITE_SIGNALS },
] as const;

/** Paths under `/api/v1/` that an open page asks for again and again. */
export const ASKED: readonly { readonly path: string; readonly everyS: number }[] = [
  { path: 'status', everyS: 5 },
  { path: 'alerts?superseded=false&limit=1000', everyS: 3 },
];

/** And those that it asks for once, when it is opened or the topology has changed. */
export const LOADED: readonly string[] = [
  ...['site', 'hall', 'row', 'rack', 'pdu', 'crah', 'cdu'].map(
    kind => `entities?kind=${kind}&limit=1000`,
  ),
  ...['state?kind=rack&signals=powerW&limit=1000', 'limits'],
];
