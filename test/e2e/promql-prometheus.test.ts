/** The same series in a real Prometheus and behind our evaluator: every query has the same answer. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { memorySeries } from '../support/memory-series.ts';
import { skipWithout } from '../support/outside-process.ts';
import {
  type Api,
  apiAt,
  difference,
  type ServedApi,
  serveApi,
  writeSeries,
} from '../support/prom-api.ts';
import { type PrometheusServer, startPrometheus } from '../support/prometheus-server.ts';
import { HAND_WRITTEN } from '../support/promql-queries.ts';
import { randomQuery } from '../support/promql-random.ts';
import { REFUSED } from '../support/promql-refused.ts';
import {
  randomOf,
  randomSeries,
  SERIES_SPAN_MS,
  SERIES_START_MS,
} from '../support/promql-series.ts';

const skip = skipWithout('prometheus');
const SERIES = randomSeries(7);

let prometheus: PrometheusServer;
let theirs: Api;
let ours: ServedApi;

before(async () => {
  if (skip) return;
  prometheus = await startPrometheus({ 'prometheus.yml': 'global: {}\n' }, [
    '--web.enable-remote-write-receiver',
  ]);
  theirs = apiAt(`${prometheus.url}/api/v1`);
  await writeSeries(theirs, SERIES, SERIES_START_MS);
  ours = await serveApi(memorySeries(SERIES));
});

after(async () => {
  await ours?.close();
  await prometheus?.stop();
});

const seconds = (offsetMs: number) => String((SERIES_START_MS + offsetMs) / 1000);

/** Instants within, at the edge of, and behind the series. */
const INSTANTS = [3_723_123, 600_000, 0, SERIES_SPAN_MS - 1000, SERIES_SPAN_MS + 240_000];

const RANGES = [
  { start: seconds(-120_000), end: seconds(SERIES_SPAN_MS + 600_000), step: '60' },
  { start: seconds(1_800_000), end: seconds(2_400_500), step: '7.5' },
  { start: seconds(900_000), end: seconds(900_000), step: '15' },
  { start: seconds(53_000), end: seconds(SERIES_SPAN_MS), step: '13m' },
];

interface Comparison {
  readonly differences: readonly string[];
  /** Answers with anything in them. */
  readonly answered: number;
}

/** What differs for one query, over instants and ranges. */
async function compared(query: string, instants: number, ranges: number): Promise<Comparison> {
  const differences: string[] = [];
  let answered = 0;
  const compare = async (path: string, params: Record<string, string>, isOrdered = false) => {
    const [a, b] = await Promise.all([ours.get(path, params), theirs.get(path, params)]);
    const why = difference(a, b, isOrdered);
    if (why)
      differences.push(`${query}\n  ${path} ${JSON.stringify(params)}\n  ${why.slice(0, 600)}`);
    if ((b.body.data as { result?: unknown[] } | undefined)?.result?.length) answered++;
  };
  const isOrdered = /^(sort|topk|bottomk)\w*\(\w*,? ?(power|delta_t)\)$/.test(query);
  for (const offset of INSTANTS.slice(0, instants)) {
    await compare('/query', { query, time: seconds(offset) }, isOrdered);
  }
  for (const range of RANGES.slice(0, ranges)) await compare('/query_range', { query, ...range });
  return { differences, answered };
}

async function compareAll(queries: readonly string[], instants: number, ranges: number) {
  const differences: string[] = [];
  let answered = 0;
  for (const query of queries) {
    const each = await compared(query, instants, ranges);
    differences.push(...each.differences);
    answered += each.answered;
    if (differences.length > 20) break;
  }
  assert.equal(differences.join('\n'), '');
  const share = answered / (queries.length * (instants + ranges));
  assert.ok(share > 0.6, `only ${share} of the answers had anything in them`);
}

