import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Binding } from '../../server/ingest/binding.ts';
import { OUTCOMES } from '../../server/ingest/counters.ts';
import { SIGNAL_INDEX } from '../../twin/index.ts';
import {
  give,
  type IngestSite,
  NOW_MS,
  newIngestSite,
  PAGE_SOURCE,
  since,
  sum,
} from '../support/ingest-site.ts';

const QUERY = { id: 'query', labels: {} };
const signal = (id: string) => SIGNAL_INDEX.get(id) ?? -1;

/** Samples of a second each. */
function giveAll(site: IngestSite, values: readonly number[]): void {
  for (const [s, value] of values.entries()) give(site, value, s);
}

test('a good sample is converted and written with its time', () => {
  const site = newIngestSite({ binding: () => ({ scale: 0.001, offset: 5 }) });
  give(site, 2000, -3);
  assert.deepEqual(site.cellOf('w'), { value: 7, atMs: NOW_MS - 3000, isStale: false });
});

test('not a number, blank sentinels, and values that only look like them', () => {
  const blanks = [
    2147483632,
    2147483644,
    2 ** 47,
    2 ** 47 + 3,
    Number('9223372036854775794'),
    1e19,
  ];
  const real = [2147483631, 2147483645, 2147483632.5, 2 ** 47 - 1, 2 ** 47 + 4, 8.9e18];
  const site = newIngestSite({ binding: () => ({ max: Infinity }) });
  assert.deepEqual(
    since(site, () => give(site, Number.NaN)),
    { nan: 1 },
  );
  assert.deepEqual(
    since(site, () => giveAll(site, blanks)),
    { blank: 6 },
  );
  assert.equal(site.cellOf('w'), undefined);
  assert.deepEqual(
    since(site, () => giveAll(site, real)),
    { accepted: 6 },
  );
});

test('the future is bounded, the past too, and nothing of either is kept', () => {
  const site = newIngestSite();
  assert.deepEqual(
    since(site, () => give(site, 1, 60)),
    { accepted: 1 },
  );
  assert.deepEqual(
    since(site, () => give(site, 1, 60.001)),
    { future: 1 },
  );
  assert.deepEqual(
    since(site, () => give(site, 1, -7200.001)),
    { tooOld: 1 },
  );
  assert.equal(site.cellOf('w')?.atMs, NOW_MS + 60_000);
});

test('late samples go to the history and never to the state', () => {
  const site = newIngestSite({ binding: () => ({ scale: 10, max: 1000 }) });
  give(site, 5, 0);
  assert.deepEqual(
    since(site, () => give(site, 3, -7000)),
    { late: 1 },
  );
  assert.deepEqual(
    since(site, () => give(site, 300, -6000)),
    { late: 1 },
  );
  assert.equal(site.cellOf('w')?.value, 50);
  assert.deepEqual(site.late, [{ cell: 0, value: 30, atMs: NOW_MS - 7_000_000 }]);
});

test('a late sample of a cell that is empty is simply its first', () => {
  const site = newIngestSite();
  assert.deepEqual(
    since(site, () => give(site, 3, -7000)),
    { accepted: 1 },
  );
});

test('the same time again: a duplicate with the same value, a conflict with another', () => {
  const site = newIngestSite();
  give(site, 5);
  assert.deepEqual(
    since(site, () => give(site, 5)),
    { duplicate: 1 },
  );
  assert.deepEqual(
    since(site, () => give(site, 6)),
    { conflict: 1 },
  );
  assert.equal(site.cellOf('w')?.value, 5);
});

test('two series of one cell: the newer wins, the same time is settled by the first', () => {
  const site = newIngestSite({ binding: () => ({ cell: 3 }) });
  give(site, 1, 0, 'a');
  assert.deepEqual(
    since(site, () => give(site, 2, -5, 'b')),
    { late: 1 },
  );
  assert.deepEqual(
    since(site, () => give(site, 2, 0, 'b')),
    { conflict: 1 },
  );
  assert.deepEqual(
    since(site, () => give(site, 1, 0, 'c')),
    { duplicate: 1 },
  );
  assert.deepEqual(
    since(site, () => give(site, 9, 5, 'b')),
    { accepted: 1 },
  );
  assert.equal(site.cells.get(3)?.value, 9);
});

