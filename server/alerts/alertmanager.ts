/**
 * Pushes alerts to Alertmanagers: firing ones are sent again and again, since an alert that is not
 * renewed ends there; resolved ones carry their end. Superseded ones go too: they have not ended, and
 * label `escalation` lets Alertmanager silence them. Each Alertmanager has its own queue, so one that
 * is dead or slow delays no other.
 */
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { labelNameField, urlField } from '../config-fields.ts';
import { tlsField } from '../outgoing/agent.ts';
import { authFields } from '../outgoing/auth.ts';
import type { Alert, AlertBook } from './book.ts';
import { alertLabels } from './labels.ts';
import { createTarget, type Target, type TargetHealth } from './target.ts';

export const alertmanagerConfig = z.strictObject({
  urls: z.array(urlField).min(1).describe('All members of a cluster.'),
  ...authFields,
  tls: tlsField,
  resendS: z
    .number()
    .min(1)
    .max(240)
    .default(60)
    .describe('Firing alerts are renewed this often; one that is not ends after four times this.'),
  labels: z.record(labelNameField, z.string()).default({}).describe('Labels for every alert.'),
  runbookBase: z
    .string()
    .optional()
    .describe('Where docs/runbooks.md is published; by default this service serves it.'),
});
export type AlertmanagerConfig = z.output<typeof alertmanagerConfig>;

export interface AlertPush {
  start(): void;
  /** One last attempt for what waits. */
  stop(): Promise<void>;
  targets(): readonly TargetHealth[];
}

interface AlertPushOptions {
  readonly config: AlertmanagerConfig;
  readonly book: AlertBook;
  readonly clock: Clock;
  /** Where people reach this service, once it listens. */
  readonly publicUrl: () => string;
  readonly log: Logger;
}

export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly generatorURL: string;
  readonly startsAt?: string;
  readonly endsAt?: string;
}

export function createAlertPush(options: AlertPushOptions): AlertPush {
  const { config, book, log } = options;
  const compose = (alert: Alert) => posted(alert, options);
  const targets: Target[] = config.urls.map(url => createTarget({ url, config, compose, log }));
  let timer: NodeJS.Timeout | undefined;
  const queue = (alerts: readonly Alert[]) => {
    for (const target of targets) target.queue(alerts);
  };
  book.onChange((fired, resolved) => queue([...fired, ...resolved]));
  return {
    start() {
      const renew = () => queue(book.list().filter(alert => alert.state === 'firing'));
      timer = setInterval(renew, 1000 * config.resendS);
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(targets.map(target => target.stop()));
    },
    targets: () => targets.map(target => target.health()),
  };
}

const LEAST_VALID_MS = 180_000;

/**
 * Made anew for each attempt: an alert that waited for long must not arrive as one that has ended.
 * Times are the wall's, even where the twin's clock runs faster.
 */
function posted(alert: Alert, { config, clock, publicUrl }: AlertPushOptions): PostedAlert {
  const wall = (at: string) => wallTime(clock, Date.parse(at));
  const base = config.runbookBase ?? `${publicUrl()}/docs/runbooks.md`;
  const validMs = Math.max(LEAST_VALID_MS, 4000 * config.resendS);
  const endsAt = alert.endsAt ? wall(alert.endsAt) : new Date(Date.now() + validMs).toISOString();
  return {
    labels: { ...config.labels, ...alertLabels(alert) },
    annotations: {
      summary: alert.summary,
      runbook_url: `${base}#${alert.runbook}`,
      value: String(alert.value),
      threshold: String(alert.threshold),
    },
    generatorURL: `${publicUrl()}/#/${alert.kind}/${encodeURIComponent(alert.entity)}`,
    startsAt: wall(alert.startsAt ?? alert.since),
    endsAt,
  };
}

function wallTime(clock: Clock, atMs: number): string {
  const agoMs = Math.max(0, clock.now() - atMs) / clock.speed;
  return new Date(Date.now() - agoMs).toISOString();
}
