/** Every route of the API: what it answers fits its own schema, and nothing else is in it. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import type { Route } from '../../server/api/route.ts';
import { ROUTES } from '../../server/api/routes/index.ts';
import type { Source } from '../../server/ingest/contract.ts';
import type { WhatIfAnswer } from '../../twin/index.ts';
import { refusal } from '../support/refusal.ts';
import { type SmallService, smallInventory, startSmallService } from '../support/small-service.ts';
import { newFolder, removeFolders } from '../support/stored-site.ts';

let site: SmallService;

before(async () => {
  site = await startSmallService({
    config: {
      alertmanager: { urls: ['http://127.0.0.1:1'], resendS: 240 },
      storage: { dir: newFolder() },
    },
  });
  const { port } = site.service.ingest;
  site.power('r1-k1-n1', 9000);
  site.read('r1-k1-n1', [
    { kind: 'psu', slot: 0, signal: 'psuOkFlag', value: 0 },
    { kind: 'host', signal: 'firmwareText', value: '1.2.3' },
  ]);
  const page =
    'DCGM_FI_DEV_GPU_TEMP{Hostname="r1-k1-n1",gpu="0",UUID="GPU-1"} 61\n' +
    'DCGM_FI_DEV_GPU_TEMP{Hostname="nobody",gpu="0",UUID="GPU-2"} 61\n' +
    'DCGM_FI_DEV_GPU_UTIL{Hostname="r1-k1-n1",gpu="0",UUID="GPU-1"} 4000\n' +
    'something_else{a="b"} 1\n';
  port.page({ id: 'dcgm', labels: {} }, Buffer.from(page), site.clock.nowMs);
  port.event({
    ...{ source: 'sel', entity: 'r1-k1-n1', atMs: site.clock.nowMs, uncertaintyMs: 500 },
    ...{ severity: 'warning', key: '1', text: 'Power supply lost' },
  });
  await site.post('/api/v1/write', 'no snappy', { 'content-type': 'application/x-protobuf' });
  site.service.ingest.watch([boostable, stubborn]);
  site.service.live.tick();
  site.clock.nowMs += 61_000;
  site.service.live.tick();
  site.service.history.sample(site.clock.nowMs, () => 1);
  site.clock.nowMs += 61_000;
  await site.service.trust?.calibration.round();
  site.service.trust?.prediction.frame();
  site.clock.nowMs += 30_000;
  site.service.trust?.prediction.frame();
  await site.service.trust?.agreement?.round();
  await site.service.dataDir?.journal.durable();
});

after(async () => {
  await site.stop();
  removeFolders();
});

const sourceNamed = (id: string, boost: (forS: number) => boolean): Source => ({
  id,
  start: () => {},
  stop: async () => {},
  boost,
  health: () => ({ id, kind: 'redfish', target: id, state: 'up', samples: 0, dropped: {} }),
});
const boosts: number[] = [];
const boostable = sourceNamed('bmc', forS => boosts.push(forS) > 0);
const stubborn = sourceNamed('down', () => false);

test('a boost reaches its BMC; a source that cannot or is not there is said so', async () => {
  const ask = (source: string, forS: number) =>
    site.post('/api/v1/boost', JSON.stringify({ source, forS }));
  assert.equal((await ask('bmc', 30)).status, 200);
  assert.ok(boosts.includes(30));
  assert.equal((await ask('down', 30)).status, 409);
  assert.equal((await ask('nobody', 30)).status, 404);
  assert.equal((await ask('bmc', 1e6)).status, 400);
});

test('what looks back answers of a past instant; what was before is not known', async () => {
  const { journal } = site.service.dataDir!;
  await journal.durable();
  const ask = (path: string) => site.get(`/api/v1/state/r1-k1-n1?at=${path}`);
  const now = new Date(site.clock.nowMs).toISOString();
  const answer = await ask(now);
  assert.equal(answer.status, 200);
  const { signals } = (await answer.json()) as StateAnswer;
  assert.equal(signals.bmcPowerW.value, 9000);
  const whatif = await site.post(
    `/api/v1/whatif?at=${now}`,
    JSON.stringify({ kind: 'WhatIf', drain: { host: 'r1-k1-n1' } }),
  );
  assert.equal(whatif.status, 200);
  assert.equal((await ask('2020-01-01T00:00:00Z')).status, 404);
  assert.equal((await ask(new Date(site.clock.nowMs + 60_000).toISOString())).status, 400);
  assert.equal((await ask('yesterday')).status, 400);
});

interface StateAnswer {
  readonly signals: Readonly<Record<string, { readonly value: number }>>;
}

/** Requests for each route: path and query, or body. */
const REQUESTS: Readonly<Record<string, readonly (string | object)[]>> = {
  'get /api/v1/status': [''],
  'get /livez': [''],
  'get /readyz': [''],
  'get /metrics': [''],
  'get /openapi.json': [''],
  'get /api/v1/kinds': ['', '?limit=3', '?fields=title'],
  'get /api/v1/signals': ['', '?limit=3&cursor=5'],
  'get /api/v1/limits': ['', '?entity=r1-k1-n1', '?entity=r1-k1-n1%2Fpsu0', '?entity=r1-k1'],
  'get /api/v1/entities': ['', '?kind=host', '?under=r1-k1&limit=7', '?q=10.0.1', '?fields=class'],
  'get /api/v1/entities/{id}': ['s1', 'r1-k1-n1', 'r1-k1-n1/gpu0', 'ups-a', 'r1-k1-n1/socket0'],
  'get /api/v1/gpu-models': [''],
  'get /api/v1/state': ['', '?kind=gpu&signals=all', '?ids=r1-k1,s1', '?kind=rack&fields=kind'],
  'get /api/v1/state/{id}': ['s1', 'r1-k1-n1', 'r1-k1-n1/gpu0', 'r1-k1-n1/socket0', 'grid-a'],
  'get /api/v1/headroom/{id}': ['s1', 'r1-k1', 'r1-k1-n1', 'r1-k1-pdu-a', 'r1-k1-n1/gpu0'],
  'get /api/v1/availability': [
    '?entity=r1-k1-n1&paths=100',
    '?entity=r1-k1&planes=power&without=r1-k1-pdu-a&paths=100&seed=1',
  ],
  'get /api/v1/figures/{id}': ['r1-k1-n1', 'r1-k1-n1/gpu0'],
  'get /api/v1/models': [''],
  'post /api/v1/models': [
    { kind: 'crac_cop', input: { supplyC: 20 } },
    { kind: 'mttf', input: { gpus: 1024, gpusPerNode: 8, failuresPer1000NodeDays: 6.5 } },
  ],
  'get /api/v1/path': ['?from=r1-k1-n1&to=r1-k1-n2'],
  'post /api/v1/boost': [{ source: 'bmc', forS: 10 }],
  'get /api/v1/alerts': ['', '?state=firing', '?severity=critical&limit=1', '?superseded=false'],
  'get /api/v1/events': ['', '?entity=r1-k1-n1', '?severity=info'],
  'get /api/v1/sources': ['', '?state=degraded'],
  'get /api/v1/unmatched': ['', '?limit=1'],
  'get /api/v1/ingest': [''],
  'get /api/v1/storage': [''],
  'get /api/v1/history': [
    '?entity=s1&signal=powerW',
    '?entity=r1-k1&signal=powerW&from=2026-03-01T11:00:00%2B00:00&stepS=300&aggregate=max',
    '?under=h1&kind=rack&signal=powerW,heatW&limit=1',
    '?under=ups-a&plane=power&kind=pdu&signal=powerLoadW&by=sum',
  ],
  'get /api/v1/forecast': ['?entity=s1', '?entity=r1-k1&signal=heatW&horizon=2d'],
  'get /api/v1/jobs/schedule': [''],
  'put /api/v1/jobs/schedule': [
    { jobs: [] },
    { jobs: [{ job: 'a', startsAt: '2026-01-01T00:00:00Z', hosts: ['r1-k1-n1'] }] },
  ],
  'get /api/v1/prediction': ['?rack=r1-k1'],
  'get /api/v1/fidelity': ['', '?kind=host&signal=powerW'],
  'get /api/v1/parameters': ['?entity=r1-k1-n1', '?entity=r1-k1-n1%2Fgpu0'],
  'get /api/v1/calibration': [''],
  'get /api/v1/agreement': ['', '?limit=1&minConfidence=0.5'],
  'get /api/v1/frames': ['?kind=rack&signals=powerW,inletTempC'],
  'get /api/v1/schemas/inventory': [''],
  'get /api/v1/schemas/config': [''],
  'get /sd': ['', '?port=9100&alias=bmcAddress'],
  'post /api/v1/whatif': [
    { kind: 'WhatIf', place: { gpus: 8 } },
    { kind: 'WhatIf', drain: { host: 'r1-k1-n1' } },
    { kind: 'WhatIf', fail: { entity: 'r1-k1' }, horizonS: 120 },
    { kind: 'WhatIf', cap: { under: 'r1-k1', gpuW: 400 } },
  ],
  'post /api/v1/inventory': [smallInventory(2)],
};

