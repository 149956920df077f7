/** Giving disk space back: old segments go as a whole, sealed ones are compressed; all else stays. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after } from 'node:test';
import type { LogPosition } from '../../server/journal/contract.ts';
import { readLog } from '../../server/journal/read-log.ts';
import { compressSegment, retain, uncompressedSegments } from '../../server/journal/retain.ts';
import { appendSeq, contentOf, layoutOf, openJournal, seqsIn } from '../support/journal-log.ts';
import { isInstalled, temporaryDir } from '../support/outside-process.ts';

const dirs: string[] = [];
after(() => Promise.all(dirs.map(dir => rm(dir, { recursive: true, force: true }))));

const HOUR_MS = 3_600_000;

/** A segment for each clock, with `rows` rows each. */
async function hourly(clocksMs: readonly number[], rows = 10): Promise<string> {
  const dir = await temporaryDir('journal');
  dirs.push(dir);
  mkdirSync(join(dir, 'journal'));
  let nowMs = 0;
  const clock = { now: () => nowMs, speed: 1 };
  const journal = await openJournal(dir, { clock, segmentMs: HOUR_MS / 2 });
  journal.layout(layoutOf('a'));
  for (const [i, clockMs] of clocksMs.entries()) {
    nowMs = clockMs;
    for (let j = 0; j < rows; j++) appendSeq(journal, i * rows + j);
    await journal.durable();
  }
  await journal.close();
  assert.equal(namesIn(dir).length, clocksMs.length);
  return dir;
}

const namesIn = (dir: string) => readdirSync(join(dir, 'journal')).sort();
const hours = (...of: number[]) => of.map(hour => hour * HOUR_MS);

test('whole segments go that are older, covered, and not the newest', async () => {
  const dir = await hourly(hours(100, 101, 102, 103, 104));
  const none = retain(dir, { keepFrom: { segment: 9, offset: 0 }, olderThanMs: 100.9 * HOUR_MS });
  assert.deepEqual(none, { deleted: [], bytes: 0 }, 'segment 1 was written to until 101');
  const byAge = retain(dir, { keepFrom: { segment: 9, offset: 0 }, olderThanMs: 102.5 * HOUR_MS });
  assert.deepEqual(byAge.deleted, ['0000000001.log', '0000000002.log']);
  assert.ok(byAge.bytes > 300);
  const byPlace = retain(dir, { keepFrom: { segment: 4, offset: 99 }, olderThanMs: 1e15 });
  assert.deepEqual(byPlace.deleted, ['0000000003.log']);
  const all = retain(dir, { keepFrom: { segment: 99, offset: 0 }, olderThanMs: 1e15 });
  assert.deepEqual(all.deleted, ['0000000004.log']);
  assert.deepEqual(namesIn(dir), ['0000000005.log']);
  const content = contentOf(dir);
  assert.deepEqual([seqsIn(content).length, content.damages], [10, []]);
});

test('a clock that was ahead, or back, for a while does not keep segments for ever', async () => {
  const everywhere = { segment: 99, offset: 0 };
  const ahead = await hourly(hours(100, 101, 9000, 9001, 102, 103));
  const { deleted } = retain(ahead, { keepFrom: everywhere, olderThanMs: 102.5 * HOUR_MS });
  assert.equal(deleted.length, 4);
  const back = await hourly(hours(100, 1, 101, 102));
  assert.equal(retain(back, { keepFrom: everywhere, olderThanMs: 0 }).deleted.length, 0);
  const rest = retain(back, { keepFrom: everywhere, olderThanMs: 101.5 * HOUR_MS });
  assert.equal(rest.deleted.length, 2);
});

