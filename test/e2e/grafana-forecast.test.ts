/**
 * The InfluxDB queries of the forecast board against the real InfluxDB, holding forecasts that the
 * server's own writer put there.
 */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import pino from 'pino';
import { buildBoards } from '../../dashboards/grafana/build.ts';
import { BOARD_UIDS, FORECAST_MEASUREMENT } from '../../dashboards/grafana/settings.ts';
import { influxForecasts } from '../../server/forward/influx-forecast.ts';
import { type BoardQuery, queriesOf, substitute } from '../support/board-queries.ts';
import { createInfluxd, type Influxd, influxdMissing } from '../support/influxd.ts';

const skip = influxdMissing() ?? false;
const STEP_MS = 900_000;
const STEPS = 24;
const NOW_MS = Math.floor(Date.now() / STEP_MS) * STEP_MS;
/** Every character that a quote or a pattern could trip over. */
const ENTITY = "campus-1/hall 1, row=A's";

const QUERIES = buildBoards()
  .filter(board => board.uid === BOARD_UIDS.forecast)
  .flatMap(queriesOf)
  .filter(query => query.source === 'influxdb');
const PANELS = QUERIES.filter(query => query.kind === 'panel');

/** As Grafana renders it: always with both bounds. */
const TIME_FILTER = `time >= ${NOW_MS - 86_400_000}ms and time <= ${NOW_MS + 43_200_000}ms`;
const CHOSEN = { kind: 'row', entity: ENTITY, timeFilter: TIME_FILTER, __interval: '15m' };

let influxd: Influxd;

before(async () => {
  if (skip) return;
  influxd = await createInfluxd();
  await influxd.start();
  const forecasts = influxForecasts({ url: influxd.url, log: pino({ level: 'silent' }) });
  const flat = (value: number) => new Float64Array(STEPS).fill(value);
  for (const [signal, yhat] of [
    ['powerW', 8000],
    ['heatW', 7000],
    ['gpusAllocatedCount', 6],
  ] as const) {
    forecasts.write({
      ...{ entity: ENTITY, kind: 'row', signal, model: 'linear', fromMs: NOW_MS, stepMs: STEP_MS },
      ...{ yhat: flat(yhat), lower: flat(yhat / 2), upper: flat(yhat * 2) },
    });
  }
  assert.equal(await forecasts.flush(), true);
  await forecasts.stop();
});
after(() => influxd?.remove());

interface Series {
  readonly name: string;
  readonly values: readonly (readonly (string | number)[])[];
}

async function ask(query: string): Promise<readonly Series[]> {
  const body = new URLSearchParams({ q: query, db: 'orrery', epoch: 'ms' });
  const response = await fetch(`${influxd.url}/query`, { method: 'POST', body });
  const { results } = (await response.json()) as {
    results: { series?: Series[]; error?: string }[];
  };
  assert.equal(results[0].error, undefined, query);
  return results[0].series ?? [];
}

const rendered = (query: BoardQuery, values: Readonly<Record<string, string>> = CHOSEN) =>
  substitute(query.text, values);

test('every forecast panel draws the future with its band', { skip }, async () => {
  assert.equal(PANELS.length, 9);
  const found: Record<string, number[]> = {};
  for (const query of PANELS) {
    const [series] = await ask(rendered(query));
    assert.ok(series, `${query.of}: ${query.text}`);
    assert.equal(series.name, FORECAST_MEASUREMENT);
    const times = series.values.map(([time]) => Number(time));
    assert.equal(series.values.length, STEPS);
    assert.ok(Math.max(...times) > Date.now() + 5 * 3_600_000, 'hours ahead');
    found[query.of] = [...(found[query.of] ?? []), Number(series.values[0][1])];
  }
  assert.deepEqual(found, {
    Power: [8000, 4000, 16_000],
    Heat: [7000, 3500, 14_000],
    'GPUs allocated': [6, 3, 12],
  });
});

test('without the upper bound InfluxDB hides the future, which is why it is there', {
  skip,
}, async () => {
  const open = { ...CHOSEN, timeFilter: `time >= ${NOW_MS - 86_400_000}ms` };
  const [series] = await ask(rendered(PANELS[0], open));
  assert.ok((series?.values.length ?? 0) < STEPS / 2);
});

test('another entity or level has no forecast', { skip }, async () => {
  assert.deepEqual(await ask(rendered(PANELS[0], { ...CHOSEN, entity: 'campus-1' })), []);
  assert.deepEqual(await ask(rendered(PANELS[0], { ...CHOSEN, kind: 'rack' })), []);
});

test('the entity variable lists what has a forecast at the chosen level', { skip }, async () => {
  const [variable] = QUERIES.filter(query => query.kind === 'variable');
  const [series] = await ask(rendered(variable));
  assert.deepEqual(series.values, [['entity', ENTITY]]);
  assert.deepEqual(await ask(rendered(variable, { ...CHOSEN, kind: 'rack' })), []);
});
