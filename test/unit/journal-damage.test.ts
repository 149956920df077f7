/** A damaged log never crashes its reader, never makes it invent, and costs only what is damaged. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32 } from 'node:zlib';
import type { Rows } from '../../server/journal/contract.ts';
import { readLog, StopReading } from '../../server/journal/read-log.ts';
import { listSegments } from '../../server/journal/segments.ts';
import { Unreadable } from '../../server/journal/stored-files.ts';
import {
  contentOf,
  type LogContent,
  layoutOf,
  openJournal,
  readingOf,
  seqsIn,
} from '../support/journal-log.ts';
import type { MemoryDisk } from '../support/memory-files.ts';
import { DIR, sampleLog, withFile } from '../support/sample-log.ts';

const disk = await sampleLog();
const NAMES = listSegments(`${DIR}/journal`, disk.files).map(({ name }) => name);
const bytesOf = (name: string) => disk.bytesOf(`${DIR}/journal/${name}`);
const ALL = Array.from({ length: 60 }, (_, i) => i);
const read = (of: MemoryDisk) => contentOf(DIR, { files: of.files });
/** Rows of one record at most. */
const RECORD_ROWS = 5;

const changed = (bytes: Uint8Array, at: number, byte: number) => {
  const copy = bytes.slice();
  copy[at] = byte;
  return copy;
};

/** Rows stand under the layout that they were appended under. */
function checkLayouts({ entries }: LogContent) {
  let layout = '';
  for (const [kind, first, , value] of entries) {
    if (kind === 'layout') layout = first;
    if (kind === 'written') assert.equal(layout, (value as number) < 26 ? 'a' : 'b', `${value}`);
  }
}

test('the log of these tests is whole and has several segments', () => {
  const content = read(disk);
  assert.deepEqual(seqsIn(content), ALL);
  assert.deepEqual([content.damages, content.tornBytes], [[], 0]);
  assert.ok(NAMES.length >= 3, NAMES.join());
  checkLayouts(content);
});

test('cut off at any byte of the last segment, all records in front of the cut are read', () => {
  const name = NAMES.at(-1)!;
  const bytes = bytesOf(name);
  const from = { segment: NAMES.length, offset: 0 };
  const ends = contentEnds(name);
  for (let length = 0; length <= bytes.length; length++) {
    const content = read(withFile(disk, name, bytes.slice(0, length)));
    const end = ends.findLast(each => each <= length) ?? 0;
    assert.deepEqual(seqsIn(content), ALL.slice(0, seqsIn(content).length), `${length}`);
    assert.equal(content.tornBytes, length < 40 ? length : length - Math.max(end, 40), `${length}`);
    assert.deepEqual(content.damages, []);
    if (end > 0) assert.deepEqual(content.end, { segment: from.segment, offset: end });
  }
});

/** Where the records of a segment end. */
function contentEnds(name: string): number[] {
  const bytes = bytesOf(name);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const ends: number[] = [];
  for (let at = 40; at < bytes.length; at = ends.at(-1)!) {
    ends.push(at + 32 + Math.ceil(view.getUint32(at + 8, true) / 8) * 8);
  }
  return ends;
}

test('cut off at any byte and opened again: the tail goes, and the log is whole with the rest', async () => {
  const name = NAMES.at(-1)!;
  const bytes = bytesOf(name);
  for (let length = 0; length <= bytes.length; length += 5) {
    const cut = withFile(disk, name, bytes.slice(0, length));
    const before = seqsIn(read(cut));
    const journal = await openJournal(DIR, { files: cut.files, commitEveryMs: 1e6 });
    journal.layout(layoutOf('b'));
    journal.written(60, 60.25, 1_700_000_000_420);
    assert.equal(await journal.durable(), true);
    await journal.close();
    const content = read(cut);
    assert.deepEqual(seqsIn(content), [...before, 60], `${length}`);
    assert.deepEqual([content.damages, content.tornBytes], [[], 0], `${length}`);
    checkLayouts(content);
  }
});

test('one bit turned anywhere: it is noticed, and costs a record at most', () => {
  for (const name of NAMES) {
    const bytes = bytesOf(name);
    for (let at = 0; at < bytes.length; at++) {
      const content = read(withFile(disk, name, changed(bytes, at, bytes[at] ^ (1 << (at % 8)))));
      const where = `${name} at ${at}: ${JSON.stringify(content.damages)}`;
      const lost = ALL.length - seqsIn(content).length;
      checkLayouts(content);
      assert.equal(content.damages.length > 0 || content.tornBytes > 0, true, where);
      const { fromOffset, toOffset, file } = content.damages[0] ?? {};
      if (file) assert.ok(file === name && fromOffset <= at && at < toOffset, where);
      const isLayout = lost > RECORD_ROWS;
      if (isLayout) assert.match(JSON.stringify(content.damages), /its layout is lost/, where);
    }
  }
});

