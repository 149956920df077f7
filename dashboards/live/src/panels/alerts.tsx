/** Alerts, worst and newest first. */
import type { Alert } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { twinNowMs, useTick } from '../clock.ts';
import { formatDuration } from '../format.ts';
import { entityHref } from '../navigate.ts';
import { SeverityMark } from '../parts/severity-mark.tsx';

const SEVERITY = { critical: 0, warning: 1, info: 2 } as const;
const STATE = { firing: 0, pending: 1, resolved: 2 } as const;

export const byUrgency = (one: Alert, other: Alert) =>
  STATE[one.state] - STATE[other.state] ||
  SEVERITY[one.severity] - SEVERITY[other.severity] ||
  sinceOf(other) - sinceOf(one);

const sinceOf = (alert: Alert) => Date.parse(alert.startsAt ?? alert.since ?? '') || 0;

export function AlertsPanel() {
  useTick();
  const { alerts } = useApp();
  const sorted = [...alerts].sort(byUrgency);
  if (sorted.length === 0) {
    return <p class="quiet">No limit is breached.</p>;
  }
  return <AlertList alerts={sorted} />;
}

export function AlertList({ alerts }: { alerts: readonly Alert[] }) {
  return (
    <ul class="alerts">
      {alerts.map(alert => (
        // The same limit may have been passed before: one entry for each time.
        <AlertItem key={`${alert.id} ${alert.since}`} alert={alert} />
      ))}
    </ul>
  );
}

function AlertItem({ alert }: { alert: Alert }) {
  const sinceMs = sinceOf(alert);
  const forS = sinceMs > 0 ? (twinNowMs() - sinceMs) / 1000 : undefined;
  return (
    <li class={`alert severity-${alert.severity} state-${alert.state}`}>
      <SeverityMark severity={alert.severity} isHollow={alert.state === 'pending'} />
      <div>
        <p class="alert-summary">{alert.summary}</p>
        <p class="quiet">
          <a href={entityHref(alert.kind, alert.entity)}>{alert.entity}</a>
          {' · '}
          {alert.state === 'firing' ? '' : `${alert.state} `}
          {forS === undefined ? '' : `for ${formatDuration(Math.max(0, forS))}`}
          {alert.runbook && (
            <>
              {' · '}
              <a href={`./docs/runbooks.md#${alert.runbook}`} target="_blank" rel="noreferrer">
                runbook<span class="spoken"> {alert.runbook}</span>
              </a>
            </>
          )}
        </p>
      </div>
    </li>
  );
}
