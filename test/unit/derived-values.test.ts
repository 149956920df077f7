import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { HourWindows } from '../../server/ingest/hour-window.ts';
import { give, NOW_MS, newIngestSite, PAGE_SOURCE, since } from '../support/ingest-site.ts';

test('a counter gives its rise a second; a reset counts from zero; the first gives nothing', () => {
  const site = newIngestSite({ binding: () => ({ mode: 'rate', scale: 0.001 }) });
  assert.deepEqual(
    since(site, () => give(site, 1000, -60)),
    { baseline: 1 },
  );
  assert.equal(site.cellOf('w'), undefined);
  give(site, 4000, -50);
  assert.equal(site.cellOf('w')?.value, 0.3);
  assert.deepEqual(
    since(site, () => give(site, 500, -40)),
    { accepted: 1, counterReset: 1 },
  );
  assert.equal(site.cellOf('w')?.value, 0.05);
  assert.deepEqual(
    since(site, () => give(site, 400, -45)),
    { late: 1 },
  );
  assert.equal(site.late.length, 0, 'a late sample of a counter tells nothing');
});

test('a counter that was silent for more than an hour starts anew', () => {
  const site = newIngestSite({ binding: () => ({ mode: 'rate' }) });
  give(site, 0, -5000);
  assert.deepEqual(
    since(site, () => give(site, 1e6, -5000 + 3601)),
    { baseline: 1 },
  );
});

test('rise over an hour: what rose in the last 60 to 65 minutes', () => {
  const site = newIngestSite({ binding: () => ({ mode: 'increase1h' }) });
  const rises = [0, 2, 0, 0, 3, 0];
  let total = 40;
  for (const [minute, rise] of rises.entries()) {
    total += rise;
    site.clock.nowMs = NOW_MS + minute * 60_000;
    give(site, total, minute * 60);
  }
  assert.equal(site.cellOf('w')?.value, 5);
  site.clock.nowMs = NOW_MS + 55 * 60_000;
  give(site, total + 1, 55 * 60);
  assert.equal(site.cellOf('w')?.value, 6);
  site.clock.nowMs = NOW_MS + 75 * 60_000;
  give(site, total + 1, 75 * 60);
  assert.equal(site.cellOf('w')?.value, 1);
});

test('the window of an hour against the sum over a list', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 2000 }), fc.nat(5)), { maxLength: 60 });
  fc.assert(
    fc.property(steps, rises => {
      const windows = new HourWindows();
      const other = windows.open();
      const slot = windows.open();
      let atS = NOW_MS / 1000;
      const seen: { bucket: number; rise: number }[] = [];
      for (const [afterS, rise] of rises) {
        atS += afterS;
        const bucket = Math.floor(atS / 300);
        seen.push({ bucket, rise });
        const expected = seen.filter(s => s.bucket > bucket - 13).reduce((t, s) => t + s.rise, 0);
        assert.equal(windows.add(slot, rise, atS * 1000), expected);
      }
      assert.equal(windows.add(other, 0, atS * 1000), 0);
    }),
  );
});

test('several series make one value, worked out once a page', () => {
  for (const [combine, expected] of [
    ['sum', 12],
    ['mean', 4],
    ['max', 7],
    ['min', 2],
  ] as const) {
    const site = newIngestSite({ binding: () => ({ cell: 0, combine, scale: 10 }) });
    const body = 'a{c="0"} 2\na{c="1"} 3\na{c="2"} 7\n';
    site.ingest.page(PAGE_SOURCE, Buffer.from(body), NOW_MS);
    assert.deepEqual(site.cells.get(0), { value: expected * 10, atMs: NOW_MS, isStale: false });
    assert.deepEqual(site.ingest.counts(), { accepted: 3 });
  }
});

test('a member that falls silent or ends leaves the group; the last one leaves it stale', () => {
  const site = newIngestSite({ binding: () => ({ cell: 0, combine: 'sum', staleAfterS: 90 }) });
  const page = (text: string, offsetS: number) =>
    site.ingest.page(PAGE_SOURCE, Buffer.from(text), NOW_MS + offsetS * 1000);
  page('a{c="0"} 1\na{c="1"} 2\n', 0);
  page('a{c="0"} 1\n', 60);
  assert.equal(site.cells.get(0)?.value, 3);
  site.clock.nowMs = NOW_MS + 100_000;
  page('a{c="0"} 1\n', 100);
  assert.equal(site.cells.get(0)?.value, 1);
  page('a{c="1"} 5\n', 101);
  assert.equal(site.cells.get(0)?.value, 6);
});

test('a group beyond its range is not written, and noted beside its accepted samples', () => {
  const site = newIngestSite({ binding: () => ({ cell: 0, combine: 'sum', max: 10 }) });
  site.ingest.page(PAGE_SOURCE, Buffer.from('a{c="0"} 8\na{c="1"} 8\n'), NOW_MS);
  assert.deepEqual(site.ingest.counts(), { accepted: 2, combinedRange: 1 });
  assert.equal(site.cells.size, 0);
  const mean = newIngestSite({ binding: () => ({ cell: 0, combine: 'mean', max: 10 }) });
  mean.ingest.page(PAGE_SOURCE, Buffer.from('a{c="0"} 8\na{c="1"} -8\n'), NOW_MS);
  assert.deepEqual(mean.ingest.counts(), { accepted: 1, range: 1 });
  assert.equal(mean.cells.get(0)?.value, 8);
});

test('rates of several series are added', () => {
  const site = newIngestSite({ binding: () => ({ cell: 0, combine: 'sum', mode: 'rate' }) });
  const page = (a: number, b: number, s: number) =>
    site.ingest.page(PAGE_SOURCE, Buffer.from(`a{c="0"} ${a}\na{c="1"} ${b}\n`), NOW_MS + s * 1000);
  page(0, 100, 0);
  assert.equal(site.cells.size, 0);
  page(20, 110, 10);
  assert.equal(site.cells.get(0)?.value, 3);
});

test('samples of a query settle together, after the poller has given them all', async () => {
  const site = newIngestSite({ binding: () => ({ cell: 0, combine: 'sum' }) });
  give(site, 1, 0, 'a');
  give(site, 2, 0, 'b');
  assert.equal(site.cells.size, 0);
  await Promise.resolve();
  assert.equal(site.cells.get(0)?.value, 3);
});
