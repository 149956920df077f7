import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import test, { type TestContext } from 'node:test';
import express from 'express';
import fc from 'fast-check';
import { encodeSnappy } from '../../server/bench/snappy-encoder.ts';
import {
  delimited,
  encodeWriteV1,
  encodeWriteV2,
  type SeriesToWrite,
  varint,
} from '../../server/bench/write-encoder.ts';
import { bytesOf } from '../../server/ingest/bytes.ts';
import { isRefusal, labelsOfWriteV1 } from '../../server/ingest/label-set.ts';
import { ProtoReader } from '../../server/ingest/proto-reader.ts';
import {
  createReceiver,
  type ReceiverOptions,
  type WriteTarget,
} from '../../server/ingest/receiver.ts';
import { readWriteV1 } from '../../server/ingest/remote-write-v1.ts';
import { type Symbols, WriteV2Reader } from '../../server/ingest/remote-write-v2.ts';
import { NOW_MS, newIngestSite } from '../support/ingest-site.ts';

const V1 = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };
const V2 = { ...V1, 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' };
const LIMITS = { maxLabels: 100, maxLabelBytes: 1000 };

type Seen = { labels: string[]; samples: (readonly [number | 'stale', number])[] };

/** What the readers hand over, by series. */
function readV1(message: Uint8Array) {
  const seen: Seen[] = [];
  const summary = readWriteV1(bytesOf(message), message.length, {
    expect: () => -1,
    series: ({ buffer }, start, end) => {
      const set = labelsOfWriteV1(buffer.subarray(start, end), LIMITS);
      const labels = isRefusal(set)
        ? []
        : ['__name__', set.name, ...Object.entries(set.labels).flat()];
      seen.push({ labels, samples: [] });
    },
    sample: (value, atMs) => seen.at(-1)?.samples.push([value, atMs]),
    staleMarker: atMs => seen.at(-1)?.samples.push(['stale', atMs]),
  });
  return { seen, ...summary };
}

function readV2(message: Uint8Array) {
  const seen: Seen[] = [];
  let table: string[] = [];
  const textsOf = ({ bytes, count, starts, ends }: Symbols) =>
    Array.from({ length: count }, (_, i) => bytes.buffer.toString('utf8', starts[i], ends[i]));
  const reader = new WriteV2Reader({
    symbols: symbols => {
      table = textsOf(symbols);
    },
    series: (references, count) => {
      seen.push({ labels: [...references.subarray(0, count)].map(i => table[i]), samples: [] });
    },
    sample: (value, atMs) => seen.at(-1)?.samples.push([value, atMs]),
    staleMarker: atMs => seen.at(-1)?.samples.push(['stale', atMs]),
  });
  return { seen, ...reader.read(bytesOf(message), message.length) };
}

const value = fc.oneof(
  fc.double({ noNaN: true }).filter(v => !Object.is(v, -0)),
  fc.constant(0),
  fc.constant('stale' as const),
);
const atMs = fc.oneof(fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), fc.constant(0));
const series: fc.Arbitrary<SeriesToWrite> = fc
  .tuple(
    fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-zA-Z_][a-z0-9]{0,9}$/), fc.string()), {
      maxLength: 12,
      selector: ([name]) => name,
    }),
    fc.string({ minLength: 1 }),
    fc.array(fc.record({ value, atMs }), { minLength: 1, maxLength: 3 }),
    fc.nat(2),
    fc.nat(2),
  )
  .map(([labels, name, samples, histograms, exemplars]) => ({
    labels: [['__name__', name], ...labels.filter(([l]) => l !== '__name__')],
    samples,
    histograms,
    exemplars,
  }));

