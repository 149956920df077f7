/**
 * Bad input by every way in: each mistake is counted or told where an operator looks, the service
 * lives on, and the good source beside it loses nothing.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { fastClock } from '../../server/clock.ts';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import { encodeWriteV1 } from '../../server/remote-write/write-encoder.ts';
import { type Serving, serve } from '../../server/serve.ts';
import { parseInventory } from '../../twin/index.ts';
import { until } from '../support/outside-process.ts';
import { configWith, smallInventory, smallTopology } from '../support/small-service.ts';

interface Said {
  readonly status?: number;
  readonly type?: string;
  readonly body: string | Buffer;
}

const text = (...lines: readonly string[]): Said => ({ body: `${lines.join('\n')}\n` });
const GPU = 'gpu="0",Hostname="r1-k1-n2"';
const manyLabels = Array.from({ length: 100 }, (_, i) => `l${i}="x"`).join(',');
const flood = Array.from({ length: 5000 }, (_, i) => `node_load1{id="${i}"} 1`);

interface Health {
  readonly id: string;
  readonly state: string;
  readonly lastError?: string;
  readonly dropped: Readonly<Record<string, number>>;
}

/** What a page does, and what is to be seen of it: counters of its source, or its error. */
interface Case {
  readonly page: Said;
  readonly dropped?: readonly string[];
  readonly error?: RegExp;
  /** Value of a signal of r1-k1-n2 that the good lines of the page must still give. */
  readonly value?: readonly [signal: string, value: number];
}

const PAGES: Readonly<Record<string, Case>> = {
  html: {
    page: { body: '<html>', type: 'text/html' },
    error: /not a metrics page; check the path/,
  },
  json: { page: { body: '{}', type: 'application/json' }, error: /not a metrics page/ },
  failing: { page: { body: 'out of order', status: 500 }, error: /HTTP 500.*out of order/ },
  absent: { page: { body: '', status: 404 }, error: /HTTP 404/ },
  truncated: {
    page: { body: 'node_load1 1.5\nnode_memory_MemTotal_bytes 12' },
    dropped: ['truncatedLine'],
    value: ['load1Count', 1.5],
  },
  bare: { page: text('node_load5 9', 'node_boot_time_seconds 1.7e9'), value: ['bootTimeS', 1.7e9] },
  binary: {
    page: { body: Buffer.concat([Buffer.from([0, 255, 10, 200, 10]), Buffer.from('a{b="\n')]) },
    dropped: ['badLine'],
  },
  lines: {
    page: text('node_load1{', 'node_load1{a=1} 1', 'node_load1 one', '{} 1', 'node_context 1 2 3'),
    dropped: ['badLine'],
  },
  empty: { page: { body: '' } },
  labels: {
    page: text(
      `node_load1{${manyLabels}} 1`,
      `node_load1{a="${'x'.repeat(5000)}"} 1`,
      'node_memory_MemAvailable_bytes 5',
    ),
    dropped: ['tooManyLabels', 'labelTooLong'],
    value: ['memAvailableBytes', 5],
  },
  units: {
    page: text(
      `nvidia_smi_utilization_gpu_ratio{${GPU}} 87`,
      `nvidia_smi_power_draw_watts{${GPU}} -1`,
    ),
    dropped: ['unitTrap', 'range'],
  },
  values: {
    page: text(
      `DCGM_FI_DEV_POWER_USAGE{${GPU}} NaN`,
      `DCGM_FI_DEV_GPU_TEMP{${GPU}} 9223372036854775794`,
      'node_load1 1 32503680000000',
      'node_time_seconds 1',
      'node_timex_offset_seconds 0 1000',
    ),
    dropped: ['nan', 'blank', 'future', 'tooOld'],
  },
  twice: {
    page: text('node_timex_maxerror_seconds 1', 'node_timex_maxerror_seconds 2'),
    dropped: ['conflict'],
  },
  strange: {
    page: text(
      'DCGM_FI_DEV_POWER_USAGE{gpu="99",Hostname="r1-k1-n2"} 1',
      `DCGM_FI_DEV_GPU_TEMP{gpu="9",${GPU}} 1`,
    ),
    dropped: ['unmatched', 'badLabels'],
  },
  unknown: { page: text('nobody_knows_me 1'), dropped: ['unmapped'] },
};

