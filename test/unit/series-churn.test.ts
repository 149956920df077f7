/** Series that come and go for days, and more series than there is room for. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import { encodeWriteV1, encodeWriteV2 } from '../../server/remote-write/write-encoder.ts';
import { type IngestSite, NOW_MS, newIngestSite, PAGE_SOURCE } from '../support/ingest-site.ts';

const V1 = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };
const V2 = { ...V1, 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' };
const HOUR_MS = 3_600_000;
const page = (...lines: string[]) => Buffer.from(`${lines.join('\n')}\n`);

type Labels = [string, string][];

function write({ ingest, clock }: IngestSite, version: 1 | 2, labelSets: readonly Labels[]) {
  const series = labelSets.map(labels => ({
    labels,
    samples: [{ value: clock.nowMs / 1e9, atMs: clock.nowMs }],
  }));
  const encode = version === 1 ? encodeWriteV1 : encodeWriteV2;
  const headers = version === 1 ? V1 : V2;
  const { status } = ingest.writeRequest(encodeSnappy(encode(series)), headers, `v${version}`);
  assert.equal(status, 204);
}

/** Series of pods of which a tenth is replaced each hour, as deployments do. */
function podsIn(hour: number, count: number): Labels[] {
  return Array.from({ length: count }, (_, i) => {
    const generation = Math.floor((hour + (i % 10)) / 10);
    return [
      ['__name__', 'power_watts'],
      ['pod', `pod-${String(i).padStart(4, '0')}-${String(generation).padStart(3, '0')}`],
    ];
  });
}

for (const version of [1, 2] as const) {
  test(`a tenth of the series replaced each hour, version ${version}: nothing grows`, () => {
    const site = newIngestSite();
    const { ingest, clock } = site;
    const sizes: string[] = [];
    for (let hour = 0; hour < 60; hour++) {
      clock.nowMs = NOW_MS + hour * HOUR_MS;
      write(site, version, podsIn(hour, 400));
      ingest.forget(clock.nowMs - 6 * HOUR_MS);
      if (hour >= 20) sizes.push(JSON.stringify(ingest.stats()));
    }
    assert.equal(new Set(sizes).size, 1, [...new Set(sizes)].join(' '));
    // Those that send, and those that fell silent within the last six hours.
    assert.equal(ingest.stats().series, 400 + 6 * 40);
    assert.equal(site.bound.length, 400 + 59 * 40, 'every pod is looked at once');
  });
}

test('what took the place of a forgotten series is not taken for it', () => {
  const site = newIngestSite();
  const { ingest, clock, cellOf } = site;
  const gauge = (name: string) => [['__name__', name]] as Labels;
  // The order in which they came is remembered, also of those that are gone.
  write(site, 1, [gauge('aaaa'), gauge('bbbb'), gauge('cccc')]);
  clock.nowMs += HOUR_MS;
  write(site, 1, [gauge('aaaa'), gauge('cccc')]);
  assert.equal(ingest.forget(clock.nowMs), 1);
  write(site, 1, [gauge('dddd')]);
  clock.nowMs += 1000;
  write(site, 1, [gauge('aaaa'), gauge('bbbb'), gauge('dddd'), gauge('cccc')]);
  for (const name of ['aaaa', 'bbbb', 'cccc', 'dddd']) {
    assert.equal(cellOf(name)?.atMs, clock.nowMs, name);
  }
  assert.equal(ingest.stats().series, 4);
});

test('members of a sum that are forgotten leave it; the sum of another cell is another', () => {
  const site = newIngestSite({
    binding: (_, { disk }) => ({ combine: 'sum', cell: disk.startsWith('a') ? 1 : 2, entity: 5 }),
  });
  const { ingest, clock, cells } = site;
  const send = (...lines: string[]) => {
    clock.nowMs += 1000;
    ingest.page(PAGE_SOURCE, page(...lines), clock.nowMs);
  };
  send('bytes{disk="a1"} 1', 'bytes{disk="a2"} 2');
  assert.equal(cells.get(1)?.value, 3);
  clock.nowMs += HOUR_MS;
  assert.equal(ingest.forget(clock.nowMs), 2);
  send('bytes{disk="b1"} 10', 'bytes{disk="b2"} 20');
  assert.equal(cells.get(2)?.value, 30);
  send('bytes{disk="b1"} 10', 'bytes{disk="b2"} 20', 'bytes{disk="a1"} 4');
  assert.deepEqual([cells.get(1)?.value, cells.get(2)?.value], [4, 30]);
  assert.deepEqual(ingest.partsOf(1), [{ series: 'bytes{disk="a1"}', value: 4 }]);
});