const nameOf = (row: Route) => `${row.method} ${row.path}`;

function ask(row: Route, request: string | object): Promise<Response> {
  if (row.method === 'put') return site.put(row.path, JSON.stringify(request));
  if (typeof request !== 'string') return site.post(row.path, JSON.stringify(request));
  const path = row.path.includes('{id}')
    ? row.path.replace('{id}', encodeURIComponent(request))
    : `${row.path}${request}`;
  return site.get(path);
}

test('every route is asked here', () => {
  assert.deepEqual(ROUTES.map(nameOf).sort(), Object.keys(REQUESTS).sort());
});

for (const row of ROUTES.filter(each => each.contentType === undefined)) {
  test(`${nameOf(row)} answers what its schema says`, async () => {
    for (const request of REQUESTS[nameOf(row)]) {
      const response = await ask(row, request);
      const answer = (await response.json()) as Record<string, unknown>;
      assert.equal(response.status, 200, JSON.stringify(answer));
      assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
      assert.ok(response.headers.get('x-request-id'));
      if (/fields=/.test(String(request))) continue;
      // What the schema does not know is stripped by it, and shows as a difference.
      assert.deepEqual(row.answer.parse(answer), answer);
    }
  });
}

test('answers are not kept by caches, and have no tag to be made for each', async () => {
  const { headers } = await site.get('/api/v1/status');
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('etag'), null);
});

