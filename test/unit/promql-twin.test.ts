/** The twin as a store of series: names and labels of /metrics, the past, the future. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { promAlerts } from '../../server/promql/twin/alerts.ts';
import { pastOfRecent, pastOfStore } from '../../server/promql/twin/past.ts';
import { createTwinSeries } from '../../server/promql/twin-series.ts';
import { samplesOf } from '../support/evaluate-page.ts';
import { type ServedApi, serveApi } from '../support/prom-api.ts';
import { START_MS, startSmallService } from '../support/small-service.ts';

const HOSTS = ['r1-k1-n1', 'r1-k1-n2', 'r1-k2-n1', 'r1-k2-n2'];

async function siteWith(t: TestContext) {
  const site = await startSmallService();
  t.after(() => site.stop());
  const { service, clock } = site;
  const measure = () => {
    const lines = HOSTS.map((host, n) => {
      site.power(host, 4000 + n);
      site.read(host, [
        { kind: 'host', signal: 'inletTempC', value: 22 + n },
        { kind: 'host', signal: 'firmwareText', value: 'say "1.2"\\3' },
      ]);
      return `DCGM_FI_DEV_GPU_TEMP{Hostname="${host}",gpu="0",UUID="GPU-${n}"} ${50 + n}`;
    });
    const page = Buffer.from(`${lines.join('\n')}\n`);
    service.ingest.port.page({ id: 'dcgm', labels: {} }, page, clock.nowMs);
    service.live.tick();
  };
  measure();
  const registry = new Registry();
  const past = pastOfRecent(service.history);
  const store = createTwinSeries({ service, past, registry });
  const alerts = () => promAlerts(service.alerts);
  const api = await serveApi(store, { nowMs: () => clock.nowMs, alerts });
  t.after(() => api.close());
  return { ...site, api, measure, registry };
}

interface Element {
  readonly metric: Record<string, string>;
  readonly value: [number, string];
  readonly values: [number, string][];
}

async function result(api: ServedApi, path: string, params: Record<string, string>) {
  const { body } = await api.get(path, params);
  assert.equal(body.status, 'success', body.error);
  return (body.data as { result: Element[] }).result;
}

const instant = (api: ServedApi, query: string) => result(api, '/query', { query });
const values = (elements: readonly Element[], label: string) =>
  Object.fromEntries(elements.map(({ metric, value }) => [metric[label], Number(value[1])]));

test('every series of the page has the same labels and the same value here', async t => {
  const { api, get } = await siteWith(t);
  const page = samplesOf(await (await get('/metrics')).text()).filter(({ name }) =>
    /^orrery_(site|hall|row|rack|host|ups|pdu|gpu|alerts|source|signal)_/.test(name),
  );
  const byName = Map.groupBy(page, ({ name }) => name);
  assert.ok(byName.size > 70, `${byName.size} names`);
  for (const [name, samples] of byName) {
    const found = (await instant(api, name)).map(({ metric, value }) => ({
      labels: Object.entries(metric)
        .filter(([label]) => label !== '__name__')
        .sort(),
      value: Number(value[1]),
    }));
    const wanted = samples.map(({ labels, value }) => ({
      labels: Object.entries(labels)
        .filter(([, text]) => text !== '')
        .map(([label, text]): [string, string] => [label, text.replace(/\\(.)/g, '$1')])
        .sort(),
      value,
    }));
    const order = (list: typeof found) => list.map(each => JSON.stringify(each)).sort();
    assert.deepEqual(order(found), order(wanted), name);
  }
});

test('a name that the service itself has not is no reason to read all that it measures', async t => {
  const { api, registry, service } = await siteWith(t);
  const collect = t.mock.fn(function (this: Gauge) {
    this.set(7);
  });
  new Gauge({ name: 'orrery_own', help: 'One', registers: [registry], collect });
  const took = { name: 'orrery_took', help: 'Two', buckets: [1], registers: [registry] };
  new Histogram(took).observe(0.5);
  const cellsSeen = t.mock.method(service.live.twin.state, 'timeAt').mock;
  assert.ok((await instant(api, 'orrery_alerts')).length > 0);
  assert.deepEqual(await instant(api, 'orrery_source_up'), []);
  assert.deepEqual(await instant(api, 'orrery_nothing'), []);
  assert.deepEqual([collect.mock.callCount(), cellsSeen.callCount()], [0, 0]);
  assert.deepEqual(values(await instant(api, 'orrery_own'), 'host'), { undefined: 7 });
  assert.deepEqual(values(await instant(api, 'orrery_took_bucket'), 'le'), { 1: 1, '+Inf': 1 });
  assert.deepEqual(values(await instant(api, 'orrery_took_count'), 'le'), { undefined: 1 });
});

test('counters of the service have a past of an hour, so that their rate is one', async t => {
  const { api, registry, service, clock } = await siteWith(t);
  const done = new Counter({ name: 'orrery_done_total', help: 'Done', registers: [registry] });
  const pass = async (seconds: number, stepS: number) => {
    for (const endMs = clock.nowMs + 1000 * seconds; clock.nowMs < endMs; ) {
      clock.nowMs += 1000 * stepS;
      done.inc(2 * stepS);
      service.live.tick();
      await new Promise(setImmediate);
    }
  };
  const begin = t.mock.fn();
  const loop = { name: 'orrery_nodejs_eventloop_lag_seconds', help: 'Loop', collect: begin };
  new Gauge({ ...loop, registers: [registry] });
  await pass(330, 5);
  assert.equal(begin.mock.callCount(), 0, 'what a reading begins anew is left to who scrapes');
  const one = async (query: string) =>
    Number(Number((await instant(api, query))[0].value[1]).toPrecision(12));
  assert.equal(await one('rate(orrery_done_total[5m])'), 2);
  assert.equal(await one('max_over_time(rate(orrery_done_total[1m])[5m:1m])'), 2);
  assert.equal(await one('count_over_time(orrery_done_total[5m])'), 21, 'as of one scraped');
  await pass(3600, 15);
  assert.equal(await one('orrery_done_total'), 7860);
  const kept = await one('count_over_time(orrery_done_total[1d])');
  assert.ok(kept >= 240 && kept <= 241, `${kept}: no more than an hour`);
});

test('of what has no past a change or a mean is refused, not made up', async t => {
  const { api } = await siteWith(t);
  for (const query of ['changes(orrery_alerts[1h])', 'avg_over_time(orrery_host_info[5m])']) {
    const { status, body } = await api.get('/query', { query });
    assert.equal(status, 422, query);
    assert.match(body.error ?? '', /^no past is kept here of orrery_(alerts|host_info), only its/);
  }
  const now = await instant(api, 'orrery_alerts');
  assert.ok(now.length > 0);
  assert.equal((await instant(api, 'last_over_time(orrery_alerts[5m])')).length, now.length);
});

test('matchers of containers lead to what is in them', async t => {
  const { api } = await siteWith(t);
  const name = 'orrery_host_inlet_temp_celsius';
  const hosts = async (matchers: string) =>
    Object.keys(values(await instant(api, `${name}{${matchers}}`), 'host')).sort();
  assert.deepEqual(await hosts('rack="r1-k1"'), HOSTS.slice(0, 2));
  assert.deepEqual(await hosts('rack=~"r1-k2|nowhere",site="s1"'), HOSTS.slice(2));
  assert.deepEqual(await hosts('rack=~".*-k2"'), HOSTS.slice(2));
  assert.deepEqual(await hosts('host!~".*-n1",rack!="r1-k2"'), ['r1-k1-n2']);
  assert.deepEqual(await hosts('host="r1-k1-n1",rack="r1-k2"'), []);
  assert.deepEqual(await hosts('site="elsewhere"'), []);
  assert.deepEqual(await hosts('gpu="r1-k1-n1/gpu0"'), []);
  assert.deepEqual(await hosts('gpu="",nope=""'), HOSTS);
  assert.deepEqual(await hosts('nope="x"'), []);
  assert.deepEqual(await hosts('row=""'), []);
});

test('results of the closure and limits are metrics like others', async t => {
  const { api } = await siteWith(t);
  const headroom = await instant(api, 'orrery_rack_power_headroom_watts');
  assert.deepEqual(Object.keys(values(headroom, 'rack')).sort(), ['r1-k1', 'r1-k2']);
  const warm =
    'orrery_rack_inlet_temp_celsius / on (rack) orrery_rack_inlet_temp_threshold_celsius';
  const shares = await instant(api, `${warm}{limit="inletRecommended"}`);
  assert.deepEqual(values(shares, 'rack'), { 'r1-k1': 23 / 27, 'r1-k2': 25 / 27 });
  const line = await result(api, '/query_range', {
    query: 'orrery_rack_inlet_temp_threshold_celsius{rack="r1-k1",limit="inletAllowable"}',
    ...{ start: String(START_MS / 1000 - 3600), end: String(START_MS / 1000 + 3600), step: '600' },
  });
  assert.deepEqual(new Set(line[0].values.map(([, text]) => text)), new Set(['35']));
  assert.equal(line[0].values.length, 13);
});

test('the past comes from the history, and a gap in it is a gap', async t => {
  const { api, clock, measure, service } = await siteWith(t);
  const read = () =>
    service.history.sample(clock.nowMs, (entity, signal) => {
      const cell = service.live.twin.state.cellOf(signal, entity);
      return cell < 0 ? Number.NaN : service.live.twin.state.valueAt(cell);
    });
  for (let minute = 0; minute < 30; minute++) {
    clock.nowMs = START_MS + minute * 60_000;
    if (minute < 10 || minute > 14) {
      measure();
      read();
    } else service.history.sample(clock.nowMs, () => Number.NaN);
  }
  const [series] = await result(api, '/query_range', {
    query: 'orrery_host_inlet_temp_celsius{host="r1-k1-n2"}',
    ...{ start: String(START_MS / 1000), end: String(clock.nowMs / 1000), step: '60' },
  });
  const minutes = series.values.map(([at]) => (at * 1000 - START_MS) / 60_000);
  assert.deepEqual(minutes.slice(0, 10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.ok(!minutes.includes(12) && minutes.includes(17) && minutes.includes(29), `${minutes}`);
  assert.deepEqual(new Set(series.values.map(([, text]) => text)), new Set(['23']));
});

test('of roll-ups a value holds until the next one, of samples five minutes', async t => {
  const { service, clock } = await siteWith(t);
  const hourMs = 3_600_000;
  const asked: unknown[] = [];
  const past = pastOfStore({
    async samples(query) {
      asked.push(query);
      const count = query.entities.length;
      const times = [4, 3, 2].map(hours => START_MS - hours * hourMs - 1).concat(START_MS - hourMs);
      return {
        starts: Uint32Array.from({ length: count + 1 }, (_, i) => 4 * i),
        times: Float64Array.from({ length: 4 * count }, (_, i) => times[i % 4]),
        values: Float64Array.from({ length: 4 * count }, (_, i) => [1, 2, 3, 4][i % 4]),
        spans: [
          { tier: '1h' as const, fromMs: 0, toMs: START_MS - 2 * hourMs },
          { tier: 'raw' as const, fromMs: START_MS - 2 * hourMs, toMs: START_MS },
        ],
        isBehind: false,
      };
    },
  });
  const api = await serveApi(createTwinSeries({ service, past }), { nowMs: () => clock.nowMs });
  t.after(() => api.close());
  const query = 'orrery_host_inlet_temp_celsius{host="r1-k1-n1"}';
  const start = String((START_MS - 4 * hourMs) / 1000);
  const end = String((START_MS - 60_000) / 1000);
  const [line] = await result(api, '/query_range', { query, start, end, step: '1200' });
  const minutes = line.values.map(([at, text]) => [(at * 1000 - START_MS) / 60_000, Number(text)]);
  assert.deepEqual(minutes, [
    ...[
      [-240, 1],
      [-220, 1],
      [-200, 1],
      [-180, 2],
      [-160, 2],
      [-140, 2],
      [-120, 3],
      [-100, 3],
    ],
    ...[
      [-80, 3],
      [-60, 4],
    ],
  ]);
  assert.deepEqual(asked, [
    {
      ...{ entities: ['r1-k1-n1'], signals: ['inletTempC'], spacingMs: 60_000 },
      ...{ fromMs: START_MS - 4 * hourMs - 300_000, toMs: START_MS - 1_200_000 + 1 },
    },
  ]);
});

test('forecasts lie ahead, as three lines beside the metric itself', async t => {
  const site = await siteWith(t);
  const { api, service } = site;
  const forecast = {
    ...{ stepS: 900, pointCount: 40, yhat: Float64Array.of(1, 2, 3, 4) },
    ...{ lower95: Float64Array.of(0, 1, 2, 3), upper95: Float64Array.of(2, 3, 4, 5) },
  };
  const answer = {
    entity: 'r1-k1',
    kind: 'rack',
    signal: 'powerW',
    fromMs: START_MS,
    now: 1,
    forecast,
  };
  t.mock.method(service.forecasts, 'latest', () => [answer]);
  const query = 'orrery_rack_power_watts:predicted{rack="r1-k1"}';
  const span = { start: String(START_MS / 1000), end: String(START_MS / 1000 + 3600), step: '300' };
  const lines = await result(api, '/query_range', { query, ...span });
  assert.deepEqual(lines.map(({ metric }) => metric.ml_forecast).sort(), [
    ...['yhat', 'yhat_lower', 'yhat_upper'],
  ]);
  const expected = lines.find(({ metric }) => metric.ml_forecast === 'yhat');
  assert.deepEqual(
    expected?.values.map(([, text]) => text),
    ['1', '1', '1', '2', '2', '2', '3', '3', '3', '4'],
  );
  const actual = await instant(api, 'orrery_rack_power_watts:actual{rack="r1-k1"}');
  assert.equal(actual[0].metric.__name__, 'orrery_rack_power_watts:actual');
  assert.deepEqual(await instant(api, 'orrery_rack_heat_watts:predicted'), []);
  const names = await api.get('/label/__name__/values');
  assert.ok((names.body.data as string[]).includes('orrery_rack_power_watts:predicted'));
});

test('names, labels and values are listed for those who pick', async t => {
  const { api } = await siteWith(t);
  const list = async (path: string, params: Record<string, string> = {}) =>
    (await api.get(path, params)).body.data as string[];
  const names = await list('/label/__name__/values');
  assert.ok(names.includes('orrery_host_inlet_temp_celsius') && names.includes('orrery_gpu_info'));
  assert.ok(!names.includes('orrery_host_exhaust_temp_celsius'), 'nothing has a value');
  const match = { 'match[]': 'orrery_host_inlet_temp_celsius' };
  assert.deepEqual(await list('/label/rack/values', match), ['r1-k1', 'r1-k2']);
  assert.deepEqual(await list('/label/host/values'), HOSTS);
  assert.deepEqual(await list('/labels', match), [
    '__name__',
    'hall',
    'host',
    'rack',
    'row',
    'site',
  ]);
  const series = await list('/series', { 'match[]': 'orrery_gpu_gpu_temp_celsius{rack="r1-k1"}' });
  assert.equal(series.length, 2);
  const { data } = (await api.get('/metadata', { metric: 'orrery_rack_power_watts' })).body;
  assert.deepEqual(data, {
    orrery_rack_power_watts: [{ type: 'gauge', help: 'Power (W)', unit: 'watts' }],
  });
});

test('alerts have the labels that Alertmanager gets', async t => {
  const { api, read, service, clock } = await siteWith(t);
  for (let i = 0; i < 4; i++) {
    clock.nowMs += 20_000;
    read('r1-k1-n1', [{ kind: 'host', signal: 'inletTempC', value: 60 }]);
    service.live.tick();
  }
  const { alerts } = (await api.get('/alerts')).body.data as { alerts: Record<string, unknown>[] };
  const own = alerts.find(alert => (alert.labels as Record<string, string>).entity === 'r1-k1-n1');
  assert.deepEqual(own?.labels, {
    ...{ alertname: 'OrreryInletAllowable', limit: 'inletAllowable', severity: 'critical' },
    ...{ signal: 'inletTempC', entity: 'r1-k1-n1', kind: 'host' },
    ...{ site: 's1', hall: 'h1', row: 'r1', rack: 'r1-k1', host: 'r1-k1-n1' },
  });
  assert.equal(own?.value, '60');
  assert.match(String(own?.state), /^(pending|firing)$/);
});
