/** The journal: what was appended is read back, in order; commits cover what they should. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after } from 'node:test';
import type { LogPosition } from '../../server/journal/contract.ts';
import { createJournal } from '../../server/journal/journal.ts';
import { readLog } from '../../server/journal/read-log.ts';
import { listSegments } from '../../server/journal/segments.ts';
import { faultyFiles } from '../support/faulty-files.ts';
import {
  appendSeq,
  contentOf,
  layoutOf,
  openJournal,
  quietLog,
  rowsIn,
  seqsIn,
} from '../support/journal-log.ts';
import { temporaryDir } from '../support/outside-process.ts';

const dirs: string[] = [];
after(() => Promise.all(dirs.map(dir => rm(dir, { recursive: true, force: true }))));

async function freshDir(): Promise<string> {
  const dir = await temporaryDir('journal');
  dirs.push(dir);
  mkdirSync(join(dir, 'journal'));
  return dir;
}

test('everything comes back: rows of each kind, marks, notes, layouts, the clock', async () => {
  const dir = await freshDir();
  let nowMs = 5000;
  const journal = await openJournal(dir, { clock: { now: () => nowMs, speed: 1 } });
  journal.note('before', null);
  journal.layout(layoutOf('a'));
  journal.written(4_294_967_295, Number.NaN, 1.5);
  journal.written(0, -0, -62_135_596_800_000);
  journal.written(7, Number.NEGATIVE_INFINITY, 9_223_372_036_854);
  journal.stale(7);
  journal.written(7, 2, 9_223_372_036_855);
  journal.late(3, 5e-324, 4);
  journal.derived(2, 1.7976931348623157e308, 5);
  assert.equal(await journal.durable(), true);
  nowMs = 4000.25;
  journal.layout(layoutOf('b'));
  journal.note('xid', { code: 79, host: 'h1', text: 'fallen off the bus \u2028 é' });
  journal.written(1, 1, 1);
  await journal.close();
  const content = contentOf(dir);
  assert.deepEqual(content.entries, [
    ['note', 'before', null],
    ['layout', 'a'],
    ['written', 4_294_967_295, 1.5, Number.NaN],
    ['written', 0, -62_135_596_800_000, -0],
    ['written', 7, 9_223_372_036_854, Number.NEGATIVE_INFINITY],
    ['stale', 7],
    ['written', 7, 9_223_372_036_855, 2],
    ['late', 3, 4, 5e-324],
    ['derived', 2, 5, 1.7976931348623157e308],
    ['layout', 'b'],
    ['note', 'xid', { code: 79, host: 'h1', text: 'fallen off the bus \u2028 é' }],
    ['written', 1, 1, 1],
  ]);
  assert.deepEqual([...new Set(content.clocksMs)], [5000, 4000.25]);
  assert.equal(content.rows, 7);
  assert.equal(content.records, content.clocksMs.length);
  assert.deepEqual([content.damages, content.tornBytes], [[], 0]);
});

test('the layout itself comes back whole', async () => {
  const dir = await freshDir();
  const journal = await openJournal(dir);
  journal.layout(layoutOf('a'));
  await journal.close();
  const layouts: unknown[] = [];
  readLog(dir, {}, { layout: it => layouts.push(it), rows() {}, stale() {}, note() {} });
  assert.deepEqual(layouts, [layoutOf('a')]);
});

test('rows before a layout and rows without a time are faults of the caller', async () => {
  const journal = await openJournal(await freshDir());
  assert.throws(() => journal.written(0, 1, 1), /before any layout/);
  assert.throws(() => journal.stale(0), /before any layout/);
  journal.layout(layoutOf('a'));
  assert.throws(() => journal.written(0, 1, Number.NaN), /a row at NaN/);
  assert.throws(() => journal.note('big', 'x'.repeat(17 * 2 ** 20)), /a note \(big\) of/);
  assert.equal(await journal.durable(), true, 'and nothing of it is left behind');
  await journal.close();
});

test('many rows make many records and segments, each of which begins with the layout', async () => {
  const dir = await freshDir();
  const journal = await openJournal(dir, { segmentBytes: 200_000 });
  journal.layout(layoutOf('a'));
  for (let seq = 0; seq < 100_000; seq++) {
    appendSeq(journal, seq);
    if (seq % 5000 === 0) assert.equal(await journal.durable(), true);
  }
  assert.equal(await journal.durable(), true);
  const { segments, bytes, end, rows, pendingRows, commits } = journal.stats();
  assert.deepEqual([rows, pendingRows, commits], [100_000, 0, 21]);
  await journal.close();
  const files = listSegments(join(dir, 'journal'));
  assert.ok(files.length > 5, `${files.length} segments`);
  assert.equal(segments, files.length);
  assert.equal(
    bytes,
    files.reduce((sum, file) => sum + file.bytes, 0),
  );
  const content = contentOf(dir);
  assert.deepEqual(
    seqsIn(content),
    Array.from({ length: 100_000 }, (_, i) => i),
  );
  assert.deepEqual(content.end, end);
  assert.equal(content.entries.filter(([kind]) => kind === 'layout').length, 1, 'told once');
  for (const { number } of files) {
    const one = contentOf(dir, { from: { segment: number, offset: 0 } });
    assert.deepEqual(one.entries[0], ['layout', 'a'], `segment ${number}`);
  }
});

test('a segment ends at its age too, whichever way the clock jumps', async () => {
  const dir = await freshDir();
  let nowMs = 1e12;
  const clock = { now: () => nowMs, speed: 1 };
  const journal = await openJournal(dir, { clock, segmentMs: 1000 });
  journal.layout(layoutOf('a'));
  for (const stepMs of [0, 900, 200, -5000, 0]) {
    nowMs += stepMs;
    appendSeq(journal, commitsOf(journal));
    await journal.durable();
  }
  await journal.close();
  assert.deepEqual(
    listSegments(join(dir, 'journal')).map(({ number }) => number),
    [1, 2, 3],
  );
  assert.deepEqual(seqsIn(contentOf(dir)), [0, 1, 2, 3, 4]);
});

const commitsOf = (journal: { stats(): { commits: number } }) => journal.stats().commits;

test('everybody who waits is served by one commit; the next gathers while it runs', async () => {
  const dir = await freshDir();
  const gate = Promise.withResolvers<void>();
  const syncing = Promise.withResolvers<void>();
  let syncs = 0;
  const files = faultyFiles({
    before: operation => {
      if (operation !== 'datasync' || syncs++ > 0) return undefined;
      syncing.resolve();
      return gate.promise;
    },
  });
  const journal = await openJournal(dir, { files });
  journal.layout(layoutOf('a'));
  const told: number[] = [];
  const request = (seq: number) => {
    appendSeq(journal, seq);
    return journal.durable().then(isOnDisk => told.push(isOnDisk ? seq : -1));
  };
  const first = [request(0), request(1)];
  await syncing.promise;
  const second = [request(2), request(3), request(4)];
  await new Promise(done => setTimeout(done, 30));
  assert.deepEqual(told, [], 'nobody is told before the sync is through');
  gate.resolve();
  await Promise.all([...first, ...second]);
  assert.deepEqual(told, [0, 1, 2, 3, 4]);
  assert.equal(journal.stats().commits, 2);
  assert.equal(await journal.durable(), true, 'with nothing appended since');
  assert.equal(journal.stats().commits, 2);
  await journal.close();
});

test('senders that send on share each commit, however unlike their pace', async () => {
  const dir = await freshDir();
  const journal = await openJournal(dir, { gatherMs: 60_000 });
  journal.layout(layoutOf('a'));
  const lane = async (pauseMs: number) => {
    for (let i = 0; i < 10; i++) {
      appendSeq(journal, i);
      assert.equal(await journal.durable(), true);
      if (pauseMs > 0) await new Promise(done => setTimeout(done, pauseMs));
    }
  };
  await Promise.all([lane(0), lane(3), lane(1)]);
  assert.equal(commitsOf(journal), 10, 'nobody waited for the time to be up');
  await journal.close();
});

test('a sender that stays away is waited for once, and not for long', async () => {
  const dir = await freshDir();
  const journal = await openJournal(dir, { gatherMs: 20 });
  journal.layout(layoutOf('a'));
  const send = (seq: number) => {
    appendSeq(journal, seq);
    return journal.durable();
  };
  assert.deepEqual(await Promise.all([send(0), send(1)]), [true, true]);
  for (let seq = 2; seq < 6; seq++) assert.equal(await send(seq), true);
  assert.equal(commitsOf(journal), 5);
  await journal.close();
});

test('what nobody waits for is committed all the same', async () => {
  const dir = await freshDir();
  const journal = await openJournal(dir, { commitEveryMs: 20 });
  journal.layout(layoutOf('a'));
  appendSeq(journal, 0);
  const ends: LogPosition[] = [];
  await new Promise<void>(done => {
    journal.onCommit(end => {
      ends.push(end);
      done();
    });
  });
  assert.deepEqual(seqsIn(contentOf(dir)), [0]);
  assert.deepEqual(ends, [contentOf(dir).end]);
  await journal.close();
});

test('a short write is carried on', async () => {
  const dir = await freshDir();
  const files = faultyFiles({ before() {}, writeBytesMax: () => 13 });
  const journal = await openJournal(dir, { files });
  journal.layout(layoutOf('a'));
  for (let seq = 0; seq < 50; seq++) appendSeq(journal, seq);
  assert.equal(await journal.durable(), true);
  await journal.close();
  assert.equal(seqsIn(contentOf(dir)).length, 50);
});

test('reading from and up to any record gives exactly those, under the right layout', async () => {
  const dir = await freshDir();
  const journal = await openJournal(dir, { segmentBytes: 800 });
  for (let i = 0; i < 60; i++) {
    if (i % 7 === 0) journal.layout(layoutOf(`g${i}`));
    appendSeq(journal, i);
    if (i % 3 === 0) await journal.durable();
  }
  await journal.close();
  const whole: { position: LogPosition; layout: string; count: number }[] = [];
  let layout = '';
  let count = 0;
  const { end } = readLog(
    dir,
    {},
    {
      layout: ({ generation }) => {
        layout = generation;
      },
      rows: rows => {
        count += rows.count;
      },
      stale() {},
      note() {},
      passed: position => void whole.push({ position, layout, count }),
    },
  );
  assert.equal(count, 60);
  assert.ok(listSegments(join(dir, 'journal')).length > 3);
  for (const [i, { position, count }] of whole.entries()) {
    const rest = contentOf(dir, { from: position });
    assert.equal(rowsIn(rest).length, 60 - count, JSON.stringify(position));
    assert.deepEqual([rest.end, rest.damages, rest.tornBytes], [end, [], 0]);
    if (whole[i + 1]) assert.deepEqual(rest.entries[0], ['layout', whole[i + 1].layout]);
    const start = contentOf(dir, { to: position });
    assert.equal(rowsIn(start).length, count, JSON.stringify(position));
    assert.deepEqual([start.end, start.damages, start.tornBytes], [position, [], 0]);
  }
});

test('opened again, it goes on in a new segment', async () => {
  const dir = await freshDir();
  for (let life = 0; life < 4; life++) {
    const journal = await openJournal(dir, { salt: life });
    journal.layout(layoutOf('a'));
    appendSeq(journal, life);
    await journal.close();
  }
  assert.deepEqual(seqsIn(contentOf(dir)), [0, 1, 2, 3]);
  assert.equal(listSegments(join(dir, 'journal')).length, 4);
});

test('an unfinished record at the end is cut off when it is opened again', async () => {
  const dir = await freshDir();
  const log = join(dir, 'journal', '0000000001.log');
  const journal = await openJournal(dir);
  journal.layout(layoutOf('a'));
  for (let seq = 0; seq < 10; seq++) {
    appendSeq(journal, seq);
    await journal.durable();
  }
  await journal.close();
  const { end } = contentOf(dir);
  writeFileSync(log, readFileSync(log).subarray(0, end.offset - 3));
  assert.ok(contentOf(dir).tornBytes > 0);
  const again = await openJournal(dir, { salt: 9 });
  again.layout(layoutOf('a'));
  appendSeq(again, 10);
  await again.close();
  const content = contentOf(dir);
  assert.deepEqual(seqsIn(content), [0, 1, 2, 3, 4, 5, 6, 7, 8, 10]);
  assert.deepEqual([content.tornBytes, content.damages], [0, []]);
  assert.ok(statSync(log).size < end.offset - 3);
});

test('createJournal makes its folder, and closes without being used', async () => {
  const dir = await temporaryDir('journal');
  dirs.push(dir);
  const options = { dir: join(dir, 'deep', 'er'), clock: { now: Date.now, speed: 1 } };
  const journal = await createJournal({ ...options, log: quietLog });
  await assert.rejects(
    createJournal({ ...options, log: quietLog }),
    new RegExp(`in use by process ${process.pid}`),
  );
  assert.equal(journal.refusal(), '');
  await journal.close();
  await journal.close();
  assert.match(journal.refusal(), /closed/);
  assert.equal(await journal.durable(), false);
  await (await createJournal({ ...options, log: quietLog })).close();
});