test('out of range is refused; what is right in another unit is a trap, and listed', () => {
  const of = (id: string, min: number, max: number): Partial<Binding> => ({
    signal: signal(id),
    min,
    max,
  });
  const cases: [Partial<Binding>, number, string | undefined][] = [
    [of('utilRatio', 0, 1.01), 87, 'percent'],
    [of('utilRatio', 0, 1.01), 250, undefined],
    [of('inletTempC', -30, 90), 296, 'kelvin'],
    [of('inletTempC', -30, 90), 95, 'degrees Fahrenheit'],
    [of('inletTempC', -30, 90), 24_500, 'a thousandth of the unit'],
    [of('inletTempC', -30, 90), -100, undefined],
    [of('gpuPowerW', 0, 3000), 412_000, 'a thousandth of the unit'],
    [of('gpuPowerW', 0, 3000), 4000, undefined],
    [of('gpuPowerW', 0, 3000), -1, undefined],
    [of('gpuPowerW', 0, 3000), Infinity, undefined],
  ];
  for (const [binding, value, looksLike] of cases) {
    const site = newIngestSite({ binding: () => binding });
    const counts = since(site, () => give(site, value));
    assert.deepEqual(counts, looksLike ? { unitTrap: 1 } : { range: 1 }, `${value}`);
    assert.equal(site.cells.size, 0);
    assert.equal(site.ingest.unitTraps()[0]?.looksLike, looksLike);
  }
});

test('the list of unit traps is bounded and names the series', () => {
  const site = newIngestSite({ binding: () => ({ signal: signal('utilRatio'), max: 1.01 }) });
  const lines = Array.from({ length: 300 }, (_, i) => `util{gpu="${i}"} 50\n`);
  for (let round = 0; round < 2; round++) {
    site.ingest.page(PAGE_SOURCE, Buffer.from(lines.join('')), NOW_MS + round);
  }
  const traps = site.ingest.unitTraps();
  assert.equal(traps.length, 100);
  assert.deepEqual(traps[0], {
    series: 'util{gpu="0"}',
    entity: 1000,
    signal: 'utilRatio',
    value: 50,
    looksLike: 'percent',
    count: 2,
  });
  assert.deepEqual(site.ingest.counts(), { unitTrap: 600 });
});

test('a text is the current one while its metric is not 0', () => {
  const site = newIngestSite({
    binding: name => ({ cell: 0, text: name === 'a' ? 11 : 12, max: 1e9 }),
  });
  give(site, 1, 0, 'a');
  assert.equal(site.cells.get(0)?.value, 11);
  assert.deepEqual(
    since(site, () => give(site, 0, 1, 'a')),
    { textOff: 1 },
  );
  give(site, 1, 1, 'b');
  assert.equal(site.cells.get(0)?.value, 12);
});

test('overload: what informs goes first, then what operates; what bears limits never', () => {
  const site = newIngestSite({ binding: name => ({ shed: name as Binding['shed'] }) });
  const all = (s: number) => () => {
    for (const name of ['limit', 'operational', 'informational']) give(site, s, s, name);
  };
  assert.deepEqual(since(site, all(1)), { accepted: 3 });
  site.ingest.setShedLevel(1);
  assert.deepEqual(since(site, all(2)), { accepted: 2, shed: 1 });
  site.ingest.setShedLevel(2);
  assert.deepEqual(since(site, all(3)), { accepted: 1, shed: 2 });
  assert.equal(site.cellOf('limit')?.value, 3);
  site.ingest.setShedLevel(0);
  assert.deepEqual(since(site, all(4)), { accepted: 3 });
});

