/** Remote write out: the bytes of a request, and what the sender makes of the answers. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { ENDED } from '../../server/forward/group.ts';
import { remoteWriteConfig } from '../../server/forward/remote-write-wire.ts';
import { createSampler } from '../../server/forward/sampler.ts';
import { messagesV1, messagesV2 } from '../../server/forward/write-message.ts';
import { bytesOf } from '../../server/ingest/bytes.ts';
import { type Symbols, WriteV2Reader } from '../../server/ingest/remote-write-v2.ts';
import { retryAfterMs } from '../../server/outgoing/post.ts';
import { ByteWriter, varintBytes } from '../../server/remote-write/byte-writer.ts';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import { encodeWriteV1, varint } from '../../server/remote-write/write-encoder.ts';
import { forwardingOf, forwardSite, samplesIn, startFakeStore } from '../support/forward-site.ts';
import { until } from '../support/outside-process.ts';

test('varints of any size are those of the plain encoder', () => {
  const out = new ByteWriter();
  const write = (value: number) => {
    out.clear();
    out.reserve(10);
    out.varint(value);
    assert.equal(out.length, varintBytes(value));
    return Buffer.from(out.written);
  };
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), value => {
      assert.deepEqual(write(value), varint(value));
    }),
  );
  for (const value of [0, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1]) {
    assert.deepEqual(write(value), varint(value));
  }
});

/** Two hosts with a value, one of which has ended in the second of two rounds. */
function twoRounds() {
  const site = forwardSite();
  const choice = { kinds: ['host' as const], signals: ['bmcPowerW'], measured: true };
  const sampler = createSampler(site.live, { ...choice, stale: false, maxSeries: 100 });
  site.write('bmcPowerW', 'k1-n1', 5000.5);
  site.write('bmcPowerW', 'k2-n2', 7e-9);
  const first = sampler.take(1_760_000_000_000).slices;
  site.end('bmcPowerW', 'k2-n2');
  const second = sampler.take(1_760_000_015_000).slices;
  return [...first, ...second].map(slice => ({ slice, from: 0, to: 4, samples: 2 }));
}

const EXTERNAL: [string, string][] = [
  ['rack', 'not this one'],
  ['zone', 'z'],
  ['DC', 'fra'],
  ['cluster', 'ä'],
];

const labels = (rack: string, host: string): [string, string][] => [
  ['DC', 'fra'],
  ['__name__', 'orrery_host_bmc_power_watts'],
  ['cluster', 'ä'],
  ['hall', 'h'],
  ['host', host],
  ['rack', rack],
  ['row', 'r'],
  ['site', 's'],
  ['zone', 'z'],
];

const WANTED = [
  { labels: labels('k1', 'k1-n1'), samples: [{ value: 5000.5, atMs: 1_760_000_000_000 }] },
  { labels: labels('k2', 'k2-n2'), samples: [{ value: 7e-9, atMs: 1_760_000_000_000 }] },
  { labels: labels('k1', 'k1-n1'), samples: [{ value: 5000.5, atMs: 1_760_000_015_000 }] },
  {
    labels: labels('k2', 'k2-n2'),
    samples: [{ value: 'stale' as const, atMs: 1_760_000_015_000 }],
  },
];

test('a 1.0 message is, byte for byte, that of the plain encoder, with its labels in order', () => {
  const make = messagesV1(EXTERNAL);
  const batch = twoRounds();
  assert.equal(batch[1].slice.values.at(-1), ENDED);
  assert.deepEqual(Buffer.from(make(batch)), encodeWriteV1(WANTED));
  const part = [{ ...batch[0], from: 3, samples: 1 }];
  assert.deepEqual(Buffer.from(make(part)), encodeWriteV1([WANTED[1]]));
});

test('a 2.0 message says the same', () => {
  const message = Buffer.from(messagesV2(EXTERNAL)(twoRounds()));
  const seen: { labels: string[]; value: number | 'stale'; atMs: number }[] = [];
  let table: string[] = [];
  let last: string[] = [];
  const reader = new WriteV2Reader({
    symbols: ({ bytes, count, starts, ends }: Symbols) => {
      const text = (i: number) => bytes.buffer.toString('utf8', starts[i], ends[i]);
      table = Array.from({ length: count }, (_, i) => text(i));
    },
    series: (references, count) => {
      last = [...references.subarray(0, count)].map(i => table[i]);
    },
    sample: (value, atMs) => seen.push({ labels: last, value, atMs }),
    staleMarker: atMs => seen.push({ labels: last, value: 'stale', atMs }),
  });
  assert.equal(reader.read(bytesOf(message), message.length).ok, true);
  assert.equal(table[0], '');
  assert.equal(new Set(table).size, table.length);
  assert.deepEqual(
    seen,
    WANTED.map(({ labels: pairs, samples: [sample] }) => ({ labels: pairs.flat(), ...sample })),
  );
});