test('a lost header is made up for by the neighbour; a lost layout by its repetition', () => {
  const zeros = bytesOf(NAMES[1]).slice().fill(0, 0, 40);
  const content = read(withFile(disk, NAMES[1], zeros));
  assert.deepEqual(seqsIn(content), ALL);
  assert.deepEqual(content.damages, [
    { file: NAMES[1], fromOffset: 0, toOffset: 40, why: 'no header' },
  ]);
  const noLayout = bytesOf(NAMES[2]).slice().fill(0, 40, 80);
  const second = read(withFile(disk, NAMES[2], noLayout));
  assert.deepEqual(seqsIn(second), ALL, 'the segment before ended under the same layout');
  assert.deepEqual(
    second.damages.map(({ why }) => why),
    ['no record begins here'],
  );
});

test('a lost layout is looked up in a neighbour; without one, its rows are not told', () => {
  const i = NAMES.findIndex(each => Buffer.from(bytesOf(each)).includes('"generation":"b"'));
  const bytes = bytesOf(NAMES[i]);
  const at = Buffer.from(bytes).indexOf('"generation":"b"');
  const damaged = withFile(disk, NAMES[i], changed(bytes, at, 0));
  const content = read(damaged);
  checkLayouts(content);
  assert.deepEqual(seqsIn(content), ALL);
  assert.deepEqual(
    content.damages.map(({ why }) => why),
    ['checksum'],
  );
  const alone = read(withFile(damaged, NAMES[i + 1], undefined));
  checkLayouts(alone);
  const whys = new Set(alone.damages.map(({ why }) => why));
  assert.ok(whys.has('its layout is lost') && seqsIn(alone).length < 50, [...whys].join());
});

test('a segment that is gone is named', () => {
  const content = read(withFile(disk, NAMES[1], undefined));
  assert.deepEqual(content.damages, [
    { file: NAMES[1], fromOffset: 0, toOffset: 0, why: 'missing' },
  ]);
  const seqs = seqsIn(content);
  assert.ok(seqs.includes(0) && seqs.includes(59) && seqs.length < 60);
  const from = { segment: 1, offset: 0 };
  const first = contentOf(DIR, { from, files: withFile(disk, NAMES[0], undefined).files });
  assert.deepEqual(
    first.damages.map(({ file, why }) => `${file} ${why}`),
    [`${NAMES[0]} missing`],
  );
  const kept = contentOf(DIR, { files: withFile(disk, NAMES[0], undefined).files });
  assert.deepEqual(kept.damages, [], 'without a place to begin at, retention explains it');
});

test('a reader that stops is told of the damage behind it, and of the rest when it goes on', () => {
  const bytes = bytesOf(NAMES[0]);
  const half = bytes.length >> 1;
  const { files } = withFile(disk, NAMES[0], changed(bytes, half, bytes[half] ^ 1));
  const whole = contentOf(DIR, { files });
  assert.equal(whole.damages.length, 1);
  const told = new Set<number>();
  for (let wanted = 0, goesOn = true; goesOn; wanted++) {
    const seqs: number[] = [];
    let left = wanted;
    const step = () => {
      if (left-- === 0) throw new StopReading();
    };
    const rows = ({ values, count }: Rows) => {
      step();
      for (const value of values.subarray(0, count)) seqs.push(value - readingOf(0));
    };
    const first = readLog(DIR, { files }, { layout() {}, rows, stale: step, note: step });
    const rest = contentOf(DIR, { from: first.end, files });
    goesOn = first.isStopped;
    assert.equal(rest.isStopped, false);
    assert.deepEqual([...first.damages, ...rest.damages], whole.damages, `${wanted}`);
    assert.deepEqual([...seqs, ...seqsIn(rest)], seqsIn(whole));
    told.add(first.damages.length);
  }
  assert.deepEqual([...told], [0, 1]);
});

test('a place at the very end of a segment that is gone misses nothing', () => {
  const from = { segment: 1, offset: bytesOf(NAMES[0]).length };
  const content = contentOf(DIR, { from, files: withFile(disk, NAMES[0], undefined).files });
  assert.deepEqual(content.damages, []);
});

