/** The power goes at any moment: of what was not synced, any page and any name may be lost. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Dice, diceOf } from '../support/dice.ts';
import { appendSeq, contentOf, layoutOf, openJournal, seqsIn } from '../support/journal-log.ts';
import { createMemoryDisk, type MemoryDisk } from '../support/memory-files.ts';

const DIR = '/j';
const OPTIONS = { segmentBytes: 1500, commitEveryMs: 1e6, retryMs: 1 };

interface Life {
  readonly ackedTo: number;
  readonly next: number;
}

/** Appends and commits until the power goes. */
async function live(disk: MemoryDisk, dice: Dice, first: number): Promise<Life> {
  let next = first;
  let ackedTo = first;
  const journal = await openJournal(DIR, { ...OPTIONS, files: disk.files }).catch(() => undefined);
  if (!journal) return { ackedTo, next };
  journal.layout(layoutOf('a'));
  for (let isOn = true; isOn; ) {
    const count = 1 + dice(40);
    for (let i = 0; i < count; i++) appendSeq(journal, next++);
    if (dice(8) === 0) journal.layout(layoutOf(`b${next}`));
    if (dice(8) === 0) journal.note('text', { next });
    const asked = next;
    isOn = await journal.durable();
    if (isOn) ackedTo = asked;
  }
  await journal.close();
  return { ackedTo, next };
}

/** Three lives on one disk, each ended by a cut at operation `cutAt` of its own. */
async function run(seed: number, cutAt: number): Promise<number> {
  const dice = diceOf(seed);
  let disk = createMemoryDisk(dice);
  const acked: [from: number, to: number][] = [];
  let next = 0;
  for (let life = 0; life < 3; life++) {
    disk.cutAt(life === 0 ? cutAt : dice(40));
    const before = next;
    const result = await live(disk, dice, next);
    acked.push([before, result.ackedTo]);
    next = result.next;
    disk = disk.afterCut(dice);
    const seqs = new Set(seqsIn(contentOf(DIR, { files: disk.files })));
    for (const [from, to] of acked) {
      for (let seq = from; seq < to; seq++) {
        assert.ok(
          seqs.has(seq),
          `seed ${seed}, life ${life}: ${seq} was acknowledged, and is lost`,
        );
      }
    }
    assert.ok(
      [...seqs].every(seq => seq < next),
      'invented',
    );
  }
  return acked.reduce((sum, [from, to]) => sum + to - from, 0);
}

test('cut in each of the first operations, with any pages left: all acknowledged is there', async () => {
  let acknowledged = 0;
  for (let cutAt = 0; cutAt < 60; cutAt++) {
    for (let seed = 0; seed < 6; seed++) acknowledged += await run(1000 * cutAt + seed, cutAt);
  }
  assert.ok(acknowledged > 30_000, `${acknowledged} rows acknowledged`);
});

test('a disk that confirms and forgets is noticed by this test', async () => {
  const dice = diceOf(4);
  let lost = 0;
  for (let seed = 0; seed < 20; seed++) {
    const disk = createMemoryDisk(diceOf(seed));
    const lying = {
      ...disk.files,
      create: async (path: string) => ({
        ...(await disk.files.create(path)),
        datasync: () => Promise.resolve(),
      }),
    };
    disk.cutAt(30);
    const { ackedTo } = await live({ ...disk, files: lying }, dice, 0);
    const seqs = new Set(seqsIn(contentOf(DIR, { files: disk.afterCut(dice).files })));
    for (let seq = 0; seq < ackedTo; seq++) if (!seqs.has(seq)) lost++;
  }
  assert.ok(lost > 0);
});