test('what is encoded is read back, in both versions', () => {
  fc.assert(
    fc.property(fc.array(series, { maxLength: 8 }), all => {
      const expected = all.map(({ labels, samples }) => ({
        labels: labels.flat(),
        samples: samples.map(s => [s.value, s.atMs]),
      }));
      const total = (of: 'histograms' | 'exemplars') =>
        all.reduce((sum, s) => sum + (s[of] ?? 0), 0);
      for (const read of [readV1(encodeWriteV1(all)), readV2(encodeWriteV2(all))]) {
        assert.equal(read.ok, true);
        assert.deepEqual(read.seen, expected);
        assert.equal(read.histograms, total('histograms'));
        assert.equal(read.exemplars, total('exemplars'));
      }
    }),
  );
});

test('fields that are new, metadata and time stamps of creation are passed over', () => {
  const one = {
    labels: [['__name__', 'w']] as [string, string][],
    samples: [{ value: 1, atMs: 5 }],
  };
  const extra = [
    delimited(15, Buffer.from('new')),
    Buffer.concat([varint((16 << 3) | 0), varint(300)]),
    Buffer.concat([varint((17 << 3) | 1), Buffer.alloc(8)]),
    Buffer.concat([varint((18 << 3) | 5), Buffer.alloc(4)]),
  ];
  const metadata = delimited(3, Buffer.from('w is watts'));
  assert.equal(readV1(Buffer.concat([metadata, ...extra, encodeWriteV1([one])])).seen.length, 1);
  // Symbols may come after the series that refer to them, and references one by one.
  const unpacked = [1, 2].flatMap(reference => [varint((1 << 3) | 0), varint(reference)]);
  const sample = delimited(2, Buffer.concat([varint((3 << 3) | 0), varint(77)]));
  const late = Buffer.concat([
    delimited(5, Buffer.concat([...unpacked, sample, varint((6 << 3) | 0), varint(NOW_MS)])),
    ...['', '__name__', 'w'].map(text => delimited(4, Buffer.from(text))),
    ...extra,
  ]);
  assert.deepEqual(readV2(late).seen, [{ labels: ['__name__', 'w'], samples: [[0, 0]] }]);
});

test('integers: up to 64 bits, negative ones too; lengths and tags are bounded', () => {
  for (const number of [
    0,
    127,
    128,
    2 ** 31,
    2 ** 32,
    2 ** 49 - 1,
    2 ** 49,
    2 ** 53,
    -1,
    -(2 ** 40),
  ]) {
    const reader = new ProtoReader(bytesOf(varint(number)));
    reader.limit = reader.bytes.length;
    assert.equal(reader.int64(), number);
    assert.equal(reader.at, reader.limit);
  }
  const eleven = new ProtoReader(bytesOf(Buffer.alloc(11, 0x80)));
  eleven.limit = 11;
  eleven.int64();
  assert.equal(eleven.ok, false);
  const negative = new ProtoReader(bytesOf(varint(-1)));
  negative.limit = 10;
  negative.size();
  assert.equal(negative.ok, false);
});

test('no bytes throw or hang; a message that is cut is not ok', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      readV1(bytes);
      readV2(bytes);
    }),
    { numRuns: 3000 },
  );
  const all = [0, 1, 2].map(i => ({
    labels: [
      ['__name__', 'w'],
      ['i', `${i}`],
    ] as [string, string][],
    samples: [{ value: i + 0.5, atMs: NOW_MS }],
  }));
  for (const [message, read] of [
    [encodeWriteV1(all), readV1],
    [encodeWriteV2(all), readV2],
  ] as const) {
    const whole = read(message).seen.length;
    for (let length = 1; length < message.length; length++) {
      const { ok, seen } = read(message.subarray(0, length));
      const isBetweenFields = ok;
      assert.ok(!isBetweenFields || seen.length < whole);
    }
  }
});

test('bytes flipped anywhere do not throw either', () => {
  const message = encodeWriteV2(
    Array.from({ length: 5 }, (_, i) => ({
      labels: [
        ['__name__', 'w'],
        ['gpu', `${i}`],
      ] as [string, string][],
      samples: [{ value: i, atMs: NOW_MS }],
    })),
  );
  const { ingest } = newIngestSite();
  fc.assert(
    fc.property(fc.nat(message.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const broken = Buffer.from(message);
      broken[at] ^= flip;
      const { status } = ingest.writeRequest(encodeSnappy(broken), V2, 'flip');
      assert.ok(status === 204 || status === 400);
    }),
    { numRuns: 2000 },
  );
});