for (const row of ROUTES) {
  test(`${nameOf(row)} refuses other methods and parameters that it does not have`, async () => {
    const path = row.path.replace('{id}', 's1');
    const other = await refusal(fetch(`${site.url}${path}`, { method: 'DELETE' }), 405);
    const allowed = other.headers.get('allow')?.split(', ') ?? [];
    assert.ok(allowed.includes(row.method.toUpperCase()));
    const options = await fetch(`${site.url}${path}`, { method: 'OPTIONS' });
    assert.deepEqual([options.status, options.headers.get('allow')], [204, allowed.join(', ')]);
    const asked =
      row.method === 'get'
        ? site.get(`${path}?bogus=1`)
        : site[row.method](`${path}?bogus=1`, '{}');
    const problem = await refusal(asked, 400);
    assert.match(problem.detail, /^query bogus: /);
    assert.ok(problem.errors?.some(error => error.path === 'bogus'));
    if (row.method === 'get' && allowed.includes('HEAD')) {
      const [first] = REQUESTS[nameOf(row)];
      const target = row.path.includes('{id}') ? path : `${path}${first}`;
      const head = await fetch(`${site.url}${target}`, { method: 'HEAD' });
      assert.deepEqual([head.status, await head.text()], [200, '']);
    }
  });
}