test('the series have what makes it hard', () => {
  const samples = SERIES.flatMap(each => each.samples.map(({ value }) => value));
  assert.ok(SERIES.length > 40 && samples.length > 7000);
  assert.ok(samples.filter(value => value === 'stale').length > 20);
  assert.ok(
    samples.some(value => Number.isNaN(value)) && samples.includes(Number.POSITIVE_INFINITY),
  );
});

test('every feature gives what Prometheus gives', { skip }, () =>
  compareAll(HAND_WRITTEN, INSTANTS.length, RANGES.length),
);

test('what Prometheus refuses is refused in the same way', { skip }, async () => {
  for (const query of REFUSED) {
    const params = { query, time: seconds(0) };
    const [a, b] = await Promise.all([ours.get('/query', params), theirs.get('/query', params)]);
    assert.equal(b.status, 400, `they take ${query}`);
    assert.deepEqual([a.status, a.body.errorType], [400, 'bad_data'], `${query}: ${a.body.error}`);
    assert.match(a.body.error ?? '', /^invalid parameter "query": \d+:\d+: parse error: /, query);
  }
});

const QUERY_COUNT = 600;

test(`${QUERY_COUNT} random queries give what Prometheus gives`, { skip }, () => {
  const random = randomOf(20_260_301);
  const queries = Array.from({ length: QUERY_COUNT }, () => randomQuery(random, 3));
  return compareAll(queries, 2, 2);
});

test('the comparison can fail', { skip }, async () => {
  const params = { time: seconds(600_000) };
  const [a, b] = await Promise.all([
    ours.get('/query', { ...params, query: 'power * (1 + 1e-8)' }),
    theirs.get('/query', { ...params, query: 'power * 1' }),
  ]);
  assert.match(difference(a, b) ?? '', /not/);
});

test('bad parameters, lists of series, labels and values', { skip }, async () => {
  const span = { start: seconds(0), end: seconds(SERIES_SPAN_MS) };
  const asked: [string, Record<string, string>][] = [
    ['/query', { query: 'power', time: 'noon' }],
    ['/query', { query: 'power', timeout: 'soon' }],
    ['/query', {}],
    ['/query_range', { query: 'power', ...span }],
    ['/query_range', { query: 'power', ...span, step: '0' }],
    ['/query_range', { query: 'power', ...span, step: '-1' }],
    ['/query_range', { query: 'power', ...span, step: '0.1' }],
    ['/query_range', { query: 'power', start: span.end, end: span.start, step: '60' }],
    ['/query_range', { query: 'power[5m]', ...span, step: '60' }],
    ['/query_range', { query: '"text"', ...span, step: '60' }],
    ['/query_range', { query: 'power', start: '2026-03-01T10:00:07Z', end: span.end, step: '1m' }],
    ['/series', {}],
    ['/series', { 'match[]': '{', ...span }],
    ['/series', { 'match[]': 'sum(power)', ...span }],
    ['/series', { 'match[]': 'power{rack="rack-a"}', ...span }],
    ['/labels', span],
    ['/labels', { 'match[]': 'requests_total', ...span }],
    ['/label/rack/values', span],
    ['/label/host/values', { 'match[]': 'power{rack!="rack-a"}', ...span }],
    ['/label/__name__/values', span],
    ['/label/bad-name/values', span],
    ['/metadata', {}],
    ['/rules', {}],
    ['/alerts', {}],
    ['/query_exemplars', { query: 'power', ...span }],
  ];
  for (const [path, params] of asked) {
    const [a, b] = await Promise.all([ours.get(path, params), theirs.get(path, params)]);
    const what = `${path} ${JSON.stringify(params)}`;
    assert.equal(a.status, b.status, `${what}: ${a.body.error} / ${b.body.error}`);
    assert.equal(a.body.errorType, b.body.errorType, what);
    if (b.status !== 200 || /query(_range)?$/.test(path)) continue;
    assert.deepEqual(withoutFirst(a.body.data), withoutFirst(b.body.data), what);
  }
});

/** The sample that opens the time of the other store belongs to no test. */
const withoutFirst = (answer: unknown) =>
  Array.isArray(answer) ? answer.filter(each => each !== 'first') : answer;