test('Retry-After holds seconds or a date', () => {
  assert.equal(retryAfterMs('7', 0), 7000);
  assert.equal(retryAfterMs('Thu, 01 Jan 1970 00:01:00 GMT', 10_000), 50_000);
  assert.equal(retryAfterMs('Thu, 01 Jan 1970 00:01:00 GMT', 90_000), 0);
  assert.equal(retryAfterMs('soon', 0), undefined);
  assert.equal(retryAfterMs(undefined, 0), undefined);
});

/** Forwards the BMC power of the four hosts of two racks to a store that a test plays. */
async function forwardTo(t: TestContext, config: Record<string, unknown> = {}) {
  const store = await startFakeStore();
  const site = forwardSite();
  const parsed = remoteWriteConfig.parse({
    ...{ id: 'vm', url: `${store.url}/api/v1/write`, kinds: ['host'], signals: ['bmcPowerW'] },
    ...{ measured: true, timeoutS: 0.5, ...config },
  });
  const forwarding = forwardingOf(site, { remoteWrite: [parsed] });
  t.after(async () => {
    await forwarding.stop();
    await store.stop();
  });
  const hosts = ['k1-n1', 'k1-n2', 'k2-n1', 'k2-n2'];
  const round = (n: number) => {
    hosts.forEach((host, h) => {
      site.write('bmcPowerW', host, 1000 * n + h);
    });
    site.clock.nowMs += 15_000;
    forwarding.round();
  };
  return { store, site, forwarding, round, stats: () => forwarding.stats()[0] };
}

test('a request says what it is, who asks, and holds a round', async t => {
  process.env.TEST_FORWARD_TOKEN = 'sesame';
  t.after(() => delete process.env.TEST_FORWARD_TOKEN);
  const { store, site, round, forwarding } = await forwardTo(t, {
    ...{ bearerTokenEnv: 'TEST_FORWARD_TOKEN', headers: { 'X-Scope-OrgID': 'dc' } },
    externalLabels: { cluster: 'eu1' },
  });
  round(1);
  assert.equal(await forwarding.flush(), true);
  const [{ headers, body, path }] = store.requests;
  assert.equal(path, '/api/v1/write');
  assert.equal(headers['content-type'], 'application/x-protobuf');
  assert.equal(headers['content-encoding'], 'snappy');
  assert.equal(headers['x-prometheus-remote-write-version'], '0.1.0');
  assert.equal(headers.authorization, 'Bearer sesame');
  assert.equal(headers['x-scope-orgid'], 'dc');
  const samples = samplesIn(body);
  assert.deepEqual(
    samples.map(({ value }) => value),
    [1000, 1001, 1002, 1003],
  );
  assert.equal(samples[0].labels.cluster, 'eu1');
  const everyMs = 15_000;
  assert.ok(samples.every(({ atMs }) => atMs === Math.floor(site.clock.nowMs / everyMs) * everyMs));
});

test('5xx and 429 are tried again, with Retry-After; order and number stay', async t => {
  const { store, round, stats } = await forwardTo(t, { batchSamples: 3 });
  const answers: [number, string?, Record<string, string>?][] = [
    [503, 'starting'],
    [429, 'slow down', { 'retry-after': '1' }],
    [204],
    [500, 'again'],
  ];
  const times: number[] = [];
  store.answer = () => {
    times.push(performance.now());
    return answers.shift() ?? [204];
  };
  round(1);
  round(2);
  await until('delivery', 10_000, async () => stats().queuedSamples === 0);
  assert.ok(times[2] - times[1] >= 990, `${times[2] - times[1]} ms after 429`);
  assert.equal(stats().retries, 3);
  assert.equal(stats().sentSamples, 8);
  assert.deepEqual(stats().droppedSamples, {});
  const bodies = store.requests.map(({ body }) => body.toString('hex'));
  assert.equal(bodies[0], bodies[1], 'the same again');
  const taken = [2, 4, 5].flatMap(i => samplesIn(store.requests[i].body));
  assert.deepEqual(
    taken.map(({ value }) => value),
    [1000, 1001, 1002, 1003, 2000, 2001, 2002, 2003],
  );
});

test('another 4xx is counted, and never tried again', async t => {
  const { store, round, forwarding, stats } = await forwardTo(t);
  store.answer = () => [400, 'out of order sample'];
  round(1);
  assert.equal(await forwarding.flush(), true);
  store.answer = () => [204];
  round(2);
  assert.equal(await forwarding.flush(), true);
  assert.equal(store.requests.length, 2);
  const { droppedSamples, sentSamples, retries, state } = stats();
  assert.deepEqual([droppedSamples, sentSamples, retries, state], [{ refused: 4 }, 4, 0, 'up']);
});

