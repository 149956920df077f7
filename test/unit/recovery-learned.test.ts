import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import test, { after } from 'node:test';
import { listSnapshots } from '../../server/recovery/snapshot-file.ts';
import { afterCrash, measured, removeFolders, storedSite } from '../support/stored-site.ts';

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
