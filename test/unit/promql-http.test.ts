/** Limits, errors and formats of the read API. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { countValueText, timeText, valueText } from '../../server/promql/number-text.ts';
import type { SeriesStore } from '../../server/promql/series-store.ts';
import { createTurns } from '../../server/promql/turns.ts';
import { memorySeries } from '../support/memory-series.ts';
import { serveApi } from '../support/prom-api.ts';

const NOW_MS = Date.UTC(2026, 2, 1);
const now = () => NOW_MS;

const HUNDRED = memorySeries(
  Array.from({ length: 100 }, (_, i) => ({
    ...{ name: 'v', labels: { host: `h${i}` } },
    samples: [{ atMs: NOW_MS - 1000, value: i }],
  })),
);

async function served(t: TestContext, store: SeriesStore, limits: Record<string, unknown> = {}) {
  const api = await serveApi(store, { nowMs: now, limits });
  t.after(() => api.close());
  return api;
}

const span = (seconds: number, step: string) => ({
  start: String(NOW_MS / 1000 - seconds),
  end: String(NOW_MS / 1000),
  step,
});

test('an answer has the form of Prometheus', async t => {
  const api = await served(t, HUNDRED);
  const response = await fetch(`${api.url}/query?query=v%7Bhost%3D%22h7%22%7D`);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  const metric = { __name__: 'v', host: 'h7' };
  assert.deepEqual(await response.json(), {
    status: 'success',
    data: { resultType: 'vector', result: [{ metric, value: [NOW_MS / 1000, '7'] }] },
  });
  const form = await api.post('/query_range', { query: 'v{host="h7"} / 0', ...span(0, '1') });
  assert.deepEqual(form.body.data, {
    resultType: 'matrix',
    result: [{ metric: { host: 'h7' }, values: [[NOW_MS / 1000, '+Inf']] }],
  });
  const { body } = await api.get('/query', { query: '1+1' });
  assert.deepEqual(body.data, { resultType: 'scalar', result: [NOW_MS / 1000, '2'] });
});

test('errors carry their type, their place and a status', async t => {
  const api = await served(t, HUNDRED, { maxSeries: 99 });
  const bad = await api.get('/query', { query: 'sum(v' });
  assert.equal(bad.status, 400);
  assert.deepEqual(bad.body, {
    status: 'error',
    errorType: 'bad_data',
    error: 'invalid parameter "query": 1:6: parse error: unclosed left parenthesis',
  });
  const many = await api.get('/query', { query: 'v' });
  assert.deepEqual([many.status, many.body.errorType], [422, 'execution']);
  assert.match(many.body.error ?? '', /more than 99 series/);
  const nowhere = await api.get('/nope');
  assert.deepEqual([nowhere.status, nowhere.body.errorType], [404, 'not_found']);
  const { status, headers } = await fetch(`${api.url}/query`, { method: 'DELETE' });
  assert.deepEqual([status, headers.get('allow')], [405, 'GET, POST, OPTIONS']);
});

test('steps, samples and the length of a form are limited', async t => {
  const api = await served(t, HUNDRED, { maxSamples: 2000 });
  const steps = await api.get('/query_range', { query: 'v', ...span(12_000, '1') });
  assert.equal(steps.status, 400);
  assert.match(steps.body.error ?? '', /exceeded maximum resolution of 11,000 points/);
  const samples = await api.get('/query_range', { query: 'v', ...span(100, '1') });
  assert.equal(samples.status, 422);
  assert.match(samples.body.error ?? '', /more than 2000 samples/);
  const inner = await api.get('/query', { query: 'count_over_time(vector(1)[10y:1s])' });
  assert.equal(inner.status, 422);
  const long = await api.post('/query', { query: 'a'.repeat(2_000_000) });
  assert.deepEqual([long.status, long.body.errorType], [400, 'bad_data']);
});

test('a query that takes too long is given up with 503', async t => {
  const slow: SeriesStore = {
    ...HUNDRED,
    async select(query, budget) {
      const until = performance.now() + 400;
      while (performance.now() < until) await budget.breathe();
      return HUNDRED.select(query, budget);
    },
  };
  const api = await served(t, slow);
  const late = await api.get('/query', { query: 'v', timeout: '50ms' });
  assert.deepEqual([late.status, late.body.errorType], [503, 'timeout']);
  const fine = await api.get('/query', { query: 'count(v)' });
  assert.equal(fine.status, 200);
  const odd = await api.get('/query', { query: 'v', timeout: '-1' });
  assert.equal(odd.status, 400);
});

test('others get their turn while a long query runs', async t => {
  const slow: SeriesStore = {
    ...HUNDRED,
    async select(query, budget) {
      const until = performance.now() + 300;
      while (performance.now() < until) await budget.breathe();
      return HUNDRED.select(query, budget);
    },
  };
  const api = await served(t, slow);
  const long = api.get('/query', { query: 'v' });
  const quick: number[] = [];
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await api.get('/query', { query: '1' });
    quick.push(performance.now() - start);
  }
  assert.ok(Math.min(...quick) < 150, `${quick}`);
  assert.equal((await long).status, 200);
});

test('places are given in turn, and nobody waits for ever', async () => {
  const turns = createTurns(1);
  const leave = await turns.enter(1000);
  const second = turns.enter(1000);
  await assert.rejects(turns.enter(10), { errorType: 'timeout' });
  const gone = new AbortController();
  const third = turns.enter(1000, gone.signal);
  gone.abort();
  await assert.rejects(third, { errorType: 'canceled' });
  leave();
  leave();
  const leaveSecond = await second;
  await assert.rejects(turns.enter(10), { errorType: 'timeout' });
  leaveSecond();
  (await turns.enter(10))();
});

test('a failure of ours is told to the log, not to the client', async t => {
  const broken: SeriesStore = {
    ...HUNDRED,
    select: () => Promise.reject(new Error('secret')),
  };
  const api = await served(t, broken);
  const { status, body } = await api.get('/query', { query: 'v' });
  assert.deepEqual([status, body.errorType], [500, 'internal']);
  assert.doesNotMatch(body.error ?? '', /secret/);
});

test('numbers are written as Go does', () => {
  const texts = [1e21, 1e-7, 123456.75, -0, 1e20, Number.NaN, -1 / 0].map(valueText);
  assert.deepEqual(texts, [
    '1e+21',
    '1e-07',
    '123456.75',
    '-0',
    '100000000000000000000',
    'NaN',
    '-Inf',
  ]);
  assert.deepEqual([1.5e21, 2.5e-7, -1e-7].map(countValueText), [
    ...['1500000000000000000000', '0.00000025', '-0.0000001'],
  ]);
  assert.deepEqual([1000, 1001, 60_123, -1500, 0].map(timeText), [
    '1',
    '1.001',
    '60.123',
    '-1.500',
    '0',
  ]);
});