test('what is wrong is named', async () => {
  const cases: readonly (readonly [path: string, status: number, detail: RegExp])[] = [
    ['/api/v1/nothing', 404, /no \/api\/v1\/nothing here/],
    ['/api/v1/entities/r9', 404, /no entity 'r9'/],
    ['/api/v1/entities/%E0%A4%A', 400, /decode/],
    ['/api/v1/entities?kind=node', 400, /query kind: 'node' is not a kind; there are site, /],
    ['/api/v1/entities?kind=rack&kind=host', 400, /query kind: given more than once/],
    ['/api/v1/entities?limit=0', 400, /query limit: a whole number from 1 to 1000/],
    ['/api/v1/entities?limit=ten', 400, /query limit: a whole number/],
    ['/api/v1/entities?limit=1.5', 400, /query limit: a whole number/],
    ['/api/v1/entities?cursor=x', 400, /query cursor: 'x' is not one of ours/],
    ['/api/v1/entities?cursor=9.0', 410, /start from the first page/],
    ['/api/v1/entities?fields=id,colour', 400, /query fields: 'colour' is not a field; there are/],
    ['/api/v1/entities?under=r9', 404, /no entity 'r9'/],
    ['/api/v1/state?signals=powerKW', 400, /query signals: 'powerKW' is not a signal/],
    ['/api/v1/state?ids=s1&kind=rack', 400, /query ids: give ids, or kind and under/],
    ['/api/v1/alerts?cursor=-3', 400, /query cursor/],
    ['/api/v1/alerts?state=open', 400, /query state: /],
    ['/api/v1/history?entity=s1', 400, /query signal: /],
    ['/api/v1/history?entity=s1&signal=power', 400, /query signal: 'power' is not a signal/],
    [
      '/api/v1/history?entity=s1&signal=smClockHz',
      404,
      /no history is kept of 'smClockHz' of 's1'/,
    ],
    ['/api/v1/history?entity=s1&signal=powerW&stepS=0', 400, /query stepS: a whole number/],
    ['/api/v1/history?entity=s1&signal=powerW&from=yesterday', 400, /query from: /],
    ['/api/v1/frames?kind=node&signals=powerW', 400, /'node' is not a kind/],
    ['/api/v1/frames?kind=rack&signals=', 400, /signals: name at least one/],
    ['/api/v1/forecast?entity=s1&horizon=soon', 400, /query horizon: a duration such as/],
    ['/api/v1/fidelity?kind=node', 400, /'node' is not a kind/],
    ['/api/v1/parameters?entity=nobody', 404, /nobody/],
    ['/api/v1/agreement?fault=tired', 400, /query fault/],
    ['/sd?port=70000', 400, /query port: a whole number from 1 to 65535/],
  ];
  for (const [path, status, detail] of cases) {
    const problem = await refusal(site.get(path), status);
    assert.match(problem.detail, detail);
    assert.equal(problem.instance, path.split('?')[0]);
  }
});

test('a schedule that names what is not here changes nothing; the one before stays', async () => {
  const path = '/api/v1/jobs/schedule';
  const read = async () => (await (await site.get(path)).json()) as { jobs: { job: string }[] };
  const job = { job: 'a', startsAt: '2026-01-01T00:00:00Z', hosts: ['r1-k1-n1'] };
  assert.equal((await site.put(path, JSON.stringify({ jobs: [job] }))).status, 200);
  const wrong = JSON.stringify({ jobs: [{ ...job, job: 'b', hosts: ['nobody'] }] });
  const problem = await refusal(site.put(path, wrong), 422);
  assert.match(problem.detail, /^jobs.*hosts.*: 'nobody' is no host/);
  assert.deepEqual(
    (await read()).jobs.map(one => one.job),
    ['a'],
  );
  assert.match(
    (await refusal(site.get('/api/v1/prediction?rack=r1-k1-n1'), 400)).detail,
    /no rack/,
  );
});

test('how far a what-if is followed is in the question or, before that, in the address', async () => {
  const courseOf = async (query: string, question: object) => {
    const body = JSON.stringify({ kind: 'WhatIf', fail: { entity: 'r1-k1' }, ...question });
    return ((await (await site.post(`/api/v1/whatif${query}`, body)).json()) as WhatIfAnswer)
      .course;
  };
  assert.equal(await courseOf('', {}), undefined);
  assert.equal((await courseOf('', { horizonS: 60 }))?.horizonS, 60);
  assert.equal((await courseOf('?horizonS=180', { horizonS: 60 }))?.horizonS, 180);
  assert.equal(await courseOf('?horizonS=0', { horizonS: 60 }), undefined);
  const far = await refusal(site.post('/api/v1/whatif?horizonS=7200', '{"kind":"WhatIf"}'), 400);
  assert.match(far.detail, /horizonS: 0, or from 60 to 3600 s/);
  const bad = '{"kind":"WhatIf","fail":{"entity":"r1-k1"},"horizonS":30}';
  assert.match((await refusal(site.post('/api/v1/whatif', bad), 422)).detail, /^horizonS: 0, or/);
});

