/** One process at a time writes to a data directory; a dead one does not stand in the way. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { lockDir } from '../../server/journal/dir-lock.ts';
import { temporaryDir } from '../support/outside-process.ts';

const dirs: string[] = [];
after(() => Promise.all(dirs.map(dir => rm(dir, { recursive: true, force: true }))));
const freshDir = async () => {
  const dir = await temporaryDir('lock');
  dirs.push(dir);
  return dir;
};
const holderIn = (dir: string) => JSON.parse(readFileSync(join(dir, 'LOCK'), 'utf8'));
const put = (dir: string, holder: object, name = 'LOCK') =>
  writeFileSync(join(dir, name), JSON.stringify(holder));

test('a living process keeps it until it lets go', async () => {
  const dir = await freshDir();
  const lock = await lockDir(dir);
  assert.equal(holderIn(dir).pid, process.pid);
  await assert.rejects(lockDir(dir), /in use by process \d+; stop that one, or .* --data-dir/);
  assert.equal(await lock.touch(), true);
  await lock.release();
  assert.equal(existsSync(join(dir, 'LOCK')), false);
  assert.equal(existsSync(join(dir, 'LOCK.next')), false);
  await (await lockDir(dir)).release();
});

test('that of a dead process is taken over, even where its id lives on in another', async () => {
  const dir = await freshDir();
  const child = spawn('true');
  await once(child, 'exit');
  const self = await lockDir(dir).then(async lock => {
    const holder = holderIn(dir);
    await lock.release();
    return holder;
  });
  put(dir, { ...self, pid: child.pid, token: 'dead' });
  await (await lockDir(dir)).release();
  put(dir, { ...self, startTicks: '1', token: 'same id, started at another time' });
  await (await lockDir(dir)).release();
  put(dir, self);
  await assert.rejects(lockDir(dir), /in use/, 'the very same process is alive');
});

test('a process that cannot be looked up counts as alive while it touches the file', async () => {
  const dir = await freshDir();
  const holder = { pid: 1, startTicks: '5', boot: 'another', pidNamespace: 'x', token: 'far' };
  put(dir, holder);
  const touching = setInterval(() => utimesSync(join(dir, 'LOCK'), new Date(), new Date()), 20);
  await assert.rejects(lockDir(dir, { watchMs: 600 }), /in use by process 1/);
  clearInterval(touching);
  await (await lockDir(dir, { watchMs: 50 })).release();
  put(dir, holder);
  utimesSync(join(dir, 'LOCK'), 1000, 1000);
  const startMs = performance.now();
  await (await lockDir(dir, { watchMs: 60_000 })).release();
  assert.ok(performance.now() - startMs < 5000, 'old enough without watching');
});

test('a file that a power cut left without content is no lock', async () => {
  const dir = await freshDir();
  writeFileSync(join(dir, 'LOCK'), '');
  writeFileSync(join(dir, 'LOCK.next'), '');
  await (await lockDir(dir, { watchMs: 20 })).release();
});

test('of many that start at once, one gets it', async () => {
  const dir = await freshDir();
  for (let round = 0; round < 5; round++) {
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => lockDir(dir, { watchMs: 20 })),
    );
    const locks = results.filter(result => result.status === 'fulfilled');
    assert.ok(locks.length <= 1, `${locks.length} hold it`);
    for (const { value } of locks) await value.release();
  }
});

test('whoever finds another in its place knows it', async () => {
  const dir = await freshDir();
  const lock = await lockDir(dir);
  put(dir, { ...holderIn(dir), token: 'another' });
  assert.equal(await lock.touch(), false);
  await lock.release();
  assert.equal(holderIn(dir).token, 'another', 'and leaves it alone');
});