const REDFISH: Readonly<Record<string, (path: string) => Said>> = {
  broken: () => ({ body: '{"@odata.id": "/redfish/v1", "Chass', type: 'application/json' }),
  list: () => ({ body: '[1, null, "x"]', type: 'application/json' }),
  page: () => ({ body: '<html>', type: 'text/html' }),
  loop: path => ({
    type: 'application/json',
    body: JSON.stringify({
      ...{ '@odata.id': path, '@odata.type': '#Collection.Collection', Name: 'loop' },
      ...{ Chassis: { '@odata.id': '/redfish/v1' }, Systems: { '@odata.id': path } },
      Members: [{ '@odata.id': path }, { '@odata.id': `${path}/1` }, {}, null, 7],
    }),
  }),
};

describe('bad input', () => {
  let orrery: Serving;
  let goodValue = 1;
  let isFlooding = false;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const said = answerTo(path);
    response.writeHead(said.status ?? 200, { 'content-type': said.type ?? 'text/plain' });
    response.end(said.body);
  });

  function answerTo(path: string): Said {
    const [, kind, name] = path.split('/');
    if (kind === 'good') return text(`node_load1 ${goodValue}`);
    if (kind === 'flood') return isFlooding ? text('node_load1 4', ...flood) : text('node_load1 3');
    if (kind === 'page') return PAGES[name].page;
    return REDFISH[kind]?.(path.slice(kind.length + 1)) ?? { status: 404, body: '' };
  }

  before(async () => {
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const page = (id: string, path: string, host: string) => ({
      ...{ id, kind: 'scrape', url: `${base}${path}`, intervalS: 1 },
      labels: { instance: `${host}:9100` },
    });
    const bmc = (name: string) => ({
      ...{ id: name, kind: 'redfish', url: `${base}/${name}`, host: 'r1-k2-n1' },
      ...{ username: 'a', password: 'b', intervalS: 1 },
    });
    const config = configWith({
      tickS: 0.1,
      ingest: { maxSeries: 1000, maxRequestBytes: 100_000 },
      sources: [
        page('good', '/good', 'r1-k1-n1'),
        page('flood', '/flood', 'r1-k2-n2'),
        ...Object.keys(PAGES).map(name => page(name, `/page/${name}`, 'r1-k1-n2')),
        ...Object.keys(REDFISH).map(bmc),
      ],
    });
    const clock = fastClock(Date.now(), 10);
    orrery = await serve({ topology: smallTopology(), config, clock, version: 'test' });
  });
  after(async () => {
    await orrery?.stop();
    server.closeAllConnections();
    server.close();
  });

  const get = async <T>(path: string) => (await (await fetch(`${orrery.url}${path}`)).json()) as T;
  const healthOf = async (id: string) => {
    const { items } = await get<{ items: Health[] }>('/api/v1/sources?limit=1000');
    const found = items.find(item => item.id === id);
    assert.ok(found, id);
    return found;
  };
  const readValue = async (entity: string, signal: string) => {
    const { signals } = await get<{ signals: Record<string, { value: number | null }> }>(
      `/api/v1/state/${encodeURIComponent(entity)}`,
    );
    return signals[signal].value;
  };

  /** A new value of the good source still arrives, and the process says that it lives. */
  async function livesOn() {
    assert.equal((await fetch(`${orrery.url}/livez`)).status, 200);
    goodValue++;
    const isThere = async () => (await readValue('r1-k1-n1', 'load1Count')) === goodValue;
    await until(`the good source's ${goodValue}`, 10_000, isThere);
  }

  for (const [name, { dropped = [], error, value }] of Object.entries(PAGES)) {
    test(`a page: ${name}`, async () => {
      const isSeen = async () => {
        const health = await healthOf(name);
        if (error) return health.state === 'down' && error.test(health.lastError ?? '');
        return health.state === 'up' && dropped.every(reason => health.dropped[reason] > 0);
      };
      await until(`${name}: ${error ?? dropped}`, 10_000, isSeen);
      const { all } = await get<{ all: Record<string, number> }>('/api/v1/ingest');
      for (const reason of dropped) assert.ok(all[reason] > 0, reason);
      if (value) assert.equal(await readValue('r1-k1-n2', value[0]), value[1]);
      await livesOn();
    });
  }

  test('a value in another unit is listed with the unit that it seems to be in', async () => {
    const { unitTraps } = await get<{ unitTraps: Record<string, unknown>[] }>('/api/v1/ingest');
    const trap = unitTraps.find(each => each.signal === 'utilRatio');
    assert.equal(trap?.looksLike, 'percent');
    assert.equal(trap?.entity, 'r1-k1-n2/gpu0');
  });

  for (const name of Object.keys(REDFISH)) {
    test(`a BMC: ${name}`, async () => {
      await until(`${name} to be tried`, 20_000, async () => {
        const { state, lastError, dropped } = await healthOf(name);
        return state !== 'starting' && (lastError !== undefined || Object.keys(dropped).length > 0);
      });
      await livesOn();
    });
  }

  const write = (body: Buffer, headers: Record<string, string> = {}) =>
    fetch(`${orrery.url}/api/v1/write`, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: {
        'content-encoding': 'snappy',
        'content-type': 'application/x-protobuf',
        ...headers,
      },
    });
  const sample = (name: string, value: number, atMs: number) => ({
    labels: [
      ['__name__', name],
      ['instance', 'r1-k2-n1:9100'],
    ] as const,
    samples: [{ value, atMs }],
  });

  test('remote-write: each mistake has its answer', async () => {
    const good = encodeSnappy(encodeWriteV1([sample('node_load1', 5, Date.now())]));
    const cases: readonly (readonly [Promise<Response>, number, RegExp])[] = [
      [
        write(good, { 'content-type': 'application/json' }),
        415,
        /Content-Type 'application\/json'/,
      ],
      [write(good, { 'content-encoding': 'gzip' }), 415, /Content-Encoding 'gzip'/],
      [write(good, { 'content-type': 'application/x-protobuf;proto=x.Y' }), 415, /message 'x.Y'/],
      [write(Buffer.from('no snappy')), 400, /not a whole snappy block/],
      [write(good.subarray(0, good.length - 3)), 400, /not a whole snappy block/],
      [write(Buffer.alloc(0)), 400, /not a whole snappy block/],
      [write(encodeSnappy(Buffer.from('no protobuf'))), 400, /malformed message/],
      [write(Buffer.alloc(200_000)), 413, /larger than 100000 bytes/],
      [write(encodeSnappy(Buffer.alloc(200_000))), 413, /larger than 100000 bytes/],
    ];
    for (const [answer, status, why] of cases) {
      const response = await answer;
      assert.equal(response.status, status);
      assert.match(await response.text(), why);
    }
    await livesOn();
  });

  test('remote-write: what is right in a request with mistakes is taken', async () => {
    const nowMs = orrery.service.live.clock.now();
    const mixed = [
      sample('node_load1', 6, nowMs + 3_600_000),
      { labels: [['a', 'b']] as const, samples: [{ value: 1, atMs: nowMs }] },
      sample('node_memory_MemAvailable_bytes', 77, nowMs),
    ];
    const response = await write(encodeSnappy(encodeWriteV1(mixed)));
    assert.equal(response.status, 400);
    assert.match(await response.text(), /1 badLabels.*1 future.*taken: 1 samples/);
    assert.equal(await readValue('r1-k2-n1', 'memAvailableBytes'), 77);
    const { state, lastError, dropped } = await healthOf('remoteWrite 127.0.0.1');
    assert.deepEqual([state, dropped.badLabels, dropped.future], ['degraded', 1, 1]);
    assert.match(lastError ?? '', /answered 400/);
    await livesOn();
  });

  test('an inventory with mistakes is refused, and what stands goes on', async () => {
    const { live } = orrery.service;
    const before = live.twin.topology;
    const { site, ...rest } = smallInventory();
    const cycle = [...rest.power, { kind: 'ups', to: 'ups-a', from: 'r1-k1-pdu-a' }];
    const wrong = [
      { ...rest, site, power: cycle },
      { ...rest, site: { ...site, halls: [...site.halls, ...site.halls] } },
      { ...rest, site: { ...site, utilityFeeds: [{ id: 'x', class: 'utility-of-mars' }] } },
    ];
    for (const document of wrong) {
      const parsed = parseInventory(document);
      const result = parsed.ok ? live.reload(parsed.value) : parsed;
      assert.equal(result.ok, false);
      if (!result.ok) assert.ok(result.problems.every(({ message }) => message.length > 10));
    }
    assert.equal(live.twin.topology, before);
    await livesOn();
  });

  test('an explosion of series is counted, and takes nothing from those that were there', async () => {
    isFlooding = true;
    const isSeen = async () => ((await healthOf('flood')).dropped.seriesLimit ?? 0) > 1000;
    await until('the limit of series', 10_000, isSeen);
    const { series } = await get<{ series: number }>('/api/v1/ingest');
    assert.equal(series, 1000);
    await until('its own series', 10_000, async () => {
      return (await readValue('r1-k2-n2', 'load1Count')) === 4;
    });
    await livesOn();
    isFlooding = false;
  });
});
