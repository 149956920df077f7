/**
 * Pushes alerts to Alertmanager's v2 API: firing ones are sent again and again, since it forgets an
 * alert that is not renewed; resolved ones carry their end. What cannot be delivered waits.
 */
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Alert, AlertBook } from './book.ts';

export const alertmanagerConfig = z.strictObject({
  urls: z.array(z.url({ protocol: /^https?$/ })).min(1),
  resendS: z.number().min(5).max(240).default(60).describe('Below the 5 minutes it remembers.'),
  labels: z.record(z.string(), z.string()).default({}).describe('Labels for every alert.'),
  runbookBase: z
    .string()
    .default('https://example.org/orrery/runbooks.md')
    .describe('Where docs/runbooks.md is published; the heading is appended.'),
});
export type AlertmanagerConfig = z.output<typeof alertmanagerConfig>;

export interface AlertPush {
  start(): void;
  stop(): Promise<void>;
  stats(): { sent: number; failed: number; refused: number; waiting: number; lastError?: string };
}

interface Posted {
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly startsAt?: string;
  readonly endsAt?: string;
}

const MAX_WAITING = 50_000;
const BATCH = 500;
const RETRY_MS = 2000;

export function createAlertPush(
  config: AlertmanagerConfig,
  book: AlertBook,
  log: Logger,
): AlertPush {
  /** Newest version of each alert that some Alertmanager has not taken yet, by URL. */
  const waiting = new Map(config.urls.map(url => [url, new Map<string, Posted>()]));
  const stats = { sent: 0, failed: 0, refused: 0, lastError: undefined as string | undefined };
  let timers: NodeJS.Timeout[] = [];
  let flushing: Promise<void> = Promise.resolve();

  const queue = (alerts: readonly Alert[]) => {
    for (const alert of alerts) {
      for (const pending of waiting.values()) {
        if (pending.size < MAX_WAITING) pending.set(alert.id, postOf(alert, config));
      }
    }
  };

  async function flush() {
    for (const [url, pending] of waiting) {
      const batch = [...pending].slice(0, BATCH);
      if (batch.length === 0) continue;
      const outcome = await post(
        url,
        batch.map(([, alert]) => alert),
      );
      if (outcome.isDelivered) {
        stats.sent += batch.length - outcome.refused;
        stats.refused += outcome.refused;
        // A newer version may have come meanwhile: only what was sent is done.
        for (const [id, alert] of batch) if (pending.get(id) === alert) pending.delete(id);
      } else {
        stats.failed++;
      }
      if (outcome.error && outcome.error !== stats.lastError) {
        log.warn({ url, error: outcome.error }, 'Alertmanager did not take all alerts');
      }
      stats.lastError = outcome.error;
    }
  }

  const flushSoon = () => {
    flushing = flushing.then(flush);
    return flushing;
  };

  book.onChange((fired, resolved) => {
    queue([...fired, ...resolved]);
    void flushSoon();
  });
  return {
    start() {
      const firing = () => book.list().filter(alert => alert.state === 'firing');
      timers = [
        setInterval(() => queue(firing()), 1000 * config.resendS),
        setInterval(() => void flushSoon(), RETRY_MS),
      ];
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await flushing;
    },
    stats: () => ({
      sent: stats.sent,
      failed: stats.failed,
      refused: stats.refused,
      waiting: Math.max(...[...waiting.values()].map(pending => pending.size)),
      ...(stats.lastError ? { lastError: stats.lastError } : {}),
    }),
  };
}

function postOf(alert: Alert, config: AlertmanagerConfig): Posted {
  return {
    labels: {
      ...config.labels,
      alertname: `Orrery${alert.limit[0].toUpperCase()}${alert.limit.slice(1)}`,
      severity: alert.severity,
      entity: alert.entity,
      kind: alert.kind,
      ...alert.place,
    },
    annotations: {
      summary: alert.summary,
      runbook_url: `${config.runbookBase}#${alert.runbook}`,
      value: String(alert.value),
      threshold: String(alert.threshold),
    },
    ...(alert.startsAt ? { startsAt: alert.startsAt } : {}),
    ...(alert.endsAt ? { endsAt: alert.endsAt } : {}),
  };
}

interface Outcome {
  readonly isDelivered: boolean;
  readonly refused: number;
  readonly error?: string;
}

/**
 * Alertmanager answers 400 when one alert is bad, and stores the good ones: those are delivered, and
 * sending the whole batch again would not help.
 */
async function post(url: string, alerts: readonly Posted[]): Promise<Outcome> {
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts),
      signal: AbortSignal.timeout(10_000),
    });
    const text = response.ok ? '' : (await response.text()).slice(0, 500);
    if (response.ok) return { isDelivered: true, refused: 0 };
    const error = `HTTP ${response.status}: ${text}`;
    if (response.status !== 400) return { isDelivered: false, refused: 0, error };
    return { isDelivered: true, refused: Math.max(1, text.split('; ').length), error };
  } catch (error) {
    const { message, cause } = error as Error;
    return {
      isDelivered: false,
      refused: 0,
      error: `${message}: ${(cause as Error)?.message ?? ''}`,
    };
  }
}