test('ignored series take no room from those without an entity, nor the other way round', () => {
  const limits = { maxUnmatched: 3, maxIgnored: 5 };
  const { ingest } = newIngestSite({
    limits,
    bind: (_, { mode }) => (mode === 'user' ? 'ignored' : null),
  });
  const lines = (mode: string, count: number) =>
    Array.from({ length: count }, (_, i) => `cpu_seconds{mode="${mode}",cpu="${i}"} 1`);
  ingest.page(PAGE_SOURCE, page(...lines('user', 20)), NOW_MS);
  ingest.page(PAGE_SOURCE, page(...lines('idle', 20)), NOW_MS + 1);
  const { ignoredSeries, unmatchedSeries, series } = ingest.stats();
  assert.deepEqual(
    { ignoredSeries, unmatchedSeries, series },
    {
      ...{ ignoredSeries: 5, unmatchedSeries: 3, series: 8 },
    },
  );
  assert.deepEqual(ingest.counts(), { ignored: 20, unmatched: 20 });
});

test('a flood of series that lead nowhere is counted to the last, and held to the limits', () => {
  const { ingest } = newIngestSite({
    maps: name => name !== 'unknown_metric',
    binding: () => null,
    limits: { maxUnmatched: 100, maxNames: 10 },
  });
  const flood = 5000;
  for (let at = 0; at < flood; at += 500) {
    const part = Array.from({ length: 500 }, (_, i) => at + i);
    const bodies = [
      ...part.map(i => `power_watts{host="stranger-${i}"} 1`),
      ...part.map(i => `unknown_metric{id="${i}"} 1`),
    ];
    ingest.page(PAGE_SOURCE, page(...bodies), NOW_MS + at);
  }
  assert.deepEqual(ingest.counts(), { unmatched: flood, unmapped: flood });
  const { keyBytes, ...counts } = ingest.stats();
  assert.deepEqual(counts, { series: 100, unmatchedSeries: 100, ignoredSeries: 0 });
  assert.ok(keyBytes < 100 * 64, `${keyBytes} bytes`);
});

test('labels that were read before are those of the series they stand in', () => {
  const { ingest, bound } = newIngestSite();
  const scrape = (id: string, ...lines: string[]) =>
    ingest.page({ id, labels: { instance: id } }, page(...lines), NOW_MS);
  scrape('a', 'x{gpu="0"} 1', 'y{gpu="0"} 1', 'y{gpu="1"} 1', 'z 1', 'w 1', '{"v",gpu="0"} 1');
  scrape('b', 'x{gpu="0"} 1', 'y {gpu="0"} 1', 'z 1');
  assert.deepEqual(
    bound.map(({ name, labels: { instance, gpu = '-' } }) => `${instance} ${name} ${gpu}`),
    [...['a x 0', 'a y 0', 'a y 1', 'a z -', 'a w -', 'a v 0'], ...['b x 0', 'b y 0', 'b z -']],
  );
});

test('the name may stand anywhere among the labels of a request, or be refused', () => {
  const site = newIngestSite();
  const { ingest, bound, clock } = site;
  const sets: Labels[] = [
    [
      ['__name__', 'x'],
      ['a', '1'],
    ],
    [
      ['a', '1'],
      ['__name__', 'y'],
    ],
    [
      ['Z', '2'],
      ['__name__', 'x'],
      ['a', '1'],
    ],
    [
      ['Z', '2'],
      ['__name__', 'y'],
      ['a', '1'],
    ],
  ];
  for (const version of [1, 2] as const) write(site, version, sets);
  const seen = bound.map(({ name, labels }) => `${name} ${labels.Z ?? '-'} ${labels.a}`);
  const once = ['x - 1', 'y - 1', 'x 2 1', 'y 2 1'];
  assert.deepEqual(seen, [...once, ...once]);
  const bad: Labels[] = [
    [['a', '1']],
    [
      ['__name__', ''],
      ['a', '1'],
    ],
    [
      ['__name__', 'x'],
      ['a', '1'],
      ['a', '1'],
    ],
    [
      ['__name__', 'x'],
      ['a', '1'],
      ['__name__', 'y'],
    ],
    [
      ['__name__', 'n'.repeat(5000)],
      ['a', '1'],
    ],
  ];
  for (const labels of bad) {
    const series = [{ labels, samples: [{ value: 1, atMs: clock.nowMs }] }];
    for (const [encode, headers] of [
      [encodeWriteV1, V1],
      [encodeWriteV2, V2],
    ] as const) {
      const answer = ingest.writeRequest(encodeSnappy(encode(series)), headers, 'bad');
      assert.equal(answer.status, 400, JSON.stringify(labels).slice(0, 80));
    }
  }
});
