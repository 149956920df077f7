/** Whatever is appended, in whatever order and however it is cut into commits, is what is read. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { LogPosition } from '../../server/journal/contract.ts';
import { readLog } from '../../server/journal/read-log.ts';
import { diceOf } from '../support/dice.ts';
import { contentOf, type Entry, layoutOf, openJournal } from '../support/journal-log.ts';
import { createMemoryDisk } from '../support/memory-files.ts';

const DIR = '/j';

type Step =
  | { do: 'written' | 'late' | 'derived'; cell: number; value: number; atMs: number }
  | { do: 'stale'; cell: number }
  | { do: 'note'; topic: string; value: unknown }
  | { do: 'layout'; name: string }
  | { do: 'commit' };

const cell = fc.oneof(fc.nat(50), fc.nat(2 ** 32 - 1));
const atMs = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }) },
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
);
const row = (kind: 'written' | 'late' | 'derived') =>
  fc.record({ do: fc.constant(kind), cell, value: fc.double(), atMs });

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: row('written') },
    { weight: 3, arbitrary: row('late') },
    { weight: 3, arbitrary: row('derived') },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('stale' as const), cell }) },
    fc.record({ do: fc.constant('note' as const), topic: fc.string(), value: fc.jsonValue() }),
    fc.record({ do: fc.constant('layout' as const), name: fc.string({ maxLength: 20 }) }),
    { weight: 2, arbitrary: fc.record({ do: fc.constant('commit' as const) }) },
  ),
  { maxLength: 120 },
);

/** 0 and -0 are the same instant. */
const plain = (time: number) => time + 0;

async function journalOf(all: readonly Step[], segmentBytes: number) {
  const disk = createMemoryDisk(diceOf(1));
  const options = { files: disk.files, segmentBytes, commitEveryMs: 1e6 };
  const journal = await openJournal(DIR, options);
  const appended: Entry[] = [['layout', '0']];
  journal.layout(layoutOf('0'));
  for (const step of all) {
    if (step.do === 'commit') assert.equal(await journal.durable(), true);
    else if (step.do === 'stale') journal.stale(step.cell);
    else if (step.do === 'note') journal.note(step.topic, step.value);
    else if (step.do === 'layout') journal.layout(layoutOf(step.name));
    else journal[step.do](step.cell, step.value, step.atMs);
    if (step.do === 'stale') appended.push(['stale', step.cell]);
    else if (step.do === 'note') appended.push(['note', step.topic, jsonOf(step.value)]);
    else if (step.do === 'layout') appended.push(['layout', step.name]);
    else if (step.do !== 'commit') {
      appended.push([step.do, step.cell, plain(step.atMs), step.value]);
    }
  }
  await journal.close();
  return { disk, appended };
}

const jsonOf = (value: unknown) => JSON.parse(JSON.stringify(value));

/** A layout that is repeated without change is told once. */
function told(entries: readonly Entry[]): Entry[] {
  let layout: unknown;
  return entries.filter(([kind, name]) => {
    if (kind !== 'layout') return true;
    const isNew = name !== layout;
    layout = name;
    return isNew;
  });
}

/** What a reader may rely on: the order of each kind within a layout, and of all but late, derived. */
const inOrder = (entries: readonly Entry[]) => ({
  main: entries.filter(([kind]) => kind !== 'late' && kind !== 'derived'),
  late: entries.filter(([kind]) => kind === 'late' || kind === 'layout' || kind === 'note'),
  derived: entries.filter(([kind]) => kind === 'derived' || kind === 'layout' || kind === 'note'),
});

test('appended, committed, read', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 100, max: 5000 }), async (all, segmentBytes) => {
      const { disk, appended } = await journalOf(all, segmentBytes);
      const content = contentOf(DIR, { files: disk.files });
      assert.deepEqual(inOrder(content.entries), inOrder(told(appended)));
      assert.deepEqual([content.damages, content.tornBytes], [[], 0]);
    }),
    { numRuns: 150 },
  );
});

test('read in pieces, cut at any records, it is the same', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.array(fc.nat(), { maxLength: 5 }), async (all, cuts) => {
      const { disk } = await journalOf(all, 600);
      const { files } = disk;
      const places: LogPosition[] = [{ segment: 0, offset: 0 }];
      const nothing = { layout() {}, rows() {}, stale() {}, note() {} };
      readLog(DIR, { files }, { ...nothing, passed: position => void places.push(position) });
      const chosen = [0, ...cuts.map(cut => cut % places.length), places.length - 1];
      const bounds = chosen.sort((a, b) => a - b).map(i => places[i]);
      const pieces = bounds.slice(1).map((to, i) => contentOf(DIR, { files, from: bounds[i], to }));
      const whole = contentOf(DIR, { files });
      assert.deepEqual(told(pieces.flatMap(({ entries }) => entries)), whole.entries);
      assert.deepEqual(
        pieces.flatMap(({ damages }) => damages),
        [],
      );
      assert.equal(
        pieces.reduce((sum, { records }) => sum + records, 0),
        whole.records,
      );
    }),
    { numRuns: 100 },
  );
});