test('HA replicas: one is listened to, the other takes over after 30 s of silence', () => {
  const site = newIngestSite();
  const from = (replica: string, value: number, s: number) => {
    site.clock.nowMs = NOW_MS + s * 1000;
    const labels = { __name__: 'w', gpu: '0', cluster: 'c1', __replica__: replica };
    site.ingest.sample(QUERY, labels, value, NOW_MS + s * 1000);
  };
  assert.deepEqual(
    since(site, () => from('a', 1, 0)),
    { accepted: 1 },
  );
  assert.deepEqual(
    since(site, () => from('b', 2, 1)),
    { replica: 1 },
  );
  assert.deepEqual(
    since(site, () => from('a', 3, 15)),
    { accepted: 1 },
  );
  assert.deepEqual(
    since(site, () => from('b', 4, 45)),
    { replica: 1 },
  );
  assert.deepEqual(
    since(site, () => from('b', 5, 45.1)),
    { accepted: 1, replicaFailover: 1 },
  );
  assert.deepEqual(
    since(site, () => from('a', 6, 46)),
    { replica: 1 },
  );
  assert.equal(site.cellOf('w', { gpu: '0', cluster: 'c1' })?.value, 5);
  assert.ok(site.bound.every(({ labels }) => !('__replica__' in labels)));
});

test('HA replicas: clusters elect apart; an exporter may use the word for itself', () => {
  const site = newIngestSite();
  const from = (labels: Record<string, string>) =>
    since(site, () => site.ingest.sample(QUERY, { __name__: 'w', ...labels }, 1, NOW_MS));
  assert.deepEqual(from({ prometheus: 'p', prometheus_replica: '0' }), { accepted: 1 });
  assert.deepEqual(from({ prometheus: 'p', prometheus_replica: '1' }), { replica: 1 });
  assert.deepEqual(from({ prometheus: 'q', prometheus_replica: '1' }), { accepted: 1 });
  assert.deepEqual(from({ replica: '0' }), { accepted: 1 });
  assert.deepEqual(from({ replica: '1' }), { accepted: 1 });
  const page = 'v{cluster="p",replica="0"} 1\nv{cluster="p",replica="1"} 2\n';
  assert.equal(site.ingest.page(PAGE_SOURCE, Buffer.from(page), NOW_MS).accepted, 2);
});

test('counts of other parts stand beside those of the gate', () => {
  const { ingest } = newIngestSite();
  ingest.drop('bmc-1', 'timeout', 3);
  ingest.drop('bmc-1', 'badLine');
  assert.deepEqual(ingest.counts('bmc-1'), { timeout: 3, badLine: 1 });
  assert.deepEqual(ingest.counts('nobody'), {});
});

test('whatever comes, each sample has one outcome, and cells move forward within their range', () => {
  const sample = fc.record({
    value: fc.oneof(fc.double(), fc.integer({ min: -5, max: 20 }), fc.constant(Number.NaN)),
    name: fc.constantFrom('gauge', 'other', 'counter_total', 'part_a', 'part_b', 'lost', 'hour'),
    offsetS: fc.oneof(fc.integer({ min: -20, max: 70 }), fc.integer({ min: -8000, max: 100 })),
  });
  const RANGE = { min: 0, max: 15 };
  const bindings: Record<string, Partial<Binding> | null> = {
    gauge: { ...RANGE, cell: 0 },
    other: { ...RANGE, cell: 0 },
    counter_total: { ...RANGE, cell: 1, mode: 'rate' },
    part_a: { ...RANGE, cell: 2, combine: 'max' },
    part_b: { ...RANGE, cell: 2, combine: 'max' },
    hour: { ...RANGE, cell: 3, mode: 'increase1h' },
    lost: null,
  };
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 80 }), samples => {
      const site = newIngestSite({ binding: name => bindings[name] });
      const newest = new Map<number, number>();
      for (const { value, name, offsetS } of samples) {
        give(site, value, offsetS, name);
        for (const [cell, { value: written, atMs }] of site.cells) {
          assert.ok(atMs >= (newest.get(cell) ?? -Infinity) && atMs <= NOW_MS + 60_000);
          assert.ok(written >= 0 && written <= 15);
          newest.set(cell, atMs);
        }
      }
      assert.equal(sum(site.ingest.counts(), OUTCOMES), samples.length);
    }),
    { numRuns: 500 },
  );
});
