/** Alerts after a restart are those that would have been without it. */
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { modelAt } from '../../server/recovery/past-model.ts';
import {
  afterCrash,
  removeFolders,
  type StoredSite,
  silent,
  storedSite,
} from '../support/stored-site.ts';

after(removeFolders);

const alertsOf = ({ live }: Pick<StoredSite, 'live'>) =>
  [...live.twin.judge.breaches.values()]
    .map(({ limit, entity, sinceMs, firing, firedAtMs }) => ({
      ...{ limit: limit.row.id, entity: live.twin.topology.ids[entity] },
      ...{ sinceMs, firing, firedAtMs },
    }))
    .sort((a, b) => `${a.limit} ${a.entity}`.localeCompare(`${b.limit} ${b.entity}`));

/** Too hot, seconds after each other, and one that is well again. */
function warm(site: StoredSite) {
  site.write('r1-k1-n1', 'inletTempC', 45);
  site.pass(1);
  site.write('r1-k1-n2', 'inletTempC', 45);
  site.write('r1-k2-n1', 'inletTempC', 45);
  site.pass(7);
  site.write('r1-k2-n1', 'inletTempC', 22);
  site.pass(1);
}

/** What both see afterwards. */
function later(site: StoredSite) {
  for (let k = 0; k < 12; k++) {
    for (const host of ['r1-k1-n1', 'r1-k1-n2']) site.write(host, 'inletTempC', 45);
    site.pass(30);
  }
}

test('the time that a limit must last goes on over a crash, without any snapshot of it', async () => {
  const site = await storedSite();
  for (const host of ['r1-k1-n1', 'r1-k1-n2', 'r1-k2-n1']) site.write(host, 'inletTempC', 22);
  site.pass(5);
  await site.storage.snapshot();
  warm(site);
  const before = alertsOf(site);
  assert.ok(before.length >= 2 && before.some(({ firing }) => !firing));
  assert.ok(new Set(before.map(({ sinceMs }) => sinceMs)).size >= 2);
  await site.storage.journal.durable();
  const dir = afterCrash(site);
  const again = await storedSite(dir, { nowMs: site.clock.nowMs });
  assert.deepEqual(alertsOf(again), before);
  for (const each of [site, again]) later(each);
  assert.ok(alertsOf(site).some(({ firing }) => firing));
  assert.deepEqual(alertsOf(again), alertsOf(site));
  for (const each of [site, again]) await each.storage.close();
});

test('an alert that fired after the last snapshot is back with its time; one that ended is not', async () => {
  const site = await storedSite();
  warm(site);
  await site.storage.snapshot();
  later(site);
  site.write('r1-k1-n2', 'inletTempC', 22);
  site.pass(1);
  const before = alertsOf(site);
  assert.ok(before.some(({ firing, entity }) => firing && entity === 'r1-k1-n1'));
  assert.ok(before.every(({ entity }) => entity !== 'r1-k1-n2'));
  await site.storage.journal.durable();
  const again = await storedSite(afterCrash(site), { nowMs: site.clock.nowMs });
  assert.deepEqual(alertsOf(again), before);
  for (const each of [site, again]) await each.storage.close();
});

test('a past instant has the alerts of then', async () => {
  const site = await storedSite();
  warm(site);
  const [then, atMs] = [alertsOf(site), site.clock.nowMs];
  later(site);
  await site.storage.journal.durable();
  const { live } = modelAt({ dataDir: site.dir, atMs, log: silent });
  assert.deepEqual(alertsOf({ live }), then);
  assert.notDeepEqual(alertsOf(site), then);
  await site.storage.close();
});
