import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import test, { after } from 'node:test';
import { createLiveIngest } from '../../server/ingest/live-ingest.ts';
import { MAPPINGS } from '../../server/ingest/mappings/index.ts';
import { listSnapshots } from '../../server/recovery/snapshot-file.ts';
import {
  afterCrash,
  measured,
  removeFolders,
  type StoredSite,
  silent,
  storedSite,
} from '../support/stored-site.ts';

after(removeFolders);

test('what parts have learned is in each snapshot, and given back once after a restart', async () => {
  const site = await storedSite();
  site.write('r1-k1-n1', 'bmcPowerW', 5000);
  site.pass(1);
  let lesson = 1;
  site.storage.learned.keep('odd', async () => Uint8Array.of(lesson, 2, 3));
  site.storage.learned.keep('none', async () => new Uint8Array(0));
  site.storage.learned.keep('broken', async () => {
    throw new Error('on purpose');
  });
  assert.ok(await site.storage.snapshot());
  lesson = 9;
  assert.ok(await site.storage.snapshot());
  assert.equal(lesson, 9);
  const dir = afterCrash(site);
  const again = await storedSite(dir, { nowMs: site.clock.nowMs });
  assert.deepEqual([...(again.storage.learned.take('odd') ?? [])], [9, 2, 3]);
  assert.equal(again.storage.learned.take('odd'), undefined);
  assert.equal(again.storage.learned.take('none')?.length, 0);
  assert.equal(again.storage.learned.take('broken'), undefined);
  assert.equal(measured(again), measured(site));
  for (const each of [site, again]) await each.storage.close();
});

test('the end is in the last snapshot, though one is under way when the service stops', async () => {
  const site = await storedSite();
  let lesson = 1;
  site.storage.learned.keep('odd', async () => {
    const bytes = Uint8Array.of(lesson);
    await new Promise(resolve => setTimeout(resolve, 5));
    return bytes;
  });
  const underWay = site.storage.snapshot();
  lesson = 2;
  await site.storage.close();
  assert.ok(await underWay);
  const again = await storedSite(site.dir, { nowMs: site.clock.nowMs });
  assert.deepEqual([...(again.storage.learned.take('odd') ?? [])], [2]);
  await again.storage.close();
});

test('a damaged snapshot takes its lessons with it: those of the one before come back', async () => {
  const site = await storedSite();
  let lesson = 1;
  site.storage.learned.keep('odd', async () => Uint8Array.of(lesson++));
  site.write('r1-k1-n1', 'bmcPowerW', 5000);
  await site.storage.snapshot();
  site.pass(60);
  await site.storage.snapshot();
  const dir = afterCrash(site);
  const newest = listSnapshots(dir).at(-1)?.file ?? '';
  const bytes = readFileSync(newest);
  bytes[bytes.length >> 1] ^= 0xff;
  writeFileSync(newest, bytes);
  const again = await storedSite(dir, { nowMs: site.clock.nowMs });
  assert.deepEqual([...(again.storage.learned.take('odd') ?? [])], [1]);
  for (const each of [site, again]) await each.storage.close();
});

/** A page of node_exporter, of now. */
function takeJoules({ live, storage, clock }: StoredSite, values: readonly number[]) {
  const { learned } = storage;
  const ingest = createLiveIngest({ live, mappings: MAPPINGS, limits: {}, log: silent, learned });
  const source = { id: 'node r1-k1-n1', labels: { instance: 'r1-k1-n1:9100' } };
  for (const joules of values) {
    clock.nowMs += 10_000;
    const page = `node_rapl_package_joules_total{index="0"} ${joules}\n`;
    ingest.port.page(source, Buffer.from(page), clock.nowMs);
  }
  live.tick();
}

test('counters go on from the snapshot, after a stop and after a crash', async () => {
  const site = await storedSite();
  takeJoules(site, [5000, 7000]);
  assert.equal(site.value('r1-k1-n1', 'cpuPowerW'), 200);
  assert.ok(await site.storage.snapshot());
  const crashed = await storedSite(afterCrash(site), { nowMs: site.clock.nowMs });
  await site.storage.close();
  const stopped = await storedSite(site.dir, { nowMs: site.clock.nowMs });
  for (const again of [crashed, stopped]) {
    assert.equal(again.value('r1-k1-n1', 'cpuPowerW'), 200);
    takeJoules(again, [10_000]);
    assert.equal(again.value('r1-k1-n1', 'cpuPowerW'), 300);
    await again.storage.close();
  }
});

test('counters that cannot be read begin anew', async () => {
  const site = await storedSite();
  site.storage.learned.keep('counters', async () => Uint8Array.of(1, 2, 3));
  await site.storage.close();
  const again = await storedSite(site.dir, { nowMs: site.clock.nowMs });
  takeJoules(again, [5000, 7000]);
  assert.equal(again.value('r1-k1-n1', 'cpuPowerW'), 200);
  await again.storage.close();
});