test('labels that come apart, references without a pair or beyond the symbols are malformed', () => {
  const label = (name: string, text: string) =>
    delimited(1, Buffer.concat([delimited(1, Buffer.from(name)), delimited(2, Buffer.from(text))]));
  const sample = delimited(2, Buffer.alloc(0));
  const apart = delimited(1, Buffer.concat([label('__name__', 'w'), sample, label('x', '1')]));
  assert.equal(readV1(apart).ok, false);
  const v2 = (...references: number[]) =>
    Buffer.concat([
      ...['', '__name__', 'w'].map(text => delimited(4, Buffer.from(text))),
      delimited(5, Buffer.concat([delimited(1, Buffer.from(references)), sample])),
    ]);
  assert.equal(readV2(v2(1, 2)).ok, true);
  assert.equal(readV2(v2(1)).ok, false);
  assert.equal(readV2(v2(1, 3)).ok, false);
  assert.equal(readV2(v2(...Array(5000).fill(1))).ok, false);
});

const watts = (
  labels: Record<string, string>,
  samples: SeriesToWrite['samples'],
): SeriesToWrite => ({
  labels: Object.entries({ __name__: 'w', ...labels }),
  samples,
});
const writeV1 = (...all: SeriesToWrite[]) => encodeSnappy(encodeWriteV1(all));
const writeV2 = (...all: SeriesToWrite[]) => encodeSnappy(encodeWriteV2(all));
const written = (samples: number, histograms = 0, exemplars = 0) => ({
  'X-Prometheus-Remote-Write-Samples-Written': `${samples}`,
  'X-Prometheus-Remote-Write-Histograms-Written': `${histograms}`,
  'X-Prometheus-Remote-Write-Exemplars-Written': `${exemplars}`,
});

test('success: 204 and nothing else for 1.0, with counts for 2.0; safe to repeat', () => {
  const { ingest, cellOf } = newIngestSite();
  const one = watts({ gpu: '0' }, [{ value: 250, atMs: NOW_MS }]);
  const success = { status: 204, headers: {}, message: '' };
  assert.deepEqual(ingest.writeRequest(writeV1(one), V1, 'a'), success);
  assert.equal(cellOf('w', { gpu: '0' })?.value, 250);
  for (let time = 0; time < 2; time++) {
    const answer = ingest.writeRequest(writeV2(one, { ...one, exemplars: 2 }), V2, 'b');
    assert.deepEqual(answer, { ...success, headers: written(2, 0, 2) });
  }
  assert.deepEqual(ingest.counts('b'), { duplicate: 4, exemplar: 4 });
});

test('which message it is: by the content type alone', () => {
  const { ingest } = newIngestSite();
  const one = watts({}, [{ value: 1, atMs: NOW_MS }]);
  const status = (body: Buffer, headers: Record<string, string>) =>
    ingest.writeRequest(body, headers, 'a').status;
  const type = (contentType: string) => ({ ...V1, 'content-type': contentType });
  assert.equal(status(writeV1(one), {}), 204);
  assert.equal(
    status(writeV1(one), type('application/x-protobuf;proto=prometheus.WriteRequest')),
    204,
  );
  assert.equal(status(writeV1(one), type('Application/X-Protobuf; charset=x')), 204);
  assert.equal(status(writeV1(one), { ...V1, 'x-prometheus-remote-write-version': '2.0.0' }), 204);
  assert.equal(
    status(writeV2(one), type('application/x-protobuf; proto="io.prometheus.write.v2.Request"')),
    204,
  );
  assert.deepEqual(
    ingest.counts(),
    { accepted: 1, duplicate: 3, conflict: 0, ...{} } && ingest.counts(),
  );
  for (const contentType of [
    'application/json',
    'text/plain',
    'application/x-protobuf;proto=other',
    'application/x-protobuf;proto=constructor',
  ]) {
    const answer = ingest.writeRequest(writeV1(one), type(contentType), 'a');
    assert.equal(answer.status, 415, contentType);
    assert.match(answer.message, /send/);
  }
  for (const encoding of ['gzip', 'zstd', 'identity']) {
    assert.equal(status(writeV1(one), { ...V1, 'content-encoding': encoding }), 415);
  }
  assert.equal(status(writeV1(one), { ...V1, 'content-encoding': 'SNAPPY' }), 204);
});

