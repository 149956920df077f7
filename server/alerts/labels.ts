/** The labels of an alert outside: they are its identity there, so they never change while it stands. */
import type { Alert } from './book.ts';

export function alertLabels(alert: Alert): Readonly<Record<string, string>> {
  const { limit, severity, signal, entity, kind, escalation, place } = alert;
  return {
    alertname: `Orrery${limit[0].toUpperCase()}${limit.slice(1)}`,
    ...{ severity, limit, signal, entity, kind },
    ...(escalation === undefined ? {} : { escalation: String(escalation) }),
    ...place,
  };
}