test('what a what-if names and the site has not is refused with what is like it', async () => {
  for (const [change, message] of [
    [{ fail: { entity: 'r1-k01' } }, "fail.entity: 'r1-k01' is no entity of this site"],
    [{ drain: { host: 'r1-k1-n01' } }, "drain.host: 'r1-k1-n01' is no host of this site"],
    [{ cap: { under: 'r1-k01', gpuW: 400 } }, "cap.under: 'r1-k01' is no entity of this site"],
    [{ place: { gpus: 8, under: 'r1-k01' } }, "place.under: 'r1-k01' is no site, hall,"],
  ] as const) {
    const body = JSON.stringify({ kind: 'WhatIf', ...change });
    const { detail } = await refusal(site.post('/api/v1/whatif', body), 422);
    assert.ok(detail.startsWith(message), detail);
    assert.match(detail, /; did you mean .*'r1-k1/);
  }
  const { detail } = await refusal(site.post('/api/v1/whatif', '{"kind":"WhatIf"}'), 422);
  assert.match(detail, /^\w/);
  const rack = await refusal(
    site.post('/api/v1/whatif', '{"kind":"WhatIf","drain":{"host":"r1-k1"}}'),
    422,
  );
  assert.equal(rack.detail, "drain.host: 'r1-k1' is no host of this site", 'it is there');
});

test('bodies that are none are refused with their place', async () => {
  const path = '/api/v1/whatif';
  assert.match((await refusal(site.post(path, '{bad'), 400)).detail, /^body: line 1: /);
  assert.match((await refusal(site.post(path, ''), 400)).detail, /empty/);
  const yaml = { 'content-type': 'application/yaml' };
  const broken = await refusal(site.post(path, 'a: 1\nb: [', yaml), 400);
  assert.match(broken.errors?.[0].path ?? '', /^line [23]$/);
  const plain = { 'content-type': 'text/plain' };
  assert.match((await refusal(site.post(path, '{}', plain), 415)).detail, /application\/json/);
  const zipped = { 'content-encoding': 'zip' };
  await refusal(site.post(path, '{}', zipped), 415);
  const huge = (megabytes: number) => `{"a":"${'x'.repeat(megabytes * 1024 * 1024)}"}`;
  assert.match((await refusal(site.post(path, huge(2)), 413)).detail, /larger than 1048576 bytes/);
  const notGzip = await refusal(site.post(path, 'x', { 'content-encoding': 'gzip' }), 400);
  assert.match(notGzip.detail, /^the body is not what Content-Encoding says/);
  await refusal(site.post('/api/v1/inventory', huge(2)), 422);
  await refusal(site.post('/api/v1/inventory', huge(17)), 413);
});

test('an id that is not known is 404 with the nearest ones, wherever it is given', async () => {
  const unknown = ['entities/r1-k9', 'state/r1-k9', 'headroom/r1-k9', 'path?from=s1&to=r1-k9'];
  for (const list of ['limits', 'alerts', 'events', 'agreement', 'parameters', 'prediction']) {
    unknown.push(`${list}?${list === 'prediction' ? 'rack' : 'entity'}=r1-k9`);
  }
  for (const question of unknown) {
    const { detail } = await refusal(site.get(`/api/v1/${question}`), 404);
    assert.match(detail, /^there is no entity 'r1-k9'; did you mean 'r1-k1', 'r1-k2'\?/, question);
  }
  const gpu = await refusal(site.get('/api/v1/state/r1-k1-n1%2Fgpu9'), 404);
  assert.match(gpu.detail, /did you mean 'r1-k1-n1\/gpu\d'/);
  const long = await refusal(site.get(`/api/v1/state/${'x'.repeat(5000)}`), 404);
  assert.ok(long.detail.length < 200 && /search with/.test(long.detail));
  // An alert, or an event, of something that has gone is still found.
  assert.equal((await site.get('/api/v1/events?entity=r1-k1-n1')).status, 200);
});

test('lists come in pages that together are the whole, each item once', async () => {
  const ids: string[] = [];
  let cursor = '';
  for (let pages = 0; pages < 100; pages++) {
    const more = cursor === '' ? '' : `&cursor=${cursor}`;
    const page = await (await site.get(`/api/v1/entities?limit=50&fields=id${more}`)).json();
    const { items, next } = page as { items: { id: string }[]; next?: string };
    assert.ok(items.every(item => Object.keys(item).join() === 'id'));
    ids.push(...items.map(item => item.id));
    if (next === undefined) break;
    assert.equal(items.length, 50);
    cursor = next;
  }
  assert.deepEqual(ids, site.service.live.twin.topology.ids);
});

test('an id with slashes is found percent-encoded and as it is', async () => {
  for (const id of ['r1-k1-n1%2Fgpu0', 'r1-k1-n1/gpu0']) {
    for (const what of ['entities', 'state', 'headroom']) {
      const answer = await (await site.get(`/api/v1/${what}/${id}`)).json();
      assert.equal((answer as { id: string }).id, 'r1-k1-n1/gpu0', `${what}/${id}`);
    }
  }
});

test('the trace of the caller is taken over, with a span of our own', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const traceparent = `00-${trace}-b7ad6b7169203331-01`;
  const { headers } = await site.get('/livez', { traceparent, 'x-request-id': 'abc-1' });
  assert.equal(headers.get('x-request-id'), 'abc-1');
  assert.match(headers.get('traceparent') ?? '', new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
  assert.doesNotMatch(headers.get('traceparent') ?? '', /b7ad6b7169203331/);
  const zeros = `00-${'0'.repeat(32)}-b7ad6b7169203331-01`;
  const odd = await site.get('/livez', { traceparent: zeros, 'x-request-id': 'a b' });
  assert.equal(odd.headers.get('traceparent'), null);
  assert.notEqual(odd.headers.get('x-request-id'), 'a b');
});

test('limits at an entity say who set them, where it stands, and how far away', async () => {
  const answer = await (await site.get('/api/v1/limits?entity=r1-k1-n1')).json();
  const items = (answer as { items: { id: string }[] }).items;
  const limit = items.find(item => item.id === 'hostPower') as unknown as Record<string, unknown>;
  const { value, from, current, unit, headroom, breached } = limit;
  assert.deepEqual(
    { value, from, current, unit, headroom, breached },
    { value: 10_200, from: 'class', current: 9000, unit: 'W', headroom: 1200, breached: false },
  );
  const rack = await (await site.get('/api/v1/limits?entity=r1-k1')).json();
  const ratio = (rack as { items: Record<string, unknown>[] }).items.find(
    item => item.id === 'powerNearLimit',
  );
  assert.equal(ratio?.unit, 'Ratio');
  assert.ok((ratio?.current as number) > 0 && (ratio?.current as number) < 1);
});

test('what a harder limit supersedes is told with the relation, and can be left out', async t => {
  const own = await startSmallService();
  t.after(() => own.stop());
  for (let s = 0; s < 75; s += 15) {
    for (const host of ['r1-k1-n1', 'r1-k1-n2']) {
      own.read(host, [{ kind: 'host', signal: 'inletTempC', value: 45 }]);
    }
    own.clock.nowMs += 15_000;
    own.service.live.tick();
  }
  const of = async (query: string) => {
    const { items } = await (await own.get(`/api/v1/alerts?entity=r1-k1${query}`)).json();
    return items.map((each: { id: string; supersededBy?: string }) => [each.id, each.supersededBy]);
  };
  const [mild, hard] = ['inletRecommended/r1-k1', 'inletAllowable/r1-k1'];
  const [shown, hidden] = [
    [hard, undefined],
    [mild, hard],
  ];
  assert.deepEqual(await of(''), [shown, hidden]);
  assert.deepEqual(await of('&superseded=false'), [shown]);
  assert.deepEqual(await of('&superseded=true'), [hidden]);
  const { counts } = await (await own.get('/api/v1/status')).json();
  assert.deepEqual(counts.alerts, { firing: 3, pending: 0, superseded: 1 });
});
