/** Limit lines and threshold colours of panels, from the limits table. */
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Kind, LimitRow } from '../../twin/index.ts';
import { limitLegend, type Query } from './panels.ts';
import { limitSeries, limitsOn, type Scope } from './promql.ts';
import { variable } from './settings.ts';

const COLORS: Readonly<Record<LimitRow['severity'], string>> = {
  info: 'blue',
  warning: 'orange',
  critical: 'red',
};
const GOOD = 'green';

/**
 * Lines of the limits on a signal, as exported for this very entity (inventory and class included).
 * Things that share a value share a line.
 */
export function limitLines(scope: Scope, signalId: string): readonly Query[] {
  if (limitsOn(scope.kind, signalId).length === 0) return [];
  const expr = `max by (limit) (${limitSeries(scope, signalId)})`;
  return [{ expr, legend: limitLegend('{{limit}}') }];
}

/** Colours by the default values of the limits table, where an entity's own are not at hand. */
export function limitColors(kind: Kind, signalId: string): ThresholdsConfigBuilder {
  const valued = limitsOn(kind, signalId).filter(limit => limit.value !== undefined);
  const up = valued.filter(limit => limit.compare === 'max');
  const down = valued.filter(limit => limit.compare === 'min');
  const steps = down.length > 0 ? fallingSteps(down) : risingSteps(up);
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

const byValue = (a: LimitRow, b: LimitRow) => (a.value ?? 0) - (b.value ?? 0);

/** Good below the lowest limit, then the colour of each limit passed. */
const risingSteps = (limits: readonly LimitRow[]): Threshold[] => [
  { value: null, color: GOOD },
  ...limits.toSorted(byValue).map(limit => ({
    value: limit.value ?? 0,
    color: COLORS[limit.severity],
  })),
];

/** The colour of the lowest limit below it, then of the next one up, good above the highest. */
function fallingSteps(limits: readonly LimitRow[]): Threshold[] {
  const sorted = limits.toSorted(byValue);
  const colors = [...sorted.map(limit => COLORS[limit.severity]), GOOD];
  return colors.map((color, index) => ({
    value: index === 0 ? null : (sorted[index - 1].value ?? 0),
    color,
  }));
}

/** Colours for a figure that no limit row judges: good, then worse from each value on. */
export const colors = (warnFrom: number, criticalFrom?: number): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([
      { value: null, color: GOOD },
      { value: warnFrom, color: COLORS.warning },
      ...(criticalFrom === undefined ? [] : [{ value: criticalFrom, color: COLORS.critical }]),
    ]);

/** Links from a panel to the runbooks of the limits on its signals; each section once. */
export function runbookLinks(kind: Kind, ...signalIds: string[]): DashboardLinkBuilder[] {
  const sections = signalIds.flatMap(id => limitsOn(kind, id).map(limit => limit.runbook));
  return [...new Set(sections)].map(section =>
    new DashboardLinkBuilder(`Runbook: ${section}`)
      .type(DashboardLinkType.Link)
      .url(`${variable('runbooks')}#${section}`)
      .targetBlank(true),
  );
}
