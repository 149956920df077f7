/** The alerts of the twin as Prometheus lists its own, under the labels that Alertmanager gets. */
import type { AlertBook } from '../../alerts/book.ts';
import { valueText } from '../number-text.ts';

export interface PromAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  /** RFC 3339. */
  readonly activeAt: string;
  readonly value: string;
}

export const promAlerts = (book: Pick<AlertBook, 'list'>): PromAlert[] =>
  book.list().flatMap(({ state, limit, severity, entity, kind, place, ...alert }) =>
    state === 'resolved'
      ? []
      : [
          {
            labels: {
              ...{ alertname: `Orrery${limit[0].toUpperCase()}${limit.slice(1)}`, severity },
              ...{ limit, entity, kind, ...place },
            },
            annotations: { summary: alert.summary, threshold: String(alert.threshold) },
            ...{ state, activeAt: alert.since, value: valueText(alert.value) },
          },
        ],
  );
