/** Every query of every Grafana board is answered: as Prometheus does, and on a live twin. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { buildBoards } from '../../dashboards/grafana/build.ts';
import { pastOfRecent } from '../../server/promql/twin/past.ts';
import { createTwinSeries } from '../../server/promql/twin-series.ts';
import { type BoardQuery, labelValues, queriesOf, substitute } from '../support/board-queries.ts';
import { samplesOf } from '../support/evaluate-page.ts';
import { memorySeries, type TestSeries } from '../support/memory-series.ts';
import {
  dcgmPage,
  HOSTS,
  ipmiPage,
  kueuePage,
  nodePage,
  orreryPage,
} from '../support/orrery-page.ts';
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
import { START_MS, startSmallService } from '../support/small-service.ts';

const skip = skipWithout('prometheus');

/** What the reader of the boards chose. */
const CHOSEN = {
  ...{ site: 's1', row: '.*', rack: 'r1', host: 'r1h1', gpu: '.*', kind: 'site', entity: 's1' },
  ...{ __rate_interval: '2m', __interval: '1m', __range: '1h' },
};

const QUERIES = buildBoards()
  .flatMap(queriesOf)
  .filter(query => query.source === 'prometheus');

const STEP_MS = 15_000;
const STEPS = 40;
const END_MS = START_MS + STEPS * STEP_MS;

/** The pages of a small site as series that rise a little. */
function pageSeries(): readonly TestSeries[] {
  const pages = [
    ...[orreryPage(), dcgmPage(), kueuePage()],
    ...HOSTS.flatMap(host => [nodePage(host), ipmiPage(host)]),
  ];
  const read = pages.flatMap((page, i) => samplesOf(page).map(sample => ({ ...sample, page: i })));
  const byKey = new Map<string, TestSeries>();
  for (const { name, labels, value, page } of read) {
    const own = Object.entries({ ...labels, instance: `exporter-${page}` }).map(
      ([label, text]) => [label, text.replace(/\\(.)/g, '$1')] as const,
    );
    const samples = Array.from({ length: STEPS }, (_, i) => ({
      atMs: START_MS + i * STEP_MS,
      value: value + i * (value > 100 ? 1 : 0),
    }));
    const series = { name, labels: Object.fromEntries(own), samples };
    byKey.set(JSON.stringify([name, own.toSorted()]), series);
  }
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, series]) => series);
}

let prometheus: PrometheusServer;
let theirs: Api;
let ours: ServedApi;

before(async () => {
  if (skip) return;
  prometheus = await startPrometheus({ 'prometheus.yml': 'global: {}\n' }, [
    '--web.enable-remote-write-receiver',
  ]);
  theirs = apiAt(`${prometheus.url}/api/v1`);
  const series = pageSeries();
  await writeSeries(theirs, series, START_MS);
  ours = await serveApi(memorySeries(series));
});

after(async () => {
  await ours?.close();
  await prometheus?.stop();
});

const seconds = (atMs: number) => String(atMs / 1000);
const SPAN = { start: seconds(START_MS), end: seconds(END_MS), step: '30' };

/** The requests that Grafana sends for a query. */
function requestsOf(query: BoardQuery): (readonly [string, Record<string, string>])[] {
  const text = substitute(query.text, CHOSEN);
  if (query.kind === 'variable') {
    const { selector, label } = labelValues(text);
    const { start, end } = SPAN;
    return [[`/label/${label}/values`, { 'match[]': selector, start, end }]];
  }
  return [
    ['/query', { query: text, time: seconds(END_MS - 10_000) }],
    ['/query_range', { query: text, ...SPAN }],
  ];
}

test('the boards ask for enough to be worth it', () => assert.ok(QUERIES.length > 200));

test('answers to the boards are those of Prometheus', { skip }, async () => {
  const found: string[] = [];
  let answered = 0;
  for (const query of QUERIES) {
    for (const [path, params] of requestsOf(query)) {
      const [a, b] = await Promise.all([ours.get(path, params), theirs.get(path, params)]);
      assert.equal(b.body.status, 'success', `${query.text}: ${b.body.error}`);
      if (Array.isArray(a.body.data)) {
        assert.deepEqual(a.body.data, b.body.data, query.text);
        continue;
      }
      const why = difference(a, b);
      if (why) found.push(`${query.board}: ${query.of}: ${params.query}: ${why.slice(0, 400)}`);
      if ((a.body.data as { result: unknown[] } | undefined)?.result.length) answered++;
    }
  }
  assert.equal(found.join('\n'), '');
  assert.ok(answered > QUERIES.length, `only ${answered} answers had anything in them`);
});

test('a live twin answers all of them without an error', async t => {
  const { service, clock, stop, power } = await startSmallService();
  t.after(stop);
  for (const host of ['r1-k1-n1', 'r1-k1-n2']) power(host, 4000);
  service.live.tick();
  const store = createTwinSeries({ service, past: pastOfRecent(service.history) });
  const api = await serveApi(store, { nowMs: () => clock.nowMs });
  t.after(() => api.close());
  let answered = 0;
  for (const query of QUERIES) {
    for (const [path, params] of requestsOf(query)) {
      const { status, body } = await api.get(path, { ...params, time: seconds(clock.nowMs) });
      assert.equal(status, 200, `${query.board}: ${query.of}: ${params.query}: ${body.error}`);
      if ((body.data as { result?: unknown[] }).result?.length) answered++;
    }
  }
  assert.ok(answered > 30, `only ${answered} answers had anything in them`);
});
