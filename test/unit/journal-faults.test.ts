/** Full, failing and slow disks: nothing is acknowledged that is not on disk, and memory is bounded. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { listSegments } from '../../server/journal/segments.ts';
import { type Faults, faultyFiles, systemError } from '../support/faulty-files.ts';
import { appendSeq, contentOf, layoutOf, openJournal, seqsIn } from '../support/journal-log.ts';
import { temporaryDir } from '../support/outside-process.ts';
import { until } from '../support/recording-port.ts';

const dirs: string[] = [];
after(() => Promise.all(dirs.map(dir => rm(dir, { recursive: true, force: true }))));

async function journalWith(faults: Faults, options = {}) {
  const dir = await temporaryDir('journal');
  dirs.push(dir);
  mkdirSync(join(dir, 'journal'));
  const files = faultyFiles(faults);
  const journal = await openJournal(dir, { files, retryMs: 5, ...options });
  journal.layout(layoutOf('a'));
  return { dir, journal };
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

test('a full disk: refused, nothing lost, and written once there is room, each row once', async () => {
  let room = 600;
  let truncated = 0;
  const { dir, journal } = await journalWith({
    before(operation, _, bytes) {
      if (operation === 'truncate') truncated++;
      if (operation === 'write' && room <= 0) throw systemError('ENOSPC');
      if (operation === 'write') room -= bytes;
    },
    // As a file system does: what fits is written, the next call fails.
    writeBytesMax: () => Math.max(1, room),
  });
  appendSeq(journal, 0);
  assert.equal(await journal.durable(), true);
  for (let seq = 1; seq < 50; seq++) appendSeq(journal, seq);
  assert.equal(await journal.durable(), false);
  assert.match(journal.refusal(), /the disk is full \(ENOSPC\)/);
  assert.equal(journal.stats().failure, 'the disk is full (ENOSPC)');
  assert.equal(await journal.durable(), false, 'a repeated request appends nothing: no yes either');
  assert.equal(journal.stats().pendingRows, 49);
  assert.ok(truncated > 0);
  assert.deepEqual(seqsIn(contentOf(dir)), [0]);
  appendSeq(journal, 50);
  room = 1e9;
  await until(() => journal.refusal() === '', 'the journal to recover');
  assert.equal(await journal.durable(), true);
  assert.deepEqual(seqsIn(contentOf(dir)), upTo(51));
  assert.deepEqual([contentOf(dir).damages, journal.stats().lostRows], [[], 0]);
  await journal.close();
});

test('a disk that stays full leaves no trail of empty segments', async () => {
  let isFull = false;
  let attempts = 0;
  const { dir, journal } = await journalWith(
    {
      before(operation, _, bytes) {
        if (operation !== 'write' || !isFull) return;
        attempts++;
        // A header still fits.
        if (bytes > 40) throw systemError('ENOSPC');
      },
    },
    { retryMs: 1 },
  );
  appendSeq(journal, 0);
  await journal.durable();
  isFull = true;
  appendSeq(journal, 1);
  assert.equal(await journal.durable(), false);
  await until(() => attempts > 12, 'more attempts');
  assert.equal(listSegments(join(dir, 'journal')).length, 2);
  isFull = false;
  await until(() => journal.refusal() === '', 'the journal to recover');
  await journal.close();
  const content = contentOf(dir);
  assert.deepEqual([seqsIn(content), content.damages], [[0, 1], []]);
});

for (const failing of ['datasync', 'sync', 'syncDir', 'create', 'write'] as const) {
  test(`a failed ${failing} acknowledges nothing; all of it goes into a new segment`, async () => {
    let failures = 0;
    let isBad = false;
    const segments = new Set<string>();
    const { dir, journal } = await journalWith(
      {
        before(operation, name) {
          if (operation === 'datasync' && !isBad) segments.add(name);
          if (!isBad || operation !== failing) return;
          failures++;
          throw systemError('EIO');
        },
      },
      { segmentBytes: 400 },
    );
    appendSeq(journal, 0);
    assert.equal(await journal.durable(), true);
    isBad = true;
    for (let seq = 1; seq < 30; seq++) appendSeq(journal, seq);
    assert.equal(await journal.durable(), false);
    assert.match(journal.refusal(), /the disk fails \(EIO\)/);
    await until(() => failures >= 2, 'another attempt');
    isBad = false;
    await until(() => journal.refusal() === '', 'the journal to recover');
    assert.equal(await journal.durable(), true);
    assert.deepEqual([...segments], ['0000000001.log', '0000000002.log']);
    const content = contentOf(dir);
    assert.deepEqual([seqsIn(content), content.damages], [upTo(30), []]);
    await journal.close();
  });
}

test('pages of a failed sync are not believed, even where cutting them off fails too', async () => {
  let isBad = false;
  const { dir, journal } = await journalWith({
    before(operation) {
      if (isBad && ['datasync', 'truncate'].includes(operation)) throw systemError('EIO');
    },
  });
  appendSeq(journal, 0);
  await journal.durable();
  isBad = true;
  appendSeq(journal, 1);
  assert.equal(await journal.durable(), false);
  isBad = false;
  appendSeq(journal, 2);
  await until(() => journal.refusal() === '', 'the journal to recover');
  assert.equal(await journal.durable(), true);
  const content = contentOf(dir);
  assert.deepEqual([seqsIn(content), content.damages], [[0, 1, 2], []]);
  await journal.close();
});

test('a slow disk: senders are refused, then rows are lost and counted; memory stays bounded', async () => {
  let release = () => {};
  const gate = new Promise<void>(done => {
    release = done;
  });
  const syncing = Promise.withResolvers<void>();
  const maxPendingBytes = 2 ** 20;
  const { dir, journal } = await journalWith(
    {
      before(operation) {
        if (operation !== 'datasync') return undefined;
        syncing.resolve();
        return gate;
      },
    },
    { maxPendingBytes },
  );
  const waiting = [journal.durable()];
  await syncing.promise;
  let seq = 0;
  while (journal.refusal() === '') appendSeq(journal, seq++);
  assert.match(journal.refusal(), /slow: 0\.5 MiB wait/);
  assert.equal(journal.stats().lostRows, 0, 'who was let in is not lost');
  const inTime = seq;
  waiting.push(journal.durable());
  const before = process.memoryUsage().arrayBuffers;
  for (; seq < 3_000_000; seq++) appendSeq(journal, seq);
  assert.ok(process.memoryUsage().arrayBuffers - before < 4 * maxPendingBytes);
  const { lostRows, pendingRows } = journal.stats();
  assert.ok(lostRows > 2_800_000 && lostRows + pendingRows === seq, `${lostRows} ${pendingRows}`);
  waiting.push(journal.durable());
  release();
  const [first, second, third] = await Promise.all(waiting);
  assert.equal(first, true);
  assert.deepEqual([second, third], [false, false], 'something is lost of what they wait for');
  await until(() => journal.refusal() === '', 'the backlog to be written');
  appendSeq(journal, seq++);
  assert.equal(await journal.durable(), true);
  await journal.close();
  const seqs = seqsIn(contentOf(dir));
  assert.equal(seqs.length, seq - lostRows);
  assert.deepEqual(seqs.slice(0, inTime), upTo(inTime));
  assert.equal(seqs.at(-1), seq - 1);
});

test('a layout is never lost, so that what comes later keeps its meaning', async () => {
  let isFull = true;
  const { dir, journal } = await journalWith(
    {
      before(operation) {
        if (isFull && operation === 'create') throw systemError('ENOSPC');
      },
    },
    { maxPendingBytes: 200_000 },
  );
  let seq = 0;
  while (journal.stats().lostRows === 0) appendSeq(journal, seq++);
  journal.layout(layoutOf('b'));
  journal.note('text', 1);
  const { lostRows } = journal.stats();
  isFull = false;
  assert.equal(await journal.durable(), false);
  appendSeq(journal, seq);
  assert.equal(await journal.durable(), true);
  await journal.close();
  const content = contentOf(dir);
  assert.equal(seqsIn(content).length, seq - lostRows + 1);
  const last = content.entries.findLastIndex(([kind]) => kind === 'layout');
  assert.deepEqual(content.entries.slice(last), [
    ['layout', 'b'],
    ['note', 'text', 1],
    ['written', seq % 1000, 1_700_000_000_000 + seq * 7, seq + 0.25],
  ]);
});

test('closing on a dead disk ends, and says what is lost', async () => {
  let isBad = false;
  const { dir, journal } = await journalWith({
    before() {
      if (isBad) throw systemError('EIO');
    },
  });
  appendSeq(journal, 0);
  await journal.durable();
  isBad = true;
  for (let seq = 1; seq < 5; seq++) appendSeq(journal, seq);
  const waiting = journal.durable();
  await journal.close();
  assert.equal(await waiting, false);
  assert.deepEqual([journal.stats().lostRows, journal.stats().pendingRows], [4, 0]);
  assert.deepEqual(seqsIn(contentOf(dir)), [0]);
});

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

test('a file system that is really full', async t => {
  const dir = await temporaryDir('journal-full');
  dirs.push(dir);
  try {
    if (!isRoot) throw new Error('not root');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', dir], { stdio: 'pipe' });
  } catch (error) {
    t.skip(`cannot mount a tmpfs: ${(error as Error).message.split('\n')[0]}`);
    return;
  }
  try {
    mkdirSync(join(dir, 'journal'));
    writeFileSync(join(dir, 'ballast'), new Uint8Array(100_000));
    const journal = await openJournal(dir, { retryMs: 5 });
    journal.layout(layoutOf('a'));
    let seq = 0;
    let isOnDisk = true;
    for (let round = 0; isOnDisk && round < 50; round++) {
      for (let i = 0; i < 500; i++) appendSeq(journal, seq++);
      isOnDisk = await journal.durable();
    }
    assert.equal(isOnDisk, false);
    assert.match(journal.refusal(), /the disk is full \(ENOSPC\)/);
    rmSync(join(dir, 'ballast'));
    await until(() => journal.refusal() === '', 'the journal to recover');
    assert.equal(await journal.durable(), true);
    await journal.close();
    const content = contentOf(dir);
    assert.deepEqual([seqsIn(content), content.damages], [upTo(seq), []]);
  } finally {
    execFileSync('umount', [dir]);
  }
});