test('no answer, a cut connection and a store that is not there are waited out', async t => {
  const { store, round, stats } = await forwardTo(t);
  store.answer = () => 'never';
  round(1);
  await until('no answer', 30_000, async () => /within 0.5 s/.test(stats().lastError ?? ''));
  assert.equal(stats().state, 'down');
  const answers = ['cut'] as 'cut'[];
  store.answer = () => answers.shift() ?? [200];
  await until('delivery', 30_000, async () => stats().sentSamples === 4);
  assert.ok(stats().retries >= 2, `${stats().retries} retries`);
  assert.equal(answers.length, 0);
  assert.equal(stats().lastError, undefined);
});

test('a missing secret is said, and waited for', async t => {
  const { store, round, forwarding, stats } = await forwardTo(t, { bearerTokenEnv: 'NOT_SET_F' });
  round(1);
  assert.equal(await forwarding.flush(), false);
  assert.match(stats().lastError ?? '', /NOT_SET_F is not set/);
  assert.equal(store.requests.length, 0);
});

test('a clock that goes back sends nothing twice, and nothing out of order', async t => {
  const { store, site, round, forwarding, stats } = await forwardTo(t);
  round(1);
  await forwarding.flush();
  site.clock.nowMs -= 20_000;
  forwarding.round();
  forwarding.round();
  await forwarding.flush();
  assert.equal(store.requests.length, 1);
  assert.equal(stats().skippedRounds, 2);
  site.clock.nowMs += 20_000;
  forwarding.round();
  await forwarding.flush();
  assert.equal(store.requests.length, 1, 'a second round in the same interval is none');
  round(2);
  await forwarding.flush();
  const times = store.requests.flatMap(({ body }) => samplesIn(body).map(({ atMs }) => atMs));
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(times).size, 2);
});

test('2.0 is spoken to who knows it; others get 1.0, and all samples', async t => {
  const knows = await forwardTo(t, { protocol: '2.0' });
  knows.store.answer = () => [204, '', { 'x-prometheus-remote-write-samples-written': '3' }];
  knows.round(1);
  await knows.forwarding.flush();
  assert.match(knows.store.requests[0].headers['content-type'] ?? '', /write\.v2\.Request/);
  assert.equal(knows.store.requests[0].headers['x-prometheus-remote-write-version'], '2.0.0');
  assert.deepEqual(knows.stats().droppedSamples, { refused: 1 });
  for (const status of [415, 204]) {
    const old = await forwardTo(t, { protocol: '2.0' });
    old.store.answer = ({ headers }) => [/v2/.test(headers['content-type'] ?? '') ? status : 204];
    old.round(1);
    old.round(2);
    await old.forwarding.flush();
    const types = old.store.requests.map(({ headers }) => headers['content-type']);
    assert.deepEqual(types.slice(1), ['application/x-protobuf']);
    assert.equal(samplesIn(old.store.requests[1].body).length, 8);
    assert.deepEqual([old.stats().sentSamples, old.stats().droppedSamples], [8, {}]);
  }
});

test('what makes no sense in a configuration is said', () => {
  const base = { id: 'a', url: 'http://vm:8428/api/v1/write' };
  const problem = (parts: object) => {
    const result = remoteWriteConfig.safeParse({ ...base, ...parts });
    // What is wrong with a key of a record stands within the issue.
    return result.success ? '' : JSON.stringify(result.error.issues);
  };
  assert.equal(problem({}), '');
  for (const who of ['u:p', 'u', ':p']) {
    assert.match(problem({ url: `http://${who}@vm:8428` }), /use basicAuth/);
  }
  assert.match(problem({ url: 'vm:8428' }), /url/i);
  assert.match(problem({ signals: ['powerKw'] }), /'powerKw' is not a signal/);
  assert.match(problem({ signals: ['driverText'] }), /is a text/);
  assert.match(problem({ headers: { Authorization: 'x' } }), /not for you to set/);
  assert.match(problem({ externalLabels: { __name__: 'x' } }), /belong to Prometheus/);
  assert.match(problem({ externalLabels: { 'a-b': 'x' } }), /not a label name/);
});

test('a large message survives compression', () => {
  const message = Buffer.concat(
    Array.from({ length: 3000 }, (_, i) =>
      encodeWriteV1([
        {
          labels: [
            ['__name__', `m${i % 7}`],
            ['host', `h${i}`],
          ],
          samples: [{ value: i, atMs: i + 1 }],
        },
      ]),
    ),
  );
  const samples = samplesIn(encodeSnappy(message));
  assert.equal(samples.length, 3000);
  assert.deepEqual([samples[2999].value, samples[2999].labels.host], [2999, 'h2999']);
});
