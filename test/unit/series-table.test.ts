import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { bytesOf } from '../../server/ingest/bytes.ts';
import { KeyTable } from '../../server/ingest/key-table.ts';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import { encodeWriteV1, encodeWriteV2 } from '../../server/remote-write/write-encoder.ts';
import { NOW_MS, newIngestSite, PAGE_SOURCE } from '../support/ingest-site.ts';

const V1 = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };
const V2 = { ...V1, 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' };
const page = (...lines: string[]) => Buffer.from(`${lines.join('\n')}\n`);

test('keys: the same bytes in the same space have the same id, as in a map', () => {
  const key = fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes));
  const steps = fc.array(fc.tuple(key, fc.nat(2)), { maxLength: 300 });
  fc.assert(
    fc.property(steps, keys => {
      const table = new KeyTable({ maxKeys: 1000, maxBytes: 1 << 20 }, 1);
      const reference = new Map<string, number>();
      for (const [bytes, space] of keys) {
        const wrapped = bytesOf(Buffer.concat([Buffer.from('..'), bytes, Buffer.from('..')]));
        const end = 2 + bytes.length;
        const name = `${space} ${bytes.toString('hex')}`;
        assert.equal(table.find(wrapped, 2, end, space), reference.get(name) ?? -1);
        if (reference.has(name)) continue;
        const id = table.add(wrapped, 2, end, space);
        reference.set(name, id);
        assert.equal(id, reference.size - 1);
        assert.ok(table.keyOf(id).equals(bytes));
        assert.equal(table.spaceOf(id), space);
        assert.equal(table.endOf(id, wrapped, 2), end);
      }
    }),
  );
});

test('keys: many of them, over chunks and growing columns', () => {
  const table = new KeyTable({ maxKeys: 20_000, maxBytes: 64 << 20 }, 3);
  const keyOf = (i: number) => bytesOf(Buffer.from(`${'long '.repeat(60)}${i}`));
  for (let i = 0; i < 20_000; i++) {
    const key = keyOf(i);
    assert.equal(table.add(key, 0, key.length, 5), i);
  }
  for (let i = 0; i < 20_000; i += 7) {
    const key = keyOf(i);
    assert.equal(table.find(key, 0, key.length, 5), i);
    assert.equal(table.find(key, 0, key.length, 6), -1);
    assert.equal(
      table.find(key, 0, key.length - 1, 5),
      i >= 10 ? table.find(keyOf(Math.floor(i / 10)), 0, key.length - 1, 5) : -1,
    );
  }
  const more = keyOf(-1);
  assert.equal(table.add(more, 0, more.length, 5), -1, 'no more keys than allowed');
});

test('keys: bytes are bounded, and a key that ends beyond the bytes does not match', () => {
  const table = new KeyTable({ maxKeys: 10, maxBytes: 12 }, 0);
  const bytes = bytesOf(Buffer.from('abcdefghijklmnop'));
  assert.equal(table.add(bytes, 0, 10, 0), 0);
  assert.equal(table.add(bytes, 0, 3, 0), -1);
  assert.equal(table.endOf(0, bytes, 0), 10);
  assert.equal(table.endOf(0, bytesOf(bytes.buffer.subarray(0, 9)), 0), -1);
});

test('a series is bound once, however often it comes and in whatever order', () => {
  const { ingest, bound, cellOf } = newIngestSite();
  const lines = (order: number[], value: number) =>
    page(...order.map(i => `power_watts{gpu="${i}"} ${value + i}`));
  const orders = [
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [3, 1, 0, 2],
    [2, 3],
    [0, 1, 2, 3],
  ];
  orders.forEach((order, round) => {
    const result = ingest.page(PAGE_SOURCE, lines(order, round * 10), NOW_MS + round);
    assert.equal(result.accepted, order.length);
    for (const i of order)
      assert.equal(cellOf('power_watts', { gpu: `${i}` })?.value, round * 10 + i);
  });
  assert.equal(bound.length, 4);
});

test('equal label sets of two sources are two series; a target adds its labels', () => {
  const { ingest, bound, cellOf } = newIngestSite();
  const scrape = (id: string, value: number) =>
    ingest.page(
      { id, labels: { instance: id, job: 'x' } },
      page(`load{job="own"} ${value}`),
      NOW_MS,
    );
  scrape('a:1', 1);
  scrape('b:1', 2);
  assert.equal(bound.length, 2);
  const labels = { exported_job: 'own', job: 'x' };
  assert.equal(cellOf('load', { ...labels, instance: 'a:1' })?.value, 1);
  assert.equal(cellOf('load', { ...labels, instance: 'b:1' })?.value, 2);
});

