import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { bytesOf } from '../../server/ingest/bytes.ts';
import { isRefusal, labelsOfWriteV1 } from '../../server/ingest/label-set.ts';
import { ProtoReader } from '../../server/ingest/proto-reader.ts';
import { readWriteV1 } from '../../server/ingest/remote-write-v1.ts';
import { type Symbols, WriteV2Reader } from '../../server/ingest/remote-write-v2.ts';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import {
  delimited,
  encodeWriteV1,
  encodeWriteV2,
  type SeriesToWrite,
  varint,
} from '../../server/remote-write/write-encoder.ts';
import { NOW_MS, newIngestSite } from '../support/ingest-site.ts';

const V1 = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };
const V2 = { ...V1, 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' };
const LIMITS = { maxLabels: 100, maxLabelBytes: 1000 };

type Seen = { labels: string[]; samples: (readonly [number | 'stale', number])[] };

/** What the readers hand over, by series. */
function readV1(message: Uint8Array) {
  const seen: Seen[] = [];
  const summary = readWriteV1(bytesOf(message), message.length, {
    takeExpected: (_, start) => start,
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

test('samples of every length of time, with a value and without, read the same', () => {
  const times = [0, 127, 2 ** 35 - 1, 2 ** 35, NOW_MS, 2 ** 42 - 1, 2 ** 42, 2 ** 49, -1];
  for (const atMs of times) {
    for (const value of [0, 5.25, -1e300, Number.POSITIVE_INFINITY, Number.NaN]) {
      const samples = [{ value, atMs }];
      const series = { labels: [['__name__', 'w']] as const, samples };
      const { seen, ok } = readV1(encodeWriteV1([series]));
      assert.ok(ok);
      assert.deepEqual(seen[0].samples, [[value, atMs]]);
    }
  }
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
      // A cut between two fields leaves a shorter message, and not a broken one.
      assert.ok(!ok || seen.length < whole);
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

const label = (name: string, text: string) =>
  delimited(1, Buffer.concat([delimited(1, Buffer.from(name)), delimited(2, Buffer.from(text))]));
/** All of whose fields are zero. */
const SAMPLE = delimited(2, Buffer.alloc(0));

test('labels that come apart, references without a pair or beyond the symbols break a series', () => {
  const apart = delimited(1, Buffer.concat([label('__name__', 'w'), SAMPLE, label('x', '1')]));
  assert.equal(readV1(apart).brokenSeries, 1);
  const v2 = (...references: number[]) =>
    Buffer.concat([
      ...['', '__name__', 'w'].map(text => delimited(4, Buffer.from(text))),
      delimited(5, Buffer.concat([delimited(1, Buffer.from(references)), SAMPLE])),
    ]);
  assert.equal(readV2(v2(1, 2)).brokenSeries, 0);
  assert.equal(readV2(v2(1)).brokenSeries, 1);
  assert.equal(readV2(v2(1, 3)).brokenSeries, 1);
  assert.equal(readV2(v2(...Array(5000).fill(1))).brokenSeries, 1);
});

test('a series that is broken inside costs its neighbours nothing', () => {
  const badSample = delimited(2, Buffer.from([0x10]));
  const v1 = (...fields: Buffer[]) =>
    delimited(1, Buffer.concat([label('__name__', 'w'), ...fields]));
  const v2 = (references: number[], ...fields: Buffer[]) =>
    delimited(5, Buffer.concat([delimited(1, Buffer.from(references)), ...fields]));
  const symbols = ['', '__name__', 'w'].map(text => delimited(4, Buffer.from(text)));
  const broken = [SAMPLE, badSample, SAMPLE];
  for (const { ok, brokenSeries, seen } of [
    readV1(Buffer.concat([v1(SAMPLE), v1(...broken), v1(SAMPLE)])),
    readV2(
      Buffer.concat([...symbols, v2([1, 2], SAMPLE), v2([1, 2], ...broken), v2([1, 2], SAMPLE)]),
    ),
  ]) {
    assert.deepEqual({ ok, brokenSeries }, { ok: true, brokenSeries: 1 });
    assert.deepEqual(
      seen.map(({ samples }) => samples.length),
      [1, 1, 1],
      'of the broken one what came before the break',
    );
  }
  const { ingest } = newIngestSite();
  const body = encodeSnappy(Buffer.concat([v1(...broken), v1(SAMPLE)]));
  const { status, message } = ingest.writeRequest(body, V1, 'a');
  assert.deepEqual([status, message], [400, 'not taken: 2 tooOld, 1 malformed; taken: 0 samples']);
  assert.deepEqual(ingest.counts(), { tooOld: 2, malformed: 1 });
});

test('2.0: a long symbol is looked at once, however many series refer to it', () => {
  const series = 50_000;
  const long = 'x'.repeat(1_000_000);
  const refer = (...references: number[]) => {
    const one = delimited(5, Buffer.concat([delimited(1, Buffer.from(references)), SAMPLE]));
    return Buffer.concat(Array.from({ length: series }, () => one));
  };
  const symbols = ['', '__name__', long, 'w', 'a'].map(text => delimited(4, Buffer.from(text)));
  const { ingest } = newIngestSite({ maps: name => name === 'w' });
  const startedMs = performance.now();
  const name = Buffer.concat([...symbols, refer(1, 2)]);
  assert.equal(ingest.writeRequest(encodeSnappy(name), V2, 'a').status, 204);
  const value = Buffer.concat([...symbols, refer(1, 3, 4, 2)]);
  assert.equal(ingest.writeRequest(encodeSnappy(value), V2, 'a').status, 400);
  assert.deepEqual(ingest.counts(), { unmapped: series, labelTooLong: series });
  // Looked at for each series it would be a minute and more.
  assert.ok(performance.now() - startedMs < 10_000);
});

test('2.0: an unmapped name may be the value of a label elsewhere', () => {
  const { ingest, cellOf } = newIngestSite({ maps: name => name === 'w' });
  const symbols = ['', '__name__', 'u', 'w', 'a', 'b'].map(text => delimited(4, Buffer.from(text)));
  const at = (value: number) =>
    delimited(
      2,
      Buffer.concat([
        varint((1 << 3) | 1),
        Buffer.from(new Float64Array([value]).buffer),
        varint(2 << 3),
        varint(NOW_MS),
      ]),
    );
  const series = (references: number[], value: number) =>
    delimited(5, Buffer.concat([delimited(1, Buffer.from(references)), at(value)]));
  const message = [
    series([1, 2], 1),
    series([1, 3, 4, 2], 2),
    series([1, 2], 3),
    series([1, 3, 4, 5], 4),
  ];
  const body = encodeSnappy(Buffer.concat([...symbols, ...message]));
  assert.equal(ingest.writeRequest(body, V2, 'a').status, 204);
  assert.equal(cellOf('w', { a: 'u' })?.value, 2);
  assert.equal(cellOf('w', { a: 'b' })?.value, 4);
  assert.deepEqual(ingest.counts(), { accepted: 2, unmapped: 2 });
});

test('varints of eight to ten bytes are what 64 bits make of them', () => {
  const read = (bytes: Uint8Array) => {
    const reader = new ProtoReader(bytesOf(bytes));
    reader.limit = bytes.length;
    return reader.int64();
  };
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), value => {
      const bytes: number[] = [];
      for (let left = BigInt.asUintN(64, value); left > 0n || bytes.length === 0; left >>= 7n)
        bytes.push(Number(left & 0x7fn) | 0x80);
      bytes[bytes.length - 1] &= 0x7f;
      const got = read(Buffer.from(bytes));
      const isExact = value >= -(2n ** 53n) && value <= 2n ** 53n;
      if (isExact) assert.equal(got, Number(value));
      else assert.ok(Math.abs(got / Number(value) - 1) < 1e-15, `${value}: ${got}`);
    }),
    { numRuns: 5000 },
  );
  const ones = Buffer.alloc(10, 0xff);
  assert.equal(read(ones.fill(0x7f, 9)), -1, 'what is beyond 64 bits is dropped');
  assert.equal(read(Buffer.from([...Array(9).fill(0x80), 1])), -(2 ** 63));
});
