/**
 * Series in the order of last time are taken by WebAssembly, others by TypeScript. Whatever comes in
 * whatever order, both together say the same as TypeScript alone.
 */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { Wire } from '../../server/ingest/wire/wire.ts';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import { encodeWriteV1, type SeriesToWrite } from '../../server/remote-write/write-encoder.ts';
import { NOW_MS, newIngestSite } from '../support/ingest-site.ts';

const V1 = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };

/** A few names of all lengths: a key shorter than a step of the comparison, and a series of 3 length bytes. */
const seriesOf = (i: number): SeriesToWrite['labels'] => [
  ['__name__', 'w'],
  ...(i === 0 ? [] : ([['i', 'x'.repeat(i === 19 ? 20_000 : i * i) + i]] as const)),
];

const value = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 1e6, noNaN: true }) },
  { weight: 2, arbitrary: fc.constant(0) },
  fc.constantFrom<number | 'stale'>('stale', Number.NaN, Number.POSITIVE_INFINITY, -1),
);
const atMs = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: -60_000, max: 60_000 }).map(ms => NOW_MS + ms) },
  fc.constantFrom(0, -5, 2 ** 35 - 1, 2 ** 35, 2 ** 42, 253_402_300_799_000),
);
const usual = fc.record({ value, atMs }).map(sample => ({ samples: [sample] }));
const unusual = fc.record({
  samples: fc.array(fc.record({ value, atMs }), { maxLength: 3 }),
  histograms: fc.integer({ min: 0, max: 1 }),
  exemplars: fc.integer({ min: 0, max: 1 }),
});
const rest = fc.oneof({ weight: 9, arbitrary: usual }, unusual);

/** Most requests hold the series in their order, from anywhere on; some in another. */
const order = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(19), fc.nat(25)).map(([from, count]) => run(from, count)),
  },
  fc.array(fc.nat(19), { maxLength: 20 }),
);
const run = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => (from + i) % 20);

const request = order.chain(ids =>
  fc.record({
    sender: fc.constantFrom('a', 'b'),
    series: fc
      .array(rest, { minLength: ids.length, maxLength: ids.length })
      .map(rests => rests.map((each, i) => ({ labels: seriesOf(ids[i]), ...each }))),
    /** A byte of the message that is another one, or where it ends. */
    broken: fc.option(fc.record({ at: fc.nat(), byte: fc.option(fc.nat(255)) }), { freq: 4 }),
    forgets: fc.nat(9).map(n => n === 0),
  }),
);

type Request = typeof request extends fc.Arbitrary<infer Each> ? Each : never;

function bodyOf({ series, broken }: Request): Buffer {
  const message = encodeWriteV1(series);
  if (!broken || message.length === 0) return encodeSnappy(message);
  const at = broken.at % message.length;
  if (broken.byte === null) return encodeSnappy(message.subarray(0, at));
  message[at] = broken.byte;
  return encodeSnappy(message);
}

function outcomeOf(requests: readonly Request[]) {
  const { ingest, cells, bound, late } = newIngestSite();
  const answers = requests.map(each => {
    const { status, message } = ingest.writeRequest(bodyOf(each), V1, each.sender);
    if (each.forgets) ingest.forget(NOW_MS - 1000);
    return [status, message];
  });
  return {
    answers,
    cells: [...cells],
    bound,
    late,
    counts: ingest.counts(),
    stats: ingest.stats(),
  };
}

function withoutModule(t: TestContext, work: () => unknown): unknown {
  const { mock } = t.mock.method(Wire.prototype, 'take', ({ at }: { at: number }) => at);
  try {
    return work();
  } finally {
    mock.restore();
  }
}

test('with the module and without it, all that a sender can tell and all cells are the same', t => {
  fc.assert(
    fc.property(fc.array(request, { minLength: 2, maxLength: 12 }), requests => {
      const plain = withoutModule(t, () => outcomeOf(requests));
      assert.deepEqual(outcomeOf(requests), plain);
    }),
    { numRuns: 300 },
  );
});

test('a request of which one byte is another, whichever, is told the same way', t => {
  const series = [0, 1].map(i => ({
    labels: seriesOf(i),
    samples: [{ value: i * 2.5, atMs: NOW_MS }],
  }));
  const message = encodeWriteV1(series);
  const others = [0x00, 0x0a, 0x10, 0x18, 0x80];
  const outcomes = () =>
    Array.from(message, (_, at) =>
      others.map(byte => {
        const { ingest, cells } = newIngestSite();
        const changed = Buffer.from(message);
        changed[at] = byte;
        const answers = [message, changed, message].map(
          each => ingest.writeRequest(encodeSnappy(each), V1, 'a').status,
        );
        return { answers, cells: [...cells], counts: ingest.counts() };
      }),
    );
  assert.deepEqual(outcomes(), withoutModule(t, outcomes));
});

test('the module takes what comes as expected: all of it, over more than one batch', t => {
  const { ingest } = newIngestSite();
  const labels = (i: number) =>
    [
      ['__name__', 'w'],
      ['series', `number ${i}`],
    ] as const;
  const send = (ms: number) => {
    const series = Array.from({ length: 5000 }, (_, i) => ({
      labels: labels(i),
      samples: [{ value: i % 3, atMs: NOW_MS + ms }],
    }));
    assert.equal(ingest.writeRequest(encodeSnappy(encodeWriteV1(series)), V1, 'a').status, 204);
  };
  send(0);
  const { mock } = t.mock.method(Wire.prototype, 'take');
  send(1);
  // Two that fill a batch, and one that comes to the end.
  assert.equal(mock.callCount(), 3);
  assert.deepEqual(ingest.counts(), { accepted: 10_000 });
});
