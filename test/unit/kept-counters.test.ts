import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Binding } from '../../server/ingest/binding.ts';
import type { KeptCounters } from '../../server/ingest/kept-counters.ts';
import {
  give,
  type IngestSite,
  NOW_MS,
  newIngestSite,
  PAGE_SOURCE,
  since,
} from '../support/ingest-site.ts';

const MODES: Readonly<Record<string, Partial<Binding>>> = {
  rate: { mode: 'rate' },
  other: { mode: 'rate', scale: 0.5 },
  hour: { mode: 'increase1h' },
  gauge: {},
};

const newSite = () => newIngestSite({ binding: name => MODES[name] });

function encoded(counters: KeptCounters): Uint8Array {
  const parts = counters.encoded();
  for (;;) {
    const part = parts.next();
    if (part.done) return part.value;
  }
}

/** As after a restart: nothing is left of a site but what a snapshot holds of its counters. */
function restarted({ ingest, clock }: IngestSite): IngestSite {
  const site = newSite();
  site.clock.nowMs = clock.nowMs;
  assert.ok(site.ingest.counters.restore(encoded(ingest.counters)));
  return site;
}

test('a counter has its rate, and its rise of an hour, with the first sample after a restart', () => {
  const site = newSite();
  for (const name of ['rate', 'hour']) {
    give(site, 100, -60, name);
    give(site, 160, -30, name);
  }
  const again = restarted(site);
  const became = since(again, () => {
    for (const name of ['rate', 'hour']) give(again, 220, 0, name);
  });
  assert.deepEqual(became, { accepted: 2 });
  assert.equal(again.cellOf('rate')?.value, 2);
  assert.equal(again.cellOf('hour')?.value, 120);
});

test('what came before the restart is late, as it would have been', () => {
  const site = newSite();
  give(site, 100, -60, 'rate');
  const again = restarted(site);
  assert.deepEqual(
    since(again, () => give(again, 90, -70, 'rate')),
    { late: 1 },
  );
});

test('the parts of a sum go on, in whichever form they come', () => {
  const binding = (name: string) =>
    name === 'net_bytes' ? ({ cell: 7, mode: 'rate', combine: 'sum' } as const) : {};
  const page = (a: number, b: number) =>
    Buffer.from(`net_bytes{port="1"} ${a}\nnet_bytes{port="2"} ${b}\n`);
  const site = newIngestSite({ binding });
  site.ingest.page(PAGE_SOURCE, page(100, 200), NOW_MS - 20_000);
  const again = newIngestSite({ binding });
  assert.ok(again.ingest.counters.restore(encoded(site.ingest.counters)));
  again.ingest.page(PAGE_SOURCE, page(150, 300), NOW_MS - 10_000);
  assert.equal(again.cells.get(7)?.value, 15);
});

test('another source, other labels, and a gauge do not go on', () => {
  const site = newSite();
  const labels = { __name__: 'rate', gpu: '1' };
  site.ingest.sample(PAGE_SOURCE, labels, 5, NOW_MS - 1000);
  give(site, 5, -1, 'gauge');
  const again = restarted(site);
  assert.equal(again.ingest.counters.waiting, 1);
  const others = since(again, () => {
    again.ingest.sample({ id: 'other', labels: {} }, labels, 6, NOW_MS);
    again.ingest.sample(PAGE_SOURCE, { ...labels, gpu: '2' }, 6, NOW_MS);
  });
  assert.deepEqual(others, { baseline: 2 });
  assert.equal(again.ingest.counters.waiting, 1);
});

test('who has not come back is in the next snapshot too, and given up after an hour', () => {
  const site = newSite();
  give(site, 100, -60, 'rate');
  give(site, 100, -60, 'hour');
  const twice = restarted(restarted(site));
  assert.equal(twice.ingest.counters.waiting, 2);
  give(twice, 130, 0, 'rate');
  assert.equal(twice.cellOf('rate')?.value, 0.5);
  twice.ingest.counters.expire(NOW_MS + 3_600_000 - 60_000);
  assert.equal(twice.ingest.counters.waiting, 1);
  twice.ingest.counters.expire(NOW_MS + 3_600_001 - 60_000);
  assert.equal(twice.ingest.counters.waiting, 0);
  assert.equal(encoded(twice.ingest.counters).length, 8 * (2 + 4), 'only what is here');
});

test('a counter that finds its entity only later goes on too, and is kept once', () => {
  let isKnown = true;
  const binding = () => (isKnown ? MODES.rate : null);
  const site = newIngestSite({ binding });
  give(site, 100, -60);
  const again = newIngestSite({ binding });
  assert.ok(again.ingest.counters.restore(encoded(site.ingest.counters)));
  isKnown = false;
  give(again, 130, -30);
  isKnown = true;
  again.ingest.rebind();
  give(again, 160, 0);
  assert.equal(again.cellOf('w')?.value, 1);
  assert.equal(encoded(again.ingest.counters).length, 8 * (2 + 4));
});

test('a counter of which nothing was taken yet keeps nothing, and spoils nothing', () => {
  const site = newSite();
  give(site, Number.NaN, -60, 'other');
  give(site, 100, -60, 'rate');
  assert.equal(restarted(site).ingest.counters.waiting, 1);
});

test('with restarts or without: the values are the same', () => {
  const step = fc.record({
    name: fc.constantFrom('rate', 'other', 'hour'),
    afterS: fc.integer({ min: 1, max: 900 }),
    rise: fc.integer({ min: -50, max: 100 }),
    isAfterRestart: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const steady = newSite();
      let moved = newSite();
      const totals: Record<string, number> = { rate: 500, other: 500, hour: 500 };
      let atS = 0;
      for (const { name, afterS, rise, isAfterRestart } of steps) {
        if (isAfterRestart) moved = restarted(moved);
        atS += afterS;
        // A counter that falls has begun anew.
        totals[name] = Math.max(0, totals[name] + rise);
        const outcomes = [steady, moved].map(site => {
          site.clock.nowMs = NOW_MS + 1000 * atS;
          return since(site, () => give(site, totals[name], atS, name));
        });
        assert.deepEqual(outcomes[1], outcomes[0]);
        if (outcomes[0].accepted) assert.deepEqual(moved.cellOf(name), steady.cellOf(name));
      }
    }),
  );
});

test('bytes that are something else are refused whole', () => {
  const site = newSite();
  for (const name of ['rate', 'hour']) give(site, 100, -60, name);
  const stored = encoded(site.ingest.counters);
  const isTaken = (bytes: Uint8Array) => newSite().ingest.counters.restore(bytes);
  assert.ok(isTaken(stored));
  assert.ok(isTaken(encoded(newSite().ingest.counters)));
  for (let length = 0; length < stored.length; length++) {
    assert.ok(!isTaken(stored.subarray(0, length)), `${length} bytes`);
  }
  const numbers = new Float64Array(stored.slice().buffer);
  // Version, length, and of the first row digest, time, raw value and whether a window follows.
  for (const [at, value] of [
    [0, 2],
    [1, 5],
    [2, 0.5],
    [3, Number.NaN],
    [4, Number.NaN],
    [5, 2],
    [5, 1 - numbers[5]],
  ]) {
    const changed = numbers.slice();
    changed[at] = value;
    assert.ok(!isTaken(new Uint8Array(changed.buffer)), `${value} at ${at}`);
  }
});
