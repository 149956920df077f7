import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import {
  encodeWriteV1,
  encodeWriteV2,
  type SeriesToWrite,
} from '../../server/remote-write/write-encoder.ts';
import { NOW_MS, newIngestSite } from '../support/ingest-site.ts';

const V1 = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };
const V2 = { ...V1, 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' };

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
  assert.deepEqual(ingest.counts(), { accepted: 1, duplicate: 4 });
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
  const atMs = NOW_MS + 15_000;
  const old = (value: number | 'stale', atMs: number) => watts({ gpu: '0' }, [{ value, atMs }]);
  const end = old('stale', atMs);
  const withPod = watts({ gpu: '0', pod: 'p' }, [{ value: 300, atMs }]);
  for (const order of [
    [end, withPod],
    [withPod, end],
  ]) {
    const { ingest, cells } = newIngestSite({ binding: () => ({ cell: 5 }) });
    ingest.writeRequest(writeV1(old(250, NOW_MS)), V1, 'a');
    ingest.writeRequest(writeV1(...order), V1, 'a');
    assert.deepEqual(cells.get(5), { value: 300, atMs, isStale: false });
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
