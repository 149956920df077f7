import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { RangeAnswer, RangeQuery } from '../../server/history/store/contract.ts';
import { modelAt, modelOf } from '../../server/recovery/past-model.ts';
import { createPlayback } from '../../server/recovery/playback.ts';
import { rolledUpAt } from '../../server/recovery/rolled-up.ts';
import { listSnapshots } from '../../server/recovery/snapshot-file.ts';
import { readSignal, signalIndex } from '../../twin/index.ts';
import { smallInventory, smallTopology } from '../support/small-service.ts';
import {
  afterCrash,
  measured,
  removeFolders,
  STORED_START_MS,
  type StoredSite,
  silent,
  storedSite,
} from '../support/stored-site.ts';

after(removeFolders);

const EVENT = {
  ...{ source: 'redfish/r1-k1-n1', atMs: STORED_START_MS, uncertaintyMs: 1000, key: 'sel-1' },
  ...{ severity: 'critical' as const, text: 'PSU 1 lost input' },
};

/** Some minutes of a site: values that come, change, end and age. */
function live(site: StoredSite, minutes: number) {
  for (let minute = 0; minute < minutes; minute++) {
    site.write('r1-k1-n1', 'bmcPowerW', 5000 + minute);
    if (minute % 2 === 0) site.write('r1-k2-n1', 'bmcPowerW', 6000 + minute);
    site.write('r1-k1-n1/gpu0', 'gpuTempC', 50 + (minute % 20));
    if (minute === 3) site.write('r1-k1-n2', 'inletTempC', 24);
    if (minute === 5) site.end('r1-k1-n2', 'inletTempC');
    site.pass(60);
  }
}

test('after a crash the model is what had been made durable', async () => {
  const site = await storedSite();
  live(site, 8);
  site.live.events.add(EVENT);
  const text = site.live.texts.intern('535.104.05');
  site.write('r1-k1-n1', 'driverText', text);
  assert.ok(await site.storage.journal.durable());
  const again = await storedSite(afterCrash(site), { nowMs: site.clock.nowMs });
  assert.equal(measured(again), measured(site));
  assert.equal(again.storage.restored.damages.length, 0);
  assert.deepEqual(again.live.events.recent(10), [EVENT]);
  assert.equal(again.live.texts.textOf(again.value('r1-k1-n1', 'driverText')), '535.104.05');
  assert.equal(again.value('r1-k1', 'powerW'), site.value('r1-k1', 'powerW'));
  for (const each of [site, again]) await each.storage.close();
});

test('a snapshot and the journal behind it give the same as the whole journal', async () => {
  const site = await storedSite();
  live(site, 4);
  assert.ok(await site.storage.snapshot());
  live(site, 4);
  await site.storage.journal.durable();
  const again = await storedSite(afterCrash(site), { nowMs: site.clock.nowMs });
  assert.equal(again.storage.restored.snapshotMs, STORED_START_MS + 4 * 60_000);
  assert.equal(measured(again), measured(site));
  for (const each of [site, again]) await each.storage.close();
});

test('what a restarted service adds is there after the next crash', async () => {
  const first = await storedSite();
  live(first, 3);
  await first.storage.close();
  const second = await storedSite(first.dir, { nowMs: first.clock.nowMs });
  live(second, 3);
  await second.storage.journal.durable();
  const third = await storedSite(afterCrash(second), { nowMs: second.clock.nowMs });
  assert.equal(measured(third), measured(second));
  for (const each of [second, third]) await each.storage.close();
});

test('a damaged snapshot costs nothing but the time to read further back', async () => {
  const site = await storedSite();
  live(site, 3);
  await site.storage.snapshot();
  live(site, 3);
  await site.storage.snapshot();
  await site.storage.journal.durable();
  const dir = afterCrash(site);
  const newest = listSnapshots(dir).at(-1)!.file;
  const bytes = readFileSync(newest);
  bytes[bytes.length >> 1] ^= 0xff;
  writeFileSync(newest, bytes);
  const again = await storedSite(dir, { nowMs: site.clock.nowMs });
  assert.equal(again.storage.restored.snapshotMs, STORED_START_MS + 3 * 60_000);
  assert.equal(measured(again), measured(site));
  for (const each of [site, again]) await each.storage.close();
});

test('breaches keep the time since when they stand', async () => {
  const site = await storedSite();
  site.write('r1-k1-n1', 'bmcPowerW', 20_000);
  site.pass(1);
  const [breach] = site.live.twin.judge.breaches.values();
  await site.storage.snapshot();
  const again = await storedSite(afterCrash(site), { nowMs: site.clock.nowMs + 5000 });
  const [kept] = again.live.twin.judge.breaches.values();
  assert.equal(kept.limit.row.id, breach.limit.row.id);
  assert.equal(kept.sinceMs, breach.sinceMs);
  for (const each of [site, again]) await each.storage.close();
});

test('under another inventory, values go with the ids that are still there', async () => {
  const site = await storedSite();
  live(site, 2);
  await site.storage.snapshot();
  site.write('r1-k1-n1', 'bmcPowerW', 7777);
  await site.storage.journal.durable();
  const topology = smallTopology(3);
  const more = await storedSite(afterCrash(site), { nowMs: site.clock.nowMs, topology });
  assert.equal(more.value('r1-k1-n1', 'bmcPowerW'), 7777);
  assert.equal(more.value('r1-k2-n1', 'bmcPowerW'), site.value('r1-k2-n1', 'bmcPowerW'));
  const fewer = await storedSite(afterCrash(site), {
    nowMs: site.clock.nowMs,
    topology: smallTopology(1),
  });
  assert.equal(fewer.value('r1-k1-n1', 'bmcPowerW'), 7777);
  assert.equal(fewer.live.twin.topology.indexOf('r1-k2-n1'), -1);
  for (const each of [site, more, fewer]) await each.storage.close();
});

