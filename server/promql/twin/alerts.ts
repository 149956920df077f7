/** The alerts of the twin as Prometheus lists its own, under the labels that Alertmanager gets. */
import type { AlertBook } from '../../alerts/book.ts';
import { alertLabels } from '../../alerts/labels.ts';
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
  book.list().flatMap(alert => {
    const { state, summary, threshold, since, value } = alert;
    if (state === 'resolved') return [];
    const annotations = { summary, threshold: String(threshold) };
    return [
      { labels: alertLabels(alert), annotations, state, activeAt: since, value: valueText(value) },
    ];
  });