test('a source whose target labels change has other series', () => {
  const { ingest, bound } = newIngestSite();
  ingest.page({ id: 'a', labels: { rack: 'r1' } }, page('load 1'), NOW_MS);
  ingest.page({ id: 'a', labels: { rack: 'r1' } }, page('load 1'), NOW_MS + 1);
  ingest.page({ id: 'a', labels: { rack: 'r2' } }, page('load 1'), NOW_MS + 2);
  assert.deepEqual(
    bound.map(({ labels }) => labels.rack),
    ['r1', 'r2'],
  );
  assert.deepEqual(ingest.counts('a'), { accepted: 3 });
});

test('unmapped names: counted by name, never bound, no series', () => {
  const maps = (name: string) => name === 'power_watts';
  const { ingest, bound } = newIngestSite({ maps });
  const body = page(
    ...['go_a 1', 'go_b{x="1"} 1', 'go_b{x="2"} 1', 'power_watts 5', 'go_b{x="3"} 1', 'go_c 1'],
  );
  for (let round = 0; round < 3; round++) {
    const { samples, accepted } = ingest.page(PAGE_SOURCE, body, NOW_MS + round);
    assert.deepEqual({ samples, accepted }, { samples: 6, accepted: 1 });
  }
  assert.equal(bound.length, 1);
  assert.equal(ingest.stats().series, 1);
  assert.deepEqual(ingest.unmappedNames(), [
    { name: 'go_b', samples: 9 },
    { name: 'go_a', samples: 3 },
    { name: 'go_c', samples: 3 },
  ]);
});

test('unmapped names are told apart from names that begin like them', () => {
  const { ingest, cellOf } = newIngestSite({ maps: name => name === 'power_watts' });
  for (let round = 0; round < 2; round++) {
    ingest.page(PAGE_SOURCE, page('power 1', 'power_watts 7', 'power{a="1"} 2'), NOW_MS + round);
  }
  assert.equal(cellOf('power_watts')?.atMs, NOW_MS + 1);
  assert.deepEqual(ingest.unmappedNames(), [{ name: 'power', samples: 4 }]);
});

test('names beyond the limit are asked for each time, and counted together', () => {
  const { ingest, cellOf } = newIngestSite({
    maps: name => name.startsWith('power'),
    limits: { maxNames: 2 },
  });
  ingest.page(PAGE_SOURCE, page('a 1', 'b 1', 'c 1', 'c 1', 'd 1', 'power_watts 3'), NOW_MS);
  assert.equal(cellOf('power_watts')?.value, 3);
  assert.deepEqual(ingest.unmappedNames(), [
    { name: '(others)', samples: 3 },
    { name: 'a', samples: 1 },
    { name: 'b', samples: 1 },
  ]);
});

test('series without an entity are held up to a limit, and then only counted', () => {
  const binding = (_: string, labels: Record<string, string>) => (labels.known ? {} : null);
  const { ingest, bound } = newIngestSite({ binding, limits: { maxUnmatched: 3 } });
  const lines = Array.from({ length: 10 }, (_, i) => `power_watts{gpu="${i}"} 1`);
  for (let round = 0; round < 3; round++) {
    ingest.page(PAGE_SOURCE, page(...lines, 'power_watts{known="1"} 1'), NOW_MS + round);
  }
  assert.deepEqual(ingest.counts(), { accepted: 3, unmatched: 30 });
  assert.equal(ingest.stats().unmatchedSeries, 3);
  assert.equal(ingest.stats().series, 4);
  assert.equal(bound.length, 11, 'the fingerprints keep bind from being asked again');
});

test('the limits of series, labels and lengths have counters of their own', () => {
  const limits = { maxSeries: 2, maxLabels: 3, maxLabelBytes: 10 };
  const { ingest } = newIngestSite({ limits });
  const result = ingest.page(
    PAGE_SOURCE,
    page(
      'a{x="12345678901"} 1',
      'a{x1="",x2="",x3="",x4=""} 1',
      'a{twelve_chars="1"} 1',
      ...['a 1', 'b 1', 'c 1', 'd 1'],
    ),
    NOW_MS,
  );
  const counts = { accepted: 2, seriesLimit: 2, labelTooLong: 2, tooManyLabels: 1 };
  assert.deepEqual(ingest.counts(), counts);
  assert.deepEqual(result.errors, [
    "line 1: label 'x' has 11 bytes, more than 10",
    'line 2: more than 3 labels',
    "line 3: label 'twelve_chars' has 12 bytes, more than 10",
  ]);
});

test('an explosion of series leaves the ones that were there first', () => {
  const { ingest, cellOf } = newIngestSite({ limits: { maxSeries: 100 } });
  ingest.page(PAGE_SOURCE, page('power_watts 1'), NOW_MS);
  const flood = Array.from({ length: 5000 }, (_, i) => `power_watts{id="${i}"} 1`);
  ingest.page(PAGE_SOURCE, page(...flood), NOW_MS + 1);
  ingest.page(PAGE_SOURCE, page('power_watts 2'), NOW_MS + 2);
  assert.equal(cellOf('power_watts')?.value, 2);
  assert.equal(ingest.stats().series, 100);
  assert.equal(ingest.counts().seriesLimit, 4901);
});

