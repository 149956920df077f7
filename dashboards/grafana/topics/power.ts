/** Power: what is drawn, against which limit, and whether the sensors agree. */
import { limitColors, limitLines, runbookLinks } from '../limits.ts';
import { boardLink, rowField, seriesLabel } from '../links.ts';
import { bars, type Column, grid, limitLegend, lines, type Sized, stacked } from '../panels.ts';
import { type Scope, series } from '../promql.ts';
import { PERCENT, unitOf } from '../units.ts';

/** What the load may become under the limits of all layers above. */
const withinLayers = (scope: Scope) =>
  `${series(scope, 'powerLoadW')} + ${series(scope, 'powerHeadroomW')}`;

/** Power of one thing with every limit that bounds it. */
export function powerAndLimits(scope: Scope, w: number): Sized {
  return lines(
    {
      title: `${title(scope)} power and its limits`,
      description:
        'Load on the power plane and the share of the GPUs in it, beside the limits set here and ' +
        'what the layers above leave: the lowest line binds.',
      unit: unitOf('powerW'),
      min: 0,
      w,
      links: runbookLinks(scope.kind, 'powerLoadW'),
    },
    [
      { expr: series(scope, 'powerLoadW'), legend: 'load' },
      { expr: series(scope, 'gpuPowerW'), legend: 'GPUs' },
      { expr: withinLayers(scope), legend: limitLegend('by all layers') },
      ...limitLines(scope, 'powerLoadW'),
    ],
  );
}

/** Power of the parts, adding up to the whole. */
export function powerOfParts(parts: Scope, w: number): Sized {
  return stacked(
    {
      title: `Power by ${parts.kind}`,
      description: `Measured power of each ${parts.kind}, stacked: which of them moved the total?`,
      unit: unitOf('powerW'),
      min: 0,
      w,
    },
    [{ expr: series(parts, 'powerW'), legend: `{{${parts.kind}}}` }],
  );
}

/** Headroom now and after the worst single loss. */
export function powerHeadroom(scope: Scope, w: number): Sized {
  return lines(
    {
      title: 'Power headroom',
      description:
        'What can still be added under every limit above this, and the same after the worst ' +
        'single loss (feed, UPS, PDU). Below zero the load would trip something.',
      unit: unitOf('powerHeadroomW'),
      w,
      links: runbookLinks('rack', 'powerMarginN1W'),
      thresholds: limitColors('rack', 'powerMarginN1W'),
    },
    [
      { expr: series(scope, 'powerHeadroomW'), legend: 'now' },
      { expr: series(scope, 'powerHeadroomN1W'), legend: 'after a single loss' },
    ],
  );
}

/** Racks in the order of how much of their power limit they use. */
export function racksNearestToLimit(racks: Scope, w: number): Sized {
  return bars(
    {
      title: 'Racks nearest to their power limit',
      description:
        'Load over what the limits of all layers allow, the 15 fullest racks. At 100 % nothing more ' +
        'may be placed there.',
      unit: PERCENT,
      min: 0,
      max: 1,
      w,
      links: runbookLinks('rack', 'powerLoadW'),
      dataLinks: [
        boardLink('rack', {
          row: seriesLabel('row'),
          rack: seriesLabel('rack'),
        }),
      ],
    },
    {
      expr: `topk(15, ${series(racks, 'powerLoadW')} / (${withinLayers(racks)}))`,
      legend: '{{rack}}',
    },
  );
}

const kept = (kind: string, expr: string) => `max by (row, rack${extra(kind)}) (${expr})`;
const extra = (kind: string) => (kind === 'host' ? ', host' : '');

/** The figures by which a rack is judged, one rack a line. */
export function rackTable(racks: Scope, w: number): Sized {
  const column = (title: string, signalId: string): Column => ({
    title,
    expr: kept('rack', series(racks, signalId)),
    unit: unitOf(signalId),
  });
  return grid(
    {
      title: 'Racks',
      description: 'Present figures of each rack; the name opens its board.',
      unit: unitOf('powerW'),
      w,
      h: 10,
    },
    ['row', 'rack'],
    [
      column('Power', 'powerW'),
      column('Power limit', 'powerLimitW'),
      column('Headroom', 'powerHeadroomW'),
      column('Headroom after a loss', 'powerHeadroomN1W'),
      column('Hottest inlet', 'inletTempC'),
      column('GPUs free', 'gpusFreeCount'),
    ],
    { rack: boardLink('rack', { row: rowField('row'), rack: rowField('rack') }) },
  );
}

/** The figures by which a host is judged, one host a line. */
export function hostTable(hosts: Scope, w: number): Sized {
  const column = (title: string, signalId: string): Column => ({
    title,
    expr: kept('host', series(hosts, signalId)),
    unit: unitOf(signalId),
  });
  return grid(
    {
      title: 'Hosts',
      description: 'Present figures of each host; the name opens its board.',
      unit: unitOf('powerW'),
      w,
      h: 10,
    },
    ['row', 'rack', 'host'],
    [
      column('Power', 'powerW'),
      column('Inlet', 'inletTempC'),
      column('Hottest GPU', 'gpuTempC'),
      column('Throttled', 'throttleRatio'),
      column('GPUs reporting', 'gpuPresentFlag'),
      column('GPUs free', 'gpusFreeCount'),
      column('GPU utilisation', 'utilRatio'),
    ],
    { host: boardLink('host', { rack: rowField('rack'), host: rowField('host') }) },
  );
}

/** PUE against its target. */
export function pue(site: Scope, w: number): Sized {
  return lines(
    {
      title: 'PUE',
      description:
        'Power of the site over the power of its IT load. The target is soft: most mixes of air ' +
        'and liquid cooling cannot hold it all year.',
      unit: unitOf('pueRatio'),
      decimals: 3,
      w,
      links: runbookLinks('site', 'pueRatio'),
    },
    [{ expr: series(site, 'pueRatio'), legend: 'PUE' }, ...limitLines(site, 'pueRatio')],
  );
}

const MEASURING_POINTS = [
  ['powerW', 'best estimate'],
  ['bmcPowerW', 'BMC'],
  ['dcmiPowerW', 'DCMI'],
  ['psuInputPowerW', 'PSU inputs'],
  ['outletPowerW', 'PDU outlets'],
  ['gpuPowerW', 'GPUs alone'],
] as const;

/** The same power seen by every sensor that sees it. */
export function powerByMeasuringPoint(host: Scope, w: number): Sized {
  return lines(
    {
      title: 'Host power by measuring point',
      description:
        'The same power as the BMC, DCMI, the power supplies and the PDU outlets see it, and the ' +
        'share of the GPUs. Lines that part show a wrong sensor or a miscabled feed.',
      unit: unitOf('powerW'),
      min: 0,
      w,
      links: runbookLinks('host', 'powerLoadW'),
    },
    [
      ...MEASURING_POINTS.map(([id, legend]) => ({ expr: series(host, id), legend })),
      ...limitLines(host, 'powerLoadW'),
    ],
  );
}

const title = (scope: Scope) => scope.kind[0].toUpperCase() + scope.kind.slice(1);
