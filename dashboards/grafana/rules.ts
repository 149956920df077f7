/**
 * Prometheus alerting rules from the limits table. A rule compares the exported value with the
 * limit exported for that very entity, so classes and inventory overrides hold without a new build.
 */
import {
  type Kind,
  LIMITS,
  type LimitRow,
  limitMetricName,
  metricName,
  TEXT_LABEL,
  UNITS,
} from '../../twin/index.ts';
import { signalRow } from './promql.ts';
import { SELF_RULES } from './self-rules.ts';
import type { Addresses } from './settings.ts';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RuleGroup {
  readonly name: string;
  readonly rules: readonly AlertRule[];
}

/** A limit that no metric can judge, and why. */
interface UnruledLimit {
  readonly limit: string;
  readonly why: string;
}

/**
 * Stands for the hysteresis of a limit, which a rule cannot express: the alert stays for this long
 * after the value came back. Needs Prometheus 2.42.
 */
const KEEP_FIRING = '5m';

/** Labels of the containers of a kind, outermost first: the ancestors that every metric carries. */
const LINEAGE: readonly Kind[] = ['site', 'hall', 'row', 'rack', 'host', 'gpu'];

export function ruleGroups(addresses: Addresses): readonly RuleGroup[] {
  const kinds = [...new Set(LIMITS.map(limit => limit.kind))];
  const groups = kinds.map(kind => ({
    name: `orrery-${kind}`,
    rules: LIMITS.filter(limit => limit.kind === kind).flatMap(limit => rulesOf(limit, addresses)),
  }));
  const self = SELF_RULES.map(rule => ({
    ...rule.alert,
    annotations: { ...rule.alert.annotations, runbook_url: runbookUrl(rule.runbook, addresses) },
  }));
  return [...groups.filter(group => group.rules.length > 0), { name: 'orrery-self', rules: self }];
}

export const unruledLimits = (): readonly UnruledLimit[] =>
  LIMITS.filter(limit => limit.kind === 'separation').map(limit => ({
    limit: limit.id,
    why: 'a distance between entities is a fact of the inventory; `orrery check` judges it',
  }));

function rulesOf(limit: LimitRow, addresses: Addresses): readonly AlertRule[] {
  if (limit.kind === 'separation') return [];
  if (limit.kind === 'uniform') {
    const within = limit.within ?? 'site';
    return [rule(limit, within, unequal(limit, within), addresses)];
  }
  return limit.at.map(kind => rule(limit, kind, passed(limit, kind), addresses));
}

/**
 * The value beyond the limit. Only limits in the unit of their signal are exported, so a `ratio` is
 * compared with the default of the table.
 * @throws RangeError for a ratio without a default, as its rule could never be right.
 */
function passed(limit: LimitRow, kind: Kind): string {
  const signal = signalRow(limit.signal);
  const operator = limit.compare === 'max' ? '>' : '<';
  if (limit.kind === 'ratio') {
    if (!limit.over || limit.value === undefined) throw new RangeError(`ratio '${limit.id}'`);
    const over = metricName(kind, signalRow(limit.over));
    return `${metricName(kind, signal)} / ${over} ${operator} ${limit.value}`;
  }
  const threshold = `${limitMetricName(kind, signal)}{limit="${limit.id}"}`;
  return `${metricName(kind, signal)} ${operator} ignoring (limit) ${threshold}`;
}

/**
 * Parts of one whole that do not all have the same value, where all should. Where only things of
 * one class are compared, those whose class is not exported are left out, not mixed.
 */
function unequal(limit: LimitRow, within: Kind): string {
  const signal = signalRow(limit.signal);
  const names = limit.at.map(kind => metricName(kind, signal));
  const matchers = [
    `__name__=~"${names.join('|')}"`,
    ...(limit.groupBy ? [`${limit.groupBy}!=""`] : []),
  ];
  const selector = `{${matchers.join(', ')}}`;
  const by = [...lineageOf(within), ...(limit.groupBy ? [limit.groupBy] : [])].join(', ');
  return signal.unit === 'Text'
    ? `count by (${by}) (count by (${by}, ${TEXT_LABEL}) (${selector})) > 1`
    : `max by (${by}) (${selector}) != min by (${by}) (${selector})`;
}

const runbookUrl = (section: string, { runbooksUrl }: Addresses) => `${runbooksUrl}#${section}`;

const lineageOf = (kind: Kind): readonly Kind[] => LINEAGE.slice(0, LINEAGE.indexOf(kind) + 1);

function rule(limit: LimitRow, kind: Kind, expr: string, addresses: Addresses): AlertRule {
  return {
    alert: `Orrery${limit.id[0].toUpperCase()}${limit.id.slice(1)}`,
    expr,
    for: `${limit.forS}s`,
    ...(limit.hysteresisRatio > 0 ? { keep_firing_for: KEEP_FIRING } : {}),
    labels: { severity: limit.severity, limit: limit.id, signal: limit.signal, kind },
    annotations: {
      summary: `${limit.broken ?? limit.title}: {{ $labels.${kind} }}${reading(limit)}`,
      description: `${limit.source}.`,
      runbook_url: runbookUrl(limit.runbook, addresses),
    },
  };
}

/** The value in the summary; of a state it says nothing, of a uniform limit how many differ. */
function reading(limit: LimitRow): string {
  const { unit, isFactor } = signalRow(limit.signal);
  if (limit.kind === 'uniform' || unit === 'Flag') return '';
  const isShare = limit.kind === 'ratio' || (unit === 'Ratio' && !isFactor);
  return isShare
    ? ' at {{ $value | humanizePercentage }}'
    : ` at {{ $value | humanize }}${UNITS[unit].symbol}`;
}
