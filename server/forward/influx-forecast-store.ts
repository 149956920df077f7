/** Forecasts as InfluxDB 1.x points, and the requests that put them there. */
import { FieldType, type IPoint, escape as influxEscape } from 'influx';
import { connectInflux, inTime, isTag, refusalStatus, shownUrl } from './influx-client.ts';
import type { ForecastSeries, InfluxOptions } from './influx-forecast.ts';

const FORECAST_MEASUREMENT = 'orrery_forecast';

export interface Writable {
  readonly series: ForecastSeries;
  readonly points: readonly IPoint[];
}

interface InfluxStore {
  /** Where to, without user and password. */
  readonly target: string;
  /** Rejects when a request fails; writing the same again is harmless. */
  write(batch: readonly Writable[]): Promise<void>;
}

/** InfluxDB counts in nanoseconds from 1677 to 2262; it answers 400 outside. */
const LAST_MS = Date.UTC(2262, 3, 11);
const DEFAULT_TIMEOUT_MS = 15_000;
/** Malformed, too large, not processable: the same request will fail again. */
const REFUSALS = [400, 413, 422];

/** @throws TypeError for a malformed URL. */
export function influxStore(options: InfluxOptions): InfluxStore {
  const { database = 'orrery', timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const url = new URL(options.url);
  const client = connectInflux({ url, database, timeoutMs });
  client.addSchema({ ...SCHEMA, database });
  const written = new Map<string, ForecastSeries>();
  let created = false;

  async function write(batch: readonly Writable[]): Promise<void> {
    if (!created) await inTime(client.createDatabase(database), timeoutMs);
    // Should sending fail, somebody may have dropped the database: the next attempt asks for it.
    created = false;
    await inTime(send(batch), timeoutMs);
    created = true;
  }

  async function send(batch: readonly Writable[]): Promise<void> {
    for (const { series } of batch) {
      if (leavesOldPoints(written.get(keyOf(series)), series)) await clear(series);
    }
    await client.writePoints(currentPoints(batch), { database, precision: 'ms' });
    for (const { series } of batch) written.set(keyOf(series), series);
  }

  /** Takes away what earlier forecasts of this series said about the time after its present. */
  async function clear({ entity, signal, fromMs }: ForecastSeries): Promise<void> {
    const [entityText, signalText] = [
      influxEscape.stringLit(entity),
      influxEscape.stringLit(signal),
    ];
    await client.query(
      `DELETE FROM ${FORECAST_MEASUREMENT} WHERE "entity" = ${entityText} ` +
        `AND "signal" = ${signalText} AND time > ${fromMs}ms`,
      { database },
    );
  }

  return { target: shownUrl(url), write };
}

/** Fields and tags of the measurement: the package then writes every number as a float. */
const SCHEMA = {
  measurement: FORECAST_MEASUREMENT,
  fields: {
    yhat: FieldType.FLOAT,
    yhat_lower: FieldType.FLOAT,
    yhat_upper: FieldType.FLOAT,
  },
  tags: ['entity', 'kind', 'signal', 'model'],
};

const keyOf = (series: ForecastSeries) => `${series.entity}\n${series.signal}`;

const endMs = (series: ForecastSeries) => series.fromMs + series.yhat.length * series.stepMs;

/** Without what a later forecast of the same series in the batch says anew, or no longer says. */
function currentPoints(batch: readonly Writable[]): IPoint[] {
  const supersededMs = new Map<string, number>();
  const newestFirst = batch.toReversed().map(({ series, points }) => {
    const untilMs = supersededMs.get(keyOf(series)) ?? Number.POSITIVE_INFINITY;
    supersededMs.set(keyOf(series), Math.min(untilMs, series.fromMs));
    return points.filter(({ timestamp }) => Number(timestamp) <= untilMs);
  });
  return newestFirst.reverse().flat();
}

/** The same model on the same grid, at least as far: every old point is overwritten. */
function leavesOldPoints(before: ForecastSeries | undefined, series: ForecastSeries): boolean {
  return (
    before === undefined ||
    before.model !== series.model ||
    before.stepMs !== series.stepMs ||
    (series.fromMs - before.fromMs) % series.stepMs !== 0 ||
    endMs(series) < endMs(before)
  );
}

/** Points that InfluxDB can hold: named, finite and before 2262; the rest is left out. */
export function pointsOf(series: ForecastSeries): IPoint[] {
  const { entity, kind, signal, model, fromMs, stepMs, yhat, lower, upper } = series;
  const tags = { entity, kind, signal, model };
  if (!Object.values(tags).every(isTag)) return [];
  const points: IPoint[] = [];
  for (let i = 0; i < yhat.length; i++) {
    const timestamp = fromMs + (i + 1) * stepMs;
    const fields = { yhat: yhat[i], yhat_lower: lower[i], yhat_upper: upper[i] };
    if (!(timestamp < LAST_MS) || !Object.values(fields).every(Number.isFinite)) continue;
    points.push({ measurement: FORECAST_MEASUREMENT, tags, fields, timestamp });
  }
  return points;
}

/** True when the server answered that this request is wrong, so that trying again is useless. */
export function isRefusal(error: unknown): boolean {
  const status = refusalStatus(error);
  return status !== undefined && REFUSALS.includes(status);
}