test('a sealed segment that has become shorter is damaged, not torn', () => {
  const bytes = bytesOf(NAMES[0]);
  const short = withFile(disk, NAMES[0], bytes.slice(0, bytes.length - 200));
  const { damages, tornBytes } = read(short);
  assert.equal(tornBytes, 0);
  assert.equal(damages.at(-1)?.toOffset, bytes.length);
});

test('what is behind the end that the next segment names does not count', () => {
  const bytes = bytesOf(NAMES[0]);
  const tail = bytes.slice(-200);
  const content = read(withFile(disk, NAMES[0], Buffer.concat([bytes, tail])));
  assert.deepEqual([content.damages, seqsIn(content)], [[], ALL]);
});

test('a version from the future is left alone, and said so', async () => {
  const name = NAMES.at(-1)!;
  const bytes = bytesOf(name).slice();
  new DataView(bytes.buffer).setUint32(8, 2, true);
  bytes.fill(1, 40);
  const future = withFile(disk, name, bytes);
  assert.match(read(future).damages[0].why, /version 2 is unknown here \(known: 1\)/);
  const journal = await openJournal(DIR, { files: future.files, commitEveryMs: 1e6 });
  journal.layout(layoutOf('b'));
  await journal.durable();
  await journal.close();
  assert.deepEqual(future.bytesOf(`${DIR}/journal/${name}`), bytes, 'not cut, not overwritten');
  assert.equal(listSegments(`${DIR}/journal`, future.files).length, NAMES.length + 1);
});

test('a record copied to another place, or into a value, is none', () => {
  const name = NAMES.at(-1)!;
  const bytes = bytesOf(name);
  const [first, second] = contentEnds(name);
  const doubled = Buffer.concat([bytes, bytes.subarray(first, second)]);
  const content = read(withFile(disk, name, doubled));
  assert.deepEqual(seqsIn(content), ALL);
  assert.equal(content.tornBytes, second - first);
});

test('blocks that the disk does not give back cost the records in them', async () => {
  const name = NAMES[1];
  const files = {
    ...disk.files,
    open(path: string) {
      const stored = disk.files.open(path);
      if (!path.endsWith(name)) return stored;
      return {
        ...stored,
        read(into: Uint8Array, at: number) {
          const upTo = at < 512 ? 512 - at : into.length;
          if (at >= 512 && at < 1024) throw new Unreadable('EIO: i/o error', at, 1024);
          return stored.read(into.subarray(0, upTo), at);
        },
      };
    },
  };
  const content = contentOf(DIR, { files });
  assert.ok(content.damages.some(({ why }) => why === 'EIO: i/o error'));
  const seqs = seqsIn(content);
  assert.ok(seqs.includes(0) && seqs.includes(59) && seqs.length < 60);
});

test('a length, count or type that contradicts the body is damage, though the checksum is right', () => {
  const name = NAMES[0];
  const [layoutEnd] = contentEnds(name);
  const forge = (change: (view: DataView) => void) => {
    const bytes = bytesOf(name).slice();
    const end = contentEnds(name)[1];
    change(new DataView(bytes.buffer, layoutEnd, end - layoutEnd));
    const seed = (0x5eed5eed ^ Math.imul(1, 0x9e3779b1) ^ layoutEnd) >>> 0;
    const crc = crc32(bytes.subarray(layoutEnd + 8, end), seed);
    new DataView(bytes.buffer).setUint32(layoutEnd + 4, crc, true);
    return read(withFile(disk, name, bytes)).damages.map(({ why }) => why);
  };
  assert.deepEqual(
    forge(() => {}),
    [],
    'the seed is right',
  );
  assert.deepEqual(
    forge(view => view.setUint32(32, 2, true)),
    ['2 rows in 32 bytes'],
  );
  assert.deepEqual(forge(view => view.setUint32(32, 0xffffffff, true)).length, 1);
  assert.deepEqual(
    forge(view => view.setUint32(12, 99, true)),
    ['unknown record type 99'],
  );
  assert.deepEqual(
    forge(view => view.setUint32(12, 5, true)),
    ['1 cells in 32 bytes'],
  );
  assert.deepEqual(
    forge(view => view.setUint32(12, 6, true)),
    ['a note without a topic'],
  );
  assert.deepEqual(forge(view => view.setUint32(12, 1, true))[0], 'no layout');
});
