/** Rules on Orrery itself: whether its answers can be trusted, and what its forecasts say. */
import type { AlertRule } from './rules.ts';

interface SelfRule {
  readonly alert: AlertRule;
  /** Section of docs/runbooks.md. */
  readonly runbook: string;
}

/** @param expr fires while it has a result. */
function self(
  spec: { name: string; expr: string; for: string; severity: string; runbook: string },
  summary: string,
): SelfRule {
  return {
    alert: {
      alert: `Orrery${spec.name}`,
      expr: spec.expr,
      for: spec.for,
      labels: { severity: spec.severity },
      annotations: { summary },
    },
    runbook: spec.runbook,
  };
}

const DAY_S = 86_400;

export const SELF_RULES: readonly SelfRule[] = [
  self(
    {
      name: 'Absent',
      expr: 'absent(orrery_unmatched_series)',
      for: '5m',
      severity: 'critical',
      runbook: 'orrery-absent',
    },
    'Orrery is not scraped: none of its rules can fire',
  ),
  self(
    {
      name: 'SourceDown',
      expr: 'orrery_source_up == 0',
      for: '5m',
      severity: 'warning',
      runbook: 'source-down',
    },
    'Source {{ $labels.source }} ({{ $labels.kind }}) does not answer',
  ),
  self(
    {
      name: 'ValuesMissing',
      expr:
        'sum by (kind, signal) (orrery_signal_quality{quality=~"stale|missing"}) > ' +
        '0.2 * sum by (kind, signal) (orrery_signal_quality) and ' +
        'sum by (kind, signal) (orrery_signal_quality{quality!="missing"}) > 0',
      for: '15m',
      severity: 'warning',
      runbook: 'values-missing',
    },
    'More than a fifth of {{ $labels.signal }} at {{ $labels.kind }} level is stale or missing',
  ),
  self(
    {
      name: 'LimitSoon',
      expr: `min by (kind, entity, signal, limit) (orrery_time_to_limit_seconds) < ${DAY_S}`,
      for: '30m',
      severity: 'info',
      runbook: 'limit-soon',
    },
    '{{ $labels.signal }} of {{ $labels.entity }} reaches the limit of {{ $labels.limit }} ' +
      'in {{ $value | humanizeDuration }}',
  ),
];
