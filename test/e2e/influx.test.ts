/** Forecasts into the real InfluxDB 1.x and back, through its failures. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { InfluxDB } from 'influx';
import pino from 'pino';
import { type ForecastSeries, influxForecasts } from '../../server/forward/influx-forecast.ts';
import { createInfluxd, type Influxd, influxdMissing } from '../support/influxd.ts';

const skip = influxdMissing() ?? false;
const log = pino({ level: 'silent' });
const STEP_MS = 900_000;
const WEEK_MS = 7 * 86_400_000;
/** The epoch was a Thursday; InfluxDB's shards begin on Mondays. */
const MONDAY_MS = 4 * 86_400_000;
/**
 * A Monday ahead, on the grid: every point is in the future, and in one shard. InfluxDB 1.6 now and
 * then keeps points of a shard that was made a moment ago, though it says that it deleted them.
 */
const FROM_MS = Math.ceil((Date.now() - MONDAY_MS) / WEEK_MS) * WEEK_MS + MONDAY_MS;
let influxd: Influxd;

before(async () => {
  if (skip) return;
  influxd = await createInfluxd();
  await influxd.start();
});
after(() => influxd?.remove());

const series = (extra: Partial<ForecastSeries> = {}, steps = 24): ForecastSeries => ({
  ...{ entity: "campus-1/hall 1, row=A's", kind: 'row', signal: 'powerW', model: 'linear' },
  ...{ fromMs: FROM_MS, stepMs: STEP_MS },
  yhat: Float64Array.from({ length: steps }, (_, h) => 1000 + h),
  lower: Float64Array.from({ length: steps }, (_, h) => 900 - h),
  upper: Float64Array.from({ length: steps }, (_, h) => 1100.5 + h),
  ...extra,
});

const sink = (database: string, extra = {}) =>
  influxForecasts({ url: influxd.url, database, log, retryMs: [20, 100], ...extra });

interface Row {
  time: Date;
  model: string;
  entity: string;
  yhat: number;
  yhat_lower: number;
  yhat_upper: number;
}

/** With the upper bound of time that InfluxDB needs for the future. */
async function read(database: string, what = '*', rest = ''): Promise<Row[]> {
  const { hostname, port } = new URL(influxd.url);
  const client = new InfluxDB({ host: hostname, port: Number(port), database });
  const untilMs = FROM_MS + 30 * 86_400_000;
  return client.query<Row>(
    `SELECT ${what} FROM orrery_forecast WHERE time > now() AND time < ${untilMs}ms ${rest}`,
  );
}

test('a forecast comes back with its band and future times', { skip }, async () => {
  const forecasts = sink('plain');
  assert.equal(forecasts.health().state, 'starting');
  forecasts.write(series());
  assert.equal(await forecasts.flush(), true);
  const rows = await read('plain');
  assert.equal(rows.length, 24);
  assert.equal(rows[0].time.getTime(), FROM_MS + STEP_MS);
  assert.equal(rows[23].time.getTime(), FROM_MS + 24 * STEP_MS);
  assert.equal(rows[3].yhat, 1003);
  assert.equal(rows[3].yhat_lower, 897);
  assert.equal(rows[3].yhat_upper, 1103.5);
  assert.equal(rows[3].entity, series().entity);
  const { state, writtenPoints, queuedPoints } = forecasts.health();
  assert.deepEqual(
    { state, writtenPoints, queuedPoints },
    { state: 'up', writtenPoints: 24, queuedPoints: 0 },
  );
  await forecasts.stop();
});

test('GROUP BY time() over the future works with an upper bound', { skip }, async () => {
  const rows = await read('plain', 'mean("yhat") AS "yhat"', 'GROUP BY time(1h) fill(none)');
  assert.ok(rows.length >= 6);
  assert.ok(rows.every(row => row.yhat >= 1000 && row.yhat <= 1023));
});

