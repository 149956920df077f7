/** A small journal of several segments in memory, whose every byte tests may damage. */

import { diceOf } from './dice.ts';
import { appendSeq, layoutOf, openJournal } from './journal-log.ts';
import { createMemoryDisk, type MemoryDisk } from './memory-files.ts';

export const DIR = '/j';

/** 60 rows in records of 1 to 5, notes and layouts between them, three segments. */
export async function sampleLog(): Promise<MemoryDisk> {
  const disk = createMemoryDisk(diceOf(1));
  const options = { files: disk.files, segmentBytes: 1400, commitEveryMs: 1e6 };
  const journal = await openJournal(DIR, options);
  journal.layout(layoutOf('a'));
  for (let seq = 0; seq < 60; seq++) {
    appendSeq(journal, seq);
    if (seq % 7 === 3) journal.note('text', { seq });
    if (seq === 25) journal.layout(layoutOf('b'));
    if (seq % 5 === 0) await journal.durable();
  }
  await journal.close();
  return disk;
}

/** The same disk with one file in another state; without the file when `bytes` is undefined. */
export function withFile(disk: MemoryDisk, name: string, bytes: Uint8Array | undefined) {
  const found = new Map(
    disk.files.list(`${DIR}/journal`).map(file => {
      const path = `${DIR}/journal/${file.name}`;
      return [path, disk.bytesOf(path)] as const;
    }),
  );
  if (bytes) found.set(`${DIR}/journal/${name}`, bytes);
  else found.delete(`${DIR}/journal/${name}`);
  return createMemoryDisk(diceOf(2), found);
}