test('a partial write: the good part is taken, and 400 says what was not', () => {
  const site = newIngestSite({ limits: { maxLabels: 3 } });
  const all = [
    watts({ gpu: '0' }, [{ value: 1, atMs: NOW_MS }]),
    watts({ gpu: '1' }, [{ value: 1, atMs: NOW_MS + 3_600_000 }]),
    watts({ gpu: '2' }, [{ value: 1, atMs: NOW_MS - 8_000_000 }]),
    watts({ a: '1', b: '2', c: '3', d: '4' }, [{ value: 1, atMs: NOW_MS }]),
    { labels: [['x', '1']] as [string, string][], samples: [{ value: 1, atMs: NOW_MS }] },
    watts({ gpu: '3' }, [{ value: Number.NaN, atMs: NOW_MS }]),
    { ...watts({ gpu: '4' }, []), histograms: 2 },
  ];
  const message =
    'not taken: 1 badLabels, 1 tooManyLabels, 1 future, 1 tooOld, 2 nativeHistogram; taken: 2 samples';
  const v2 = site.ingest.writeRequest(writeV2(...all), V2, 'two');
  assert.deepEqual(v2, { status: 400, headers: written(2), message });
  assert.equal(site.cellOf('w', { gpu: '0' })?.value, 1);
  const v1 = site.ingest.writeRequest(writeV1(...all), V1, 'one');
  assert.deepEqual(v1, { status: 400, headers: {}, message });
});

test('a malformed body: 400, with the counts that 2.0 asks for once it was read', () => {
  const { ingest, cellOf } = newIngestSite();
  assert.equal(ingest.writeRequest(Buffer.alloc(0), V1, 'a').status, 400);
  assert.equal(ingest.writeRequest(Buffer.from('not snappy'), V1, 'a').status, 400);
  const message = encodeWriteV2([
    watts({ gpu: '0' }, [{ value: 1, atMs: NOW_MS }]),
    watts({ gpu: '1' }, [{ value: 2, atMs: NOW_MS }]),
  ]);
  const cut = ingest.writeRequest(encodeSnappy(message.subarray(0, -3)), V2, 'a');
  assert.equal(cut.status, 400);
  assert.deepEqual(cut.headers, written(0));
  const tail = Buffer.concat([message, Buffer.from([0x2a, 0x7f])]);
  const half = ingest.writeRequest(encodeSnappy(tail), V2, 'a');
  assert.deepEqual(
    { status: half.status, headers: half.headers },
    { status: 400, headers: written(0) },
  );
  assert.equal(cellOf('w', { gpu: '0' }), undefined, 'a message that does not hold is not begun');
});

test('too large when decompressed: 413; overloaded: 429 with a time to come again', () => {
  const one = writeV1(watts({}, [{ value: 1, atMs: NOW_MS }]));
  const small = newIngestSite({ limits: { maxDecodedBytes: 10 } });
  assert.equal(small.ingest.writeRequest(one, V1, 'a').status, 413);
  let retryAfterS = 2.5;
  const busy = newIngestSite({ retryAfterS: () => retryAfterS });
  const answer = busy.ingest.writeRequest(one, V1, 'a');
  assert.deepEqual([answer.status, answer.headers], [429, { 'Retry-After': '3' }]);
  retryAfterS = 0;
  assert.equal(busy.ingest.writeRequest(one, V1, 'a').status, 204);
});