test('a newer forecast replaces the older one, also by another model', { skip }, async () => {
  const forecasts = sink('replace');
  forecasts.write(series());
  forecasts.write(series({ yhat: new Float64Array(24).fill(5), fromMs: FROM_MS + STEP_MS }));
  await forecasts.flush();
  assert.deepEqual(new Set((await read('replace')).map(row => row.yhat)), new Set([1000, 5]));
  // Another model, then another step, then another phase: of the one before nothing may stay.
  const later = FROM_MS + STEP_MS;
  forecasts.write(series({ model: 'robust-linear', fromMs: later }));
  await forecasts.flush();
  const after = async () =>
    (await read('replace')).filter(row => row.entity !== 'other' && row.time.getTime() > later);
  assert.deepEqual(new Set((await after()).map(row => row.model)), new Set(['robust-linear']));
  const hour = { stepMs: 4 * STEP_MS, fromMs: later, model: 'robust-linear' };
  forecasts.write(series(hour));
  await forecasts.flush();
  assert.ok((await after()).every(row => (row.time.getTime() - later) % hour.stepMs === 0));
  // Off the grid of the one before.
  forecasts.write(series({ ...hour, fromMs: later + STEP_MS }));
  await forecasts.flush();
  assert.ok((await after()).every(row => (row.time.getTime() - later) % hour.stepMs !== 0));
  // A shorter horizon: what was said about later times must not stay.
  forecasts.write(series({ model: 'robust-linear', yhat: new Float64Array(4).fill(7) }));
  forecasts.write(series({ entity: 'other' }));
  await forecasts.flush();
  const rows = (await read('replace')).filter(row => row.entity !== 'other');
  assert.deepEqual(
    rows.map(row => [row.model, row.yhat]),
    Array.from({ length: 4 }, () => ['robust-linear', 7]),
  );
  await forecasts.stop();

  // Both waited for the server: the newer one counts, where the older one said more as well.
  const together = sink('together');
  together.write(series({ stepMs: 2 * STEP_MS }));
  together.write(series({ model: 'robust-linear', yhat: new Float64Array(4).fill(7) }));
  await together.flush();
  assert.deepEqual(
    (await read('together')).map(row => row.yhat),
    [7, 7, 7, 7],
  );
  await together.stop();

  const restarted = sink('replace');
  restarted.write(series({ yhat: new Float64Array(2).fill(9) }));
  await restarted.flush();
  const left = (await read('replace')).filter(row => row.entity !== 'other');
  assert.deepEqual(
    left.map(row => [row.model, row.yhat]),
    [
      ['linear', 9],
      ['linear', 9],
    ],
  );
  await restarted.stop();
});

test('what cannot be written is left out and counted, the rest arrives', { skip }, async () => {
  const forecasts = sink('partial');
  forecasts.write(series({ yhat: Float64Array.of(1, Number.NaN, 3, Number.POSITIVE_INFINITY) }));
  forecasts.write(series({ entity: 'far', fromMs: Date.UTC(2262, 3, 10) }, 200));
  forecasts.write(series({ entity: 'line\nbreak,x=y value=1' }));
  assert.equal(await forecasts.flush(), true);
  const { dropped, writtenPoints } = forecasts.health();
  assert.equal((await read('partial')).length, 2);
  assert.equal(writtenPoints, 2 + 95);
  assert.deepEqual(dropped, { 'no name, not finite or past the year 2262': 2 + 105 + 24 });
  await forecasts.stop();
});

test('many forecasts go in batches', { skip }, async () => {
  const forecasts = sink('batches', { batchPoints: 100 });
  for (let i = 0; i < 40; i++) forecasts.write(series({ entity: `rack-${i}` }));
  assert.equal(await forecasts.flush(), true);
  assert.equal((await read('batches')).length, 40 * 24);
  await forecasts.stop();
});

test('a dropped database is made again', { skip }, async () => {
  const forecasts = sink('lost');
  forecasts.write(series());
  await forecasts.flush();
  const { hostname, port } = new URL(influxd.url);
  await new InfluxDB({ host: hostname, port: Number(port) }).dropDatabase('lost');
  forecasts.write(series());
  await until(() => forecasts.health().writtenPoints === 48);
  assert.equal((await read('lost')).length, 24);
  assert.equal(forecasts.health().state, 'up');
  await forecasts.stop();
});

test('forecasts wait while InfluxDB is dead and arrive when it is back', { skip }, async () => {
  const forecasts = sink('dead');
  await influxd.halt();
  forecasts.write(series());
  assert.equal(await forecasts.flush(), false);
  await until(() => forecasts.health().retries >= 3);
  const { state, lastError, queuedPoints } = forecasts.health();
  assert.equal(state, 'down');
  assert.match(lastError!, /ECONNREFUSED/);
  assert.equal(queuedPoints, 24);
  await influxd.start();
  await until(() => forecasts.health().queuedPoints === 0);
  assert.equal((await read('dead')).length, 24);
  assert.equal(forecasts.health().state, 'up');
  assert.equal(forecasts.health().lastError, undefined);
  await forecasts.stop();
});

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (condition()) return;
    await sleep(50);
  }
  assert.fail('did not happen within 10 s');
}
