/** A few thousand damaged logs; `test/fuzz/journal.ts` reads as many as one likes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { fuzzJournal } from '../fuzz/journal.ts';

/** Seeds beside the first have found something once. */
for (const seed of [1]) {
  test(`the reader of the journal, fuzzed with seed ${seed}`, async () => {
    const { inputs, rows, damaged, longestMs } = await fuzzJournal(seed, 4000);
    assert.ok(rows > 25 * inputs, `${rows} rows of ${60 * inputs}: the rest of a log is used`);
    assert.ok(damaged > 0.9 * inputs, `${damaged} of ${inputs} noticed`);
    assert.ok(longestMs < 2000, `${longestMs} ms for one input`);
  });
}