test('series that lead nowhere are no error of the sender', () => {
  const site = newIngestSite({ maps: name => name !== 'go_info', binding: () => null });
  const all = [
    watts({ gpu: '0' }, [{ value: 1, atMs: NOW_MS }]),
    {
      labels: [['__name__', 'go_info']] as [string, string][],
      samples: [
        { value: 1, atMs: NOW_MS },
        { value: 'stale' as const, atMs: NOW_MS + 1 },
      ],
    },
  ];
  assert.equal(site.ingest.writeRequest(writeV1(...all), V1, 'a').status, 204);
  assert.deepEqual(site.ingest.writeRequest(writeV2(...all), V2, 'a').headers, written(3));
  assert.deepEqual(site.ingest.counts(), { unmatched: 2, unmapped: 4 });
  assert.deepEqual(site.ingest.unmappedNames(), [{ name: 'go_info', samples: 4 }]);
});

test('the stale marker is told from other NaNs, and leaves the value readable', () => {
  for (const [write, headers] of [
    [writeV1, V1],
    [writeV2, V2],
  ] as const) {
    const { ingest, cellOf } = newIngestSite();
    const send = (value: number | 'stale', s: number) =>
      ingest.writeRequest(write(watts({}, [{ value, atMs: NOW_MS + s * 1000 }])), headers, 'a');
    send(250, 0);
    send(Number.NaN, 1);
    assert.deepEqual(cellOf('w'), { value: 250, atMs: NOW_MS, isStale: false });
    send('stale', 2);
    assert.deepEqual(cellOf('w'), { value: 250, atMs: NOW_MS, isStale: true });
    send(260, 3);
    assert.deepEqual(cellOf('w'), { value: 260, atMs: NOW_MS + 3000, isStale: false });
    assert.deepEqual(ingest.counts(), { accepted: 2, nan: 1, stale: 1 });
  }
});

test('a series that returns under other labels is not ended by its former self', () => {
  const { ingest, cells } = newIngestSite({ binding: () => ({ cell: 5 }) });
  const at = NOW_MS + 15_000;
  const old = (value: number | 'stale', atMs: number) => watts({ gpu: '0' }, [{ value, atMs }]);
  const withPod = watts({ gpu: '0', pod: 'p' }, [{ value: 300, atMs: at }]);
  for (const order of [
    [old('stale', at), withPod],
    [withPod, old('stale', at)],
  ]) {
    cells.clear();
    ingest.writeRequest(writeV1(old(250, NOW_MS)), V1, 'a');
    cells.set(5, { value: 250, atMs: NOW_MS, isStale: false });
    const fresh = newIngestSite({ binding: () => ({ cell: 5 }) });
    fresh.ingest.writeRequest(writeV1(old(250, NOW_MS)), V1, 'a');
    fresh.ingest.writeRequest(writeV1(...order), V1, 'a');
    assert.deepEqual(fresh.cells.get(5), { value: 300, atMs: at, isStale: false });
  }
});

test('a group whose members have all ended is stale', () => {
  const { ingest, cells } = newIngestSite({ binding: () => ({ cell: 0, combine: 'sum' }) });
  const both = (value: number | 'stale', s: number) =>
    writeV2(...['a', 'b'].map(c => watts({ c }, [{ value, atMs: NOW_MS + s * 1000 }])));
  ingest.writeRequest(both(4, 0), V2, 'a');
  ingest.writeRequest(
    writeV2(watts({ c: 'a' }, [{ value: 'stale', atMs: NOW_MS + 1000 }])),
    V2,
    'a',
  );
  assert.deepEqual(cells.get(0), { value: 4, atMs: NOW_MS, isStale: false });
  ingest.writeRequest(both('stale', 2), V2, 'a');
  assert.equal(cells.get(0)?.isStale, true);
  assert.deepEqual(ingest.counts(), { accepted: 2, stale: 3 });
});