test('rebind asks again for every series, found or not, in each form', () => {
  let isKnown = false;
  const site = newIngestSite({ binding: () => (isKnown ? {} : null) });
  const { ingest, bound, cellOf } = site;
  const series = [
    {
      labels: [
        ['__name__', 'w'],
        ['a', 'ü'],
      ] as [string, string][],
      samples: [{ value: 4, atMs: NOW_MS }],
    },
  ];
  const sendAll = () => {
    ingest.page(PAGE_SOURCE, page('power_watts{gpu="0",text="a\\\\b\\"c\\n"} 9'), NOW_MS);
    ingest.writeRequest(encodeSnappy(encodeWriteV1(series)), V1, 'one');
    ingest.writeRequest(encodeSnappy(encodeWriteV2(series)), V2, 'two');
    ingest.sample({ id: 'q', labels: {} }, { __name__: 'q"', b: '\\' }, 5, NOW_MS);
  };
  sendAll();
  assert.deepEqual(ingest.counts(), { unmatched: 4 });
  const first = bound.splice(0);
  isKnown = true;
  ingest.rebind();
  assert.deepEqual(bound, first);
  assert.equal(ingest.stats().unmatchedSeries, 0);
  sendAll();
  assert.equal(cellOf('power_watts', { gpu: '0', text: 'a\\b"c\n' })?.value, 9);
  assert.equal(cellOf('w', { a: 'ü' })?.value, 4);
  assert.equal(cellOf('q"', { b: '\\' })?.value, 5);
});

test('rebind with a move gives new indices without reading labels', () => {
  const { ingest, bound, cells } = newIngestSite();
  const body = page('power_watts{gpu="0"} 1', 'power_watts{gpu="1"} 2');
  ingest.page(PAGE_SOURCE, body, NOW_MS);
  bound.length = 0;
  // The first entity moves to another place; the second is not there any more.
  ingest.rebind({
    entity: old => (old === 1000 ? 7 : -1),
    cell: entity => entity * 10,
  });
  assert.deepEqual(
    bound.map(({ labels }) => labels.gpu),
    ['1'],
  );
  ingest.page(PAGE_SOURCE, page('power_watts{gpu="0"} 5'), NOW_MS + 1);
  assert.equal(cells.get(70)?.value, 5);
});

test('forget drops what is silent, keeps the rest and its counters', () => {
  const { ingest, bound, cellOf } = newIngestSite({
    binding: name => (name === 'joules_total' ? { mode: 'rate' } : name === 'lost' ? null : {}),
  });
  const series = (name: string, value: number, atMs: number) => ({
    labels: [
      ['__name__', name],
      ['x', 'shared'],
    ] as [string, string][],
    samples: [{ value, atMs }],
  });
  const send = (atMs: number, ...names: [string, number][]) =>
    ingest.writeRequest(
      encodeSnappy(encodeWriteV2(names.map(([n, v]) => series(n, v, atMs)))),
      V2,
      's',
    );
  send(NOW_MS, ['old', 1], ['joules_total', 100], ['lost', 1], ['w', 1]);
  send(NOW_MS + 1000, ['joules_total', 300], ['w', 2]);
  assert.equal(ingest.forget(NOW_MS + 500), 2);
  assert.equal(ingest.stats().series, 2);
  bound.length = 0;
  send(NOW_MS + 2000, ['joules_total', 700], ['w', 3], ['old', 2]);
  assert.deepEqual(
    bound.map(({ name }) => name),
    ['old'],
    'only what was dropped is new',
  );
  assert.equal(cellOf('joules_total', { x: 'shared' })?.value, 400);
});

test('two senders interleaved, with drifting boundaries, reach their own series', () => {
  const { ingest, bound } = newIngestSite();
  const all = Array.from({ length: 50 }, (_, i) => String(i));
  const send = (sender: string, from: number, atMs: number) => {
    const part = [...all.slice(from), ...all.slice(0, from)].slice(0, 30);
    const series = part.map(i => ({
      labels: [
        ['__name__', 'w'],
        ['i', i],
        ['s', sender],
      ] as [string, string][],
      samples: [{ value: Number(i), atMs }],
    }));
    const [encode, headers] =
      sender === 'a' ? ([encodeWriteV1, V1] as const) : ([encodeWriteV2, V2] as const);
    assert.equal(ingest.writeRequest(encodeSnappy(encode(series)), headers, sender).status, 204);
  };
  for (let round = 0; round < 40; round++) {
    send('a', (round * 7) % 50, NOW_MS + round);
    send('b', (round * 11) % 50, NOW_MS + round);
  }
  assert.equal(bound.length, 100);
  assert.deepEqual(ingest.counts(), { accepted: 2400 });
});