test('a compressed segment reads the same, from any place, and is smaller', async () => {
  const dir = await hourly(hours(100, 101, 102), 150_000);
  const before = contentOf(dir);
  assert.deepEqual(uncompressedSegments(dir), [1, 2]);
  const places = positionsOf(dir);
  const positions = [0, 0.3, 0.6, 0.9].map(part => places[Math.floor(before.records * part)]);
  const expected = positions.map(from => seqsIn(contentOf(dir, { from })).length);
  const sizes = compressSegment(dir, 1);
  assert.ok(sizes.after < sizes.before / 4, JSON.stringify(sizes));
  compressSegment(dir, 2);
  assert.deepEqual(namesIn(dir), ['0000000001.log.zst', '0000000002.log.zst', '0000000003.log']);
  const content = contentOf(dir);
  assert.deepEqual([content.damages, content.end], [[], before.end]);
  assert.deepEqual(seqsIn(content), seqsIn(before));
  assert.deepEqual(
    positions.map(from => seqsIn(contentOf(dir, { from })).length),
    expected,
  );
  assert.deepEqual(uncompressedSegments(dir), []);
  assert.throws(() => compressSegment(dir, 3), /still written to/);
  assert.throws(() => compressSegment(dir, 1), /compressed already/);
});

function positionsOf(dir: string) {
  const positions: LogPosition[] = [];
  const passed = (position: LogPosition) => void positions.push(position);
  readLog(dir, {}, { layout() {}, rows() {}, stale() {}, note() {}, passed });
  return positions;
}

test('any zstd tool unfolds it to the very bytes of the segment', async t => {
  if (!isInstalled('zstd')) return t.skip('not installed: zstd');
  const dir = await hourly(hours(100, 101), 80_000);
  const plain = readFileSync(join(dir, 'journal', '0000000001.log'));
  compressSegment(dir, 1);
  const path = join(dir, 'journal', '0000000001.log.zst');
  const unfolded = execFileSync('zstd', ['-dc', path], { maxBuffer: 2 ** 26 });
  assert.equal(Buffer.compare(unfolded, plain), 0);
});

test('compressing that was cut short leaves a journal that reads the same', async () => {
  const dir = await hourly(hours(100, 101), 1000);
  const path = join(dir, 'journal', '0000000001.log');
  const plain = readFileSync(path);
  compressSegment(dir, 1);
  writeFileSync(path, plain);
  writeFileSync(`${path}.zst.tmp`, 'half');
  assert.deepEqual([seqsIn(contentOf(dir)).length, contentOf(dir).damages], [2000, []]);
  await (await openJournal(dir)).close();
  assert.equal(existsSync(`${path}.zst.tmp`), false);
  compressSegment(dir, 1);
  assert.equal(existsSync(path), false);
  assert.equal(seqsIn(contentOf(dir)).length, 2000);
});

test('a journal whose last segment is compressed goes on behind it', async () => {
  const dir = await hourly(hours(100, 101), 100);
  compressSegment(dir, 1);
  rmSync(join(dir, 'journal', '0000000002.log'));
  const journal = await openJournal(dir);
  journal.layout(layoutOf('a'));
  appendSeq(journal, 100);
  await journal.close();
  const content = contentOf(dir);
  assert.deepEqual([seqsIn(content).length, content.damages], [101, []]);
});

test('bytes of a compressed segment that are damaged cost the frame that they are in', async () => {
  const dir = await hourly(hours(100, 101), 150_000);
  compressSegment(dir, 1);
  const path = join(dir, 'journal', '0000000001.log.zst');
  const good = readFileSync(path);
  for (let i = 0; i < 12; i++) {
    const at = Math.floor((good.length * i) / 12);
    const bad = Buffer.from(good);
    bad[at] ^= 16;
    writeFileSync(path, bad);
    const content = contentOf(dir);
    const seqs = seqsIn(content);
    assert.ok(seqs.length >= 300_000 - 65_536 - 2 * 8192, `${at}: ${seqs.length}`);
    if (seqs.length < 300_000) assert.match(content.damages[0].why, /compressed frame/, `${at}`);
  }
  for (const [from, to] of [
    [0, 40],
    [good.length - 40, good.length],
  ]) {
    writeFileSync(path, Buffer.from(good).fill(0, from, to));
    assert.equal(seqsIn(contentOf(dir)).length, 300_000, 'the other list of frames is used');
  }
  writeFileSync(
    path,
    Buffer.from(good)
      .fill(0, 0, 40)
      .fill(0, good.length - 40),
  );
  assert.match(contentOf(dir).damages[0].why, /lists of frames are damaged/);
  assert.equal(seqsIn(contentOf(dir)).length, 150_000);
});