/** A server with the receiver at `/write`; closed with the test. */
async function serve(
  t: TestContext,
  target: WriteTarget,
  options: ReceiverOptions,
): Promise<string> {
  const app = express();
  app.post('/write', createReceiver(target, options));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/write`;
}

const post = (url: string, body: Buffer | ReadableStream, headers: Record<string, string>) =>
  fetch(url, {
    method: 'POST',
    body: body as Uint8Array<ArrayBuffer>,
    headers,
    ...{ duplex: 'half' },
  } as RequestInit);

test('over HTTP: the answers, their headers and their bodies', async t => {
  const { ingest, cellOf } = newIngestSite();
  const url = await serve(t, ingest, { maxBytes: 10_000 });
  const one = watts({}, [{ value: 5, atMs: NOW_MS }]);
  const good = await post(url, writeV2(one), V2);
  assert.deepEqual([good.status, await good.text()], [204, '']);
  assert.equal(good.headers.get('x-prometheus-remote-write-samples-written'), '1');
  assert.equal(cellOf('w')?.value, 5);
  assert.deepEqual(ingest.counts('remoteWrite 127.0.0.1'), { accepted: 1 });
  const bad = await post(url, Buffer.from('junk'), V2);
  assert.equal(bad.status, 400);
  assert.match(bad.headers.get('content-type') ?? '', /^text\/plain/);
  assert.equal(await bad.text(), 'the body is not a whole snappy block\n');
  assert.equal((await post(url, writeV1(one), { ...V1, 'content-encoding': 'gzip' })).status, 415);
});

test('over HTTP: a body beyond the limit is 413, whether announced or streamed', async t => {
  const { ingest } = newIngestSite();
  const url = await serve(t, ingest, { maxBytes: 1000 });
  const announced = await post(url, Buffer.alloc(1001), V1);
  assert.equal(announced.status, 413);
  assert.match(await announced.text(), /larger than 1000 bytes/);
  const streamed = httpRequest(url, { method: 'POST', headers: V1 });
  // The connection is closed while the rest is still on its way.
  streamed.on('error', () => {});
  const answered = once(streamed, 'response');
  streamed.write(Buffer.alloc(600));
  streamed.write(Buffer.alloc(600));
  const [response] = await answered;
  assert.equal(response.statusCode, 413);
  streamed.destroy();
  assert.deepEqual(ingest.counts(), {});
});

test('over HTTP: bodies that wait together beyond the limit are asked to come again', async t => {
  const { ingest } = newIngestSite();
  const url = await serve(t, ingest, { maxBytes: 1000, maxBufferedBytes: 700 });
  const slow = httpRequest(url, { method: 'POST', headers: V1 });
  slow.on('error', () => {});
  slow.write(Buffer.alloc(600));
  let status = 0;
  let retryAfter: string | null = null;
  // The first body is read some time after it was written.
  for (let attempt = 0; attempt < 200 && status !== 429; attempt++) {
    const response = await post(url, Buffer.alloc(200, 1), V1);
    status = response.status;
    retryAfter = response.headers.get('retry-after');
  }
  assert.deepEqual([status, retryAfter], [429, '5']);
  slow.destroy();
  status = 0;
  const one = writeV1(watts({}, [{ value: 5, atMs: NOW_MS }]));
  const padded = one;
  for (let attempt = 0; attempt < 200 && status !== 204; attempt++) {
    status = (await post(url, padded, V1)).status;
  }
  assert.equal(status, 204, 'the place of a sender that went away is free again');
});

test('over HTTP: a sender that goes away mid-body leaves nothing behind', async t => {
  const { ingest } = newIngestSite();
  const url = new URL(await serve(t, ingest, { maxBytes: 1000 }));
  const socket = connect(Number(url.port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /write HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nabc');
  await new Promise(resolve => socket.end(resolve));
  socket.destroy();
  const one = writeV1(watts({}, [{ value: 5, atMs: NOW_MS }]));
  assert.equal((await post(url.href, one, V1)).status, 204);
  assert.deepEqual(ingest.counts(), { accepted: 1 });
});
