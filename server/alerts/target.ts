/** One Alertmanager: what waits for it, the attempts to deliver, and how it answers. */
import type { Logger } from 'pino';
import { createPoster, type Poster } from '../outgoing/post.ts';
import type { AlertmanagerConfig, PostedAlert } from './alertmanager.ts';
import type { Alert } from './book.ts';

export interface TargetHealth {
  readonly url: string;
  readonly state: 'starting' | 'up' | 'down';
  /** Alerts that it took, that it refused, and attempts that failed, since start. */
  readonly sent: number;
  readonly refused: number;
  readonly failed: number;
  readonly waiting: number;
  /** Given up because too many waited. */
  readonly dropped: number;
  readonly lastSuccess?: string;
  readonly lastError?: string;
}

export interface Target {
  /** The newest version of each alert waits; an older one is replaced. */
  queue(alerts: readonly Alert[]): void;
  stop(): Promise<void>;
  health(): TargetHealth;
}

interface TargetOptions {
  readonly url: string;
  readonly config: AlertmanagerConfig;
  readonly compose: (alert: Alert) => PostedAlert;
  readonly log: Logger;
  readonly retryMs?: readonly [first: number, longest: number];
}

const MAX_WAITING = 50_000;
const BATCH = 500;
const RETRY_MS = [1000, 30_000] as const;
const TIMEOUT_S = 10;

export function createTarget(options: TargetOptions): Target {
  const { url, config, compose, log, retryMs = RETRY_MS } = options;
  const poster = createPoster({
    ...config,
    url: `${url.replace(/\/+$/, '')}/api/v2/alerts`,
    timeoutS: TIMEOUT_S,
  });
  const waiting = new Map<string, Alert>();
  const counts = { sent: 0, refused: 0, failed: 0, dropped: 0 };
  let failuresInARow = 0;
  let lastSuccess: string | undefined;
  let lastError: string | undefined;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  function wake(afterMs: number) {
    if (timer || isStopped) return;
    timer = setTimeout(() => {
      timer = undefined;
      void flush();
    }, afterMs);
  }

  function flush(): Promise<void> {
    running ??= drain().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function drain() {
    while (waiting.size > 0) {
      const batch = [...waiting].slice(0, BATCH);
      const outcome = await deliver(
        poster,
        batch.map(([, alert]) => compose(alert)),
      );
      lastError = outcome.error;
      if (!outcome.isDelivered) {
        counts.failed++;
        noteFailure();
        wake(Math.min(retryMs[1], retryMs[0] * 2 ** failuresInARow++));
        return;
      }
      if (outcome.error) log.warn({ url, error: outcome.error }, 'Alertmanager refused alerts');
      if (failuresInARow > 0) log.info({ url }, 'Alertmanager takes alerts again');
      failuresInARow = 0;
      lastSuccess = new Date().toISOString();
      counts.sent += batch.length - outcome.refused;
      counts.refused += outcome.refused;
      // A newer version may have come meanwhile: only what was sent is done.
      for (const [id, alert] of batch) if (waiting.get(id) === alert) waiting.delete(id);
    }
  }

  function noteFailure() {
    if (failuresInARow > 0) return;
    log.warn({ url, error: lastError }, 'Alertmanager does not take alerts; they wait');
  }

  return {
    queue(alerts) {
      for (const alert of alerts) {
        if (waiting.size < MAX_WAITING || waiting.has(alert.id)) waiting.set(alert.id, alert);
        else counts.dropped++;
      }
      if (failuresInARow === 0) wake(0);
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
      if (failuresInARow === 0) await flush();
      poster.close();
    },
    health: () => ({
      url,
      state: failuresInARow > 0 ? 'down' : lastSuccess === undefined ? 'starting' : 'up',
      ...counts,
      waiting: waiting.size,
      ...(lastSuccess ? { lastSuccess } : {}),
      ...(lastError ? { lastError } : {}),
    }),
  };
}

interface Outcome {
  readonly isDelivered: boolean;
  readonly refused: number;
  readonly error?: string;
}

/**
 * Alertmanager answers 400 in two ways. A text: some alerts are bad, the good ones are stored, so
 * sending the batch again would not help. An object with a code: the message as a whole did not
 * pass, nothing is stored; halves of it are tried until the bad ones stand alone.
 */
async function deliver(poster: Poster, alerts: readonly PostedAlert[]): Promise<Outcome> {
  const answer = await poster.post(Buffer.from(JSON.stringify(alerts)), JSON_HEADERS);
  if (answer.status >= 200 && answer.status < 300) return { isDelivered: true, refused: 0 };
  const error = answer.status === 0 ? answer.text : `HTTP ${answer.status}: ${answer.text}`;
  if (answer.status !== 400) return { isDelivered: false, refused: 0, error };
  if (!answer.text.trimStart().startsWith('{')) {
    const refused = Math.min(alerts.length, answer.text.split('; ').length);
    return { isDelivered: true, refused, error };
  }
  if (alerts.length === 1) return { isDelivered: true, refused: 1, error };
  const half = Math.ceil(alerts.length / 2);
  const first = await deliver(poster, alerts.slice(0, half));
  if (!first.isDelivered) return first;
  const second = await deliver(poster, alerts.slice(half));
  const refused = first.refused + second.refused;
  return { ...second, refused, error: second.error ?? first.error };
}

const JSON_HEADERS = { 'content-type': 'application/json' };