test('any instant is what it was, also under the inventory of then', async () => {
  const site = await storedSite();
  const seen: { atMs: number; powerW: number; measured: string }[] = [];
  const look = () => {
    seen.push({
      atMs: site.clock.nowMs,
      powerW: site.value('r1-k1', 'powerW'),
      measured: measured(site),
    });
    // The journal's records carry the clock of when they were sealed.
    return site.storage.journal.durable();
  };
  for (let minute = 0; minute < 6; minute++) {
    live(site, 1);
    await look();
    site.clock.nowMs += 1;
    if (minute === 2) await site.storage.snapshot();
    if (minute === 3) {
      const before = site.live.twin.topology.generation;
      site.live.reload(smallInventory(3) as never);
      assert.equal(site.live.twin.topology.generation, before + 1);
    }
  }
  for (const { atMs, powerW, measured: hash } of seen) {
    const { live: past } = modelAt({ dataDir: site.dir, atMs, log: silent });
    const rack = past.twin.topology.indexOf('r1-k1');
    assert.equal(readSignal(past.twin.state, signalIndex('powerW'), rack).value, powerW);
    assert.equal(measuredOf(past), hash, new Date(atMs).toISOString());
  }
  assert.throws(
    () => modelAt({ dataDir: site.dir, atMs: STORED_START_MS - 1, log: silent }),
    /does not know of 2026-04-01T07:59:59.999Z: it reaches back to 2026-04-01T08:/,
  );
  await site.storage.close();
});

const measuredOf = (live: StoredSite['live']) => measured({ live } as StoredSite);

test('a playback shows what came in, as its clock goes', async () => {
  const site = await storedSite();
  live(site, 5);
  await site.storage.journal.durable();
  const fromMs = STORED_START_MS + 60_000;
  const playback = createPlayback({
    ...{ dataDir: site.dir, fromMs, toMs: site.clock.nowMs, speed: 1e9, log: silent },
  });
  while (playback.clock.now() < site.clock.nowMs) await delay(1);
  playback.advance();
  playback.live.tick();
  assert.equal(measuredOf(playback.live), measured(site));
  await site.storage.close();
});

test('what the journal does not reach is made of roll-ups, and says of which', async () => {
  const topology = smallTopology();
  const atMs = Date.parse('2026-03-01T10:20:00Z');
  const asked: RangeQuery[] = [];
  const store = {
    async range(query: RangeQuery): Promise<RangeAnswer> {
      asked.push(query);
      const { entities, signals, fromMs, toMs, stepMs } = query;
      const values = new Float64Array(entities.length * signals.length).fill(Number.NaN);
      const entity = entities.indexOf('r1-k1-n1');
      const signal = signals.indexOf('bmcPowerW');
      if (entity >= 0) values[entity * signals.length + signal] = 6400;
      const spans = [{ tier: '15m' as const, fromMs, toMs }];
      return { fromMs, stepMs, count: 1, values, spans, isBehind: false };
    },
  };
  const stood = { at: () => ({ generation: 'g1', topology }) };
  const rolledUp = await rolledUpAt(store, stood, atMs);
  assert.equal(rolledUp?.tier, '15m');
  assert.equal(rolledUp.generation, 'g1');
  assert.ok(asked.every(({ toMs }) => toMs === Date.parse('2026-03-01T10:15:00Z')));
  const { twin } = modelOf(rolledUp, topology);
  const read = (id: string, signal: string) =>
    readSignal(twin.state, signalIndex(signal), topology.indexOf(id));
  assert.equal(read('r1-k1-n1', 'bmcPowerW').value, 6400);
  assert.equal(read('r1-k1-n1', 'powerW').value, 6400);
  assert.equal(read('r1-k1', 'powerW').quality > 0, true);
  const nothing = { range: async (query: RangeQuery) => emptyAnswer(query) };
  assert.equal(await rolledUpAt(nothing, stood, atMs), undefined);
});

function emptyAnswer({ entities, signals, fromMs, stepMs }: RangeQuery): RangeAnswer {
  const values = new Float64Array(entities.length * signals.length).fill(Number.NaN);
  return { fromMs, stepMs, count: 1, values, spans: [], isBehind: false };
}

test('files of one directory are those the documents name', async () => {
  const site = await storedSite();
  live(site, 1);
  await site.storage.close();
  assert.deepEqual(readdirSync(site.dir).sort(), [
    'generations',
    'history',
    'journal',
    'snapshots',
  ]);
  const [generation] = readdirSync(join(site.dir, 'generations'));
  assert.deepEqual(readdirSync(join(site.dir, 'generations', generation)).sort(), [
    'entities.json.zst',
    'inventory.json',
  ]);
});

test('a nameplate is in the model, and in no history: it would be a peak that never was', async () => {
  const site = await storedSite();
  const { recording } = site.storage;
  site.pass(60);
  assert.ok(site.value('r1-k1', 'powerW') > 0);
  assert.equal(recording.sample(site.clock.nowMs), 0);
  site.write('r1-k1-n1', 'bmcPowerW', 5000);
  site.pass(10);
  assert.ok(recording.sample(site.clock.nowMs) > 0);
  site.pass(7200);
  assert.ok(site.value('r1-k1', 'powerW') > 0, 'silent for hours: back to what is printed on it');
  assert.equal(recording.sample(site.clock.nowMs), 0);
  await site.storage.close();
});
