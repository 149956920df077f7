/**
 * Writes forecasts to InfluxDB 1.x, the one store in reach that takes future timestamps without
 * harm. Reading them back needs an explicit upper bound of time: `GROUP BY time()` stops at now.
 */
import type { Logger } from 'pino';
import type { Kind } from '../../twin/index.ts';
import { influxStore, isRefusal, pointsOf, type Writable } from './influx-forecast-store.ts';

/** One forecast. Align `fromMs` to `stepMs`: then each forecast overwrites the one before. */
export interface ForecastSeries {
  readonly entity: string;
  readonly kind: Kind;
  /** Signal id. */
  readonly signal: string;
  readonly model: string;
  /** Epoch ms of the present; point i is at `fromMs + (i + 1) * stepMs`. */
  readonly fromMs: number;
  readonly stepMs: number;
  /** In the signal's unit; all of one length. */
  readonly yhat: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface InfluxOptions {
  /** `http://user:password@host:8086`; the password never shows in health or logs. */
  readonly url: string;
  /** Created when missing; default 'orrery'. */
  readonly database?: string;
  readonly log: Logger;
  /** Points a request; default 5000. */
  readonly batchPoints?: number;
  /** Points that may wait; default 100,000 (some 30 MB). Beyond, the oldest forecasts go. */
  readonly queuedPointsMax?: number;
  /** First and longest pause after a failure; default 1 s and 60 s. */
  readonly retryMs?: readonly [first: number, longest: number];
  /** One request; default 15 s. */
  readonly timeoutMs?: number;
}

interface InfluxHealth {
  /** Without user and password. */
  readonly target: string;
  readonly state: 'starting' | 'up' | 'down';
  readonly queuedPoints: number;
  readonly writtenPoints: number;
  /** Points not written, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Requests that failed and were tried again. */
  readonly retries: number;
  readonly lastSuccessMs?: number;
  readonly lastError?: string;
}

export interface InfluxForecasts {
  /** Queues a forecast and returns at once; it is written in the background. */
  write(series: ForecastSeries): void;
  /** Tries now. True when nothing is left waiting. */
  flush(): Promise<boolean>;
  health(): InfluxHealth;
  /** One last attempt; what is then left is counted as dropped. */
  stop(): Promise<void>;
}

/** @throws TypeError for a malformed URL. */
export function influxForecasts(options: InfluxOptions): InfluxForecasts {
  const { batchPoints = 5000, queuedPointsMax = 100_000, retryMs = [1000, 60_000], log } = options;
  const store = influxStore(options);
  const queue: Writable[] = [];
  const dropped: Record<string, number> = {};
  let queuedPoints = 0;
  let writtenPoints = 0;
  let retries = 0;
  let failuresInARow = 0;
  let lastSuccessMs: number | undefined;
  let lastError: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<boolean> | undefined;
  let stopped = false;
  // After a refusal one forecast at a time, so that only the bad one is lost.
  let single = false;

  const drop = (why: string, count: number) => {
    if (count > 0) dropped[why] = (dropped[why] ?? 0) + count;
  };

  function write(series: ForecastSeries): void {
    const points = pointsOf(series);
    drop('no name, not finite or past the year 2262', series.yhat.length - points.length);
    if (stopped) drop('stopped', points.length);
    if (stopped || points.length === 0) return;
    queue.push({ series, points });
    queuedPoints += points.length;
    bound();
    if (failuresInARow === 0) schedule(0);
  }

  /** The newest forecast stays, whatever its size. */
  function bound(): void {
    while (queuedPoints > queuedPointsMax && queue.length > 1) {
      const points = queue.shift()!.points.length;
      queuedPoints -= points;
      drop('queue full', points);
    }
  }

  function schedule(afterMs: number): void {
    if (timer || stopped) return;
    timer = setTimeout(() => {
      timer = undefined;
      void flush();
    }, afterMs);
    timer.unref();
  }

  function flush(): Promise<boolean> {
    running ??= drain().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function drain(): Promise<boolean> {
    while (queue.length > 0) {
      const batch = takeBatch(queue, single ? 1 : batchPoints);
      const points = pointCount(batch);
      try {
        await store.write(batch);
        queuedPoints -= points;
        writtenPoints += points;
        failuresInARow = 0;
        lastError = undefined;
        lastSuccessMs = Date.now();
      } catch (error) {
        if (!settleFailure(batch, error)) return false;
      }
    }
    single = false;
    return true;
  }

  /** False: wait before the next attempt. */
  function settleFailure(batch: readonly Writable[], error: unknown): boolean {
    lastError = error instanceof Error ? error.message : String(error);
    if (isRefusal(error) && batch.length === 1) {
      queuedPoints -= pointCount(batch);
      drop('refused', pointCount(batch));
      log.warn({ target: store.target, error: lastError }, 'InfluxDB refused a forecast');
      return true;
    }
    queue.unshift(...batch);
    bound();
    if (isRefusal(error)) {
      single = true;
      return true;
    }
    if (failuresInARow === 0) {
      log.warn({ target: store.target, error: lastError }, 'InfluxDB does not take forecasts');
    }
    retries++;
    schedule(Math.min(retryMs[1], retryMs[0] * 2 ** failuresInARow));
    failuresInARow++;
    return false;
  }

  function health(): InfluxHealth {
    const state = failuresInARow > 0 ? 'down' : lastSuccessMs === undefined ? 'starting' : 'up';
    const { target } = store;
    const counts = { queuedPoints, writtenPoints, dropped: { ...dropped }, retries };
    return { target, state, ...counts, lastSuccessMs, lastError };
  }

  async function stop(): Promise<void> {
    stopped = true;
    clearTimeout(timer);
    await flush();
    drop('stopped', pointCount(queue.splice(0)));
    queuedPoints = 0;
  }

  return { write, flush, health, stop };
}

const pointCount = (batch: readonly Writable[]) =>
  batch.reduce((sum, each) => sum + each.points.length, 0);

/** Takes the oldest forecasts off the queue: whole ones, at least one, up to so many points. */
function takeBatch(queue: Writable[], pointsMax: number): Writable[] {
  let count = 0;
  let points = 0;
  while (count < queue.length && (count === 0 || points < pointsMax)) {
    points += queue[count++].points.length;
  }
  return queue.splice(0, count);
}
