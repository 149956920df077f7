import assert from 'node:assert/strict';
import test from 'node:test';
import { pino } from 'pino';
import type { Identity } from '../../server/ingest/joined-ingest.ts';
import { createRebinding } from '../../server/ingest/rebinding.ts';
import { NOW_MS, newIngestSite, PAGE_SOURCE } from '../support/ingest-site.ts';

/** Ten series that nobody knows, until they do. */
function strangers() {
  let isKnown = false;
  const site = newIngestSite({ binding: () => (isKnown ? {} : null) });
  const lines = Array.from({ length: 10 }, (_, i) => `power_watts{gpu="${i}"} 1\n`);
  site.ingest.page(PAGE_SOURCE, Buffer.from(lines.join('')), NOW_MS);
  site.bound.length = 0;
  let cleared = 0;
  const identity = {
    topology: { parent: new Int32Array(5000) },
    aliases: { learned: () => [] },
    unmatched: { forgetBefore: () => void cleared++ },
  } as unknown as Identity;
  const rebinding = createRebinding(site.ingest, () => identity, pino({ level: 'silent' }), 4);
  return { site, rebinding, learn: () => (isKnown = true), cleared: () => cleared };
}

test('many series are looked at again in parts, each once', () => {
  const { site, rebinding, learn, cleared } = strangers();
  assert.equal(rebinding.goOn(), false, 'nothing has begun');
  learn();
  rebinding.begin([]);
  const left: number[] = [];
  do left.push(site.ingest.stats().unmatchedSeries);
  while (rebinding.goOn());
  assert.deepEqual(left, [6, 2, 0]);
  assert.equal(site.bound.length, 10);
  assert.equal(cleared(), 1, 'the list is begun anew once');
});

test('what is begun anew looks at all again; what is stopped at none', () => {
  const { site, rebinding, learn } = strangers();
  rebinding.begin([]);
  assert.equal(site.bound.length, 4);
  learn();
  rebinding.begin([]);
  while (rebinding.goOn());
  assert.equal(site.ingest.stats().unmatchedSeries, 0);
  rebinding.begin([1000]);
  rebinding.stop();
  assert.equal(rebinding.goOn(), false);
});

test('series of a host that is concerned are bound again, also when another part is not through', () => {
  const { site, rebinding, learn } = strangers();
  learn();
  rebinding.begin([]);
  while (rebinding.goOn());
  site.bound.length = 0;
  // The site's cells are entities from 1000 on.
  rebinding.begin([1003, 1004, 1005, 1006, 1007]);
  rebinding.begin([1001]);
  while (rebinding.goOn());
  const again = site.bound.map(({ labels }) => labels.gpu);
  assert.deepEqual(new Set(again), new Set(['1', '3', '4', '5', '6', '7']));
});
