/** Alerts, worst and newest first. */
import type { Alert, Status } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { twinNowMs, useTick } from '../clock.ts';
import { formatCount, formatDuration, plural } from '../format.ts';
import { entityHref } from '../navigate.ts';
import { SeverityMark } from '../parts/severity-mark.tsx';
import { Failure, Waiting } from '../parts/states.tsx';

const SEVERITY = { critical: 0, warning: 1, info: 2 } as const;
const STATE = { firing: 0, pending: 1, resolved: 2 } as const;

/** More than anyone reads, and as many as a browser draws at once without a pause. */
const SHOWN = 200;

export const byUrgency = (one: Alert, other: Alert) =>
  STATE[one.state] - STATE[other.state] ||
  SEVERITY[one.severity] - SEVERITY[other.severity] ||
  sinceOf(other) - sinceOf(one);

const sinceOf = (alert: Alert) => Date.parse(alert.startsAt ?? alert.since ?? '') || 0;

export function AlertsPanel() {
  useTick();
  const { alerts, alertsAnswer, status } = useApp();
  const { isLoaded, error } = alertsAnswer;
  const sorted = [...alerts].sort(byUrgency);
  // Not known is not "none".
  if (!isLoaded) return error ? <Failure what="Alerts" error={error} /> : <Waiting what="alerts" />;
  return (
    <>
      {error && <Failure what="Newer alerts" error={error} />}
      {sorted.length === 0 ? (
        <p class="quiet">{noneText(status?.counts.sources)}</p>
      ) : (
        <AlertList alerts={sorted.slice(0, SHOWN)} />
      )}
      {sorted.length > SHOWN && (
        <p class="quiet">
          and {formatCount(sorted.length - SHOWN)} more, none of them more urgent.
        </p>
      )}
    </>
  );
}

/** Silence is no proof where nobody speaks. */
function noneText(sources: Status['counts']['sources'] | undefined): string {
  if (!sources) return 'No limit is breached.';
  if (sources.up + sources.degraded === 0) {
    return 'Nothing is measured now: no source is up. So no breach of a limit can be seen either.';
  }
  if (sources.down === 0) return 'No limit is breached.';
  return `No limit is breached where it can be seen: ${plural(sources.down, 'source')} down.`;
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
