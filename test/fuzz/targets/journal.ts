/** One segment of a journal is damaged: nothing is invented, and the other segments are all there. */
import assert from 'node:assert/strict';
import { listSegments } from '../../../server/journal/segments.ts';
import { contentOf, seqsIn } from '../../support/journal-log.ts';
import { DIR, sampleLog, withFile } from '../../support/sample-log.ts';
import type { Target } from '../target.ts';

const disk = await sampleLog();
const segments = listSegments(`${DIR}/journal`, disk.files).map(({ name }) => {
  const without = contentOf(DIR, { files: withFile(disk, name, undefined).files });
  return { name, bytes: disk.bytesOf(`${DIR}/journal/${name}`), others: seqsIn(without) };
});

const all = seqsIn(contentOf(DIR, { files: disk.files }));

/** The number of a segment, then its bytes. */
export const journalTarget: Target = {
  name: 'journal',
  maxBytes: 4000,
  tokens: ['\x00\x00\x00\x00', '\xff\xff\xff\xff', '\x01\x00\x00\x00', '\x00\x00\x00\x80'],
  corpus: segments.map(({ bytes }, i) => Buffer.concat([Buffer.from([i]), bytes])),
  check(input) {
    const { name, others } = segments[(input[0] ?? 0) % segments.length];
    const damaged = input.subarray(1);
    const content = contentOf(DIR, { files: withFile(disk, name, damaged).files });
    // Throws for a row that was never appended, or one out of order.
    const seqs = new Set(seqsIn(content));
    const lost = others.filter(seq => !seqs.has(seq));
    assert.deepEqual(lost, [], `rows of other segments than ${name} are lost`);
    // Of the last segment nobody knows how long it was.
    const isTold = content.damages.length > 0 || content.tornBytes > 0;
    const isLast = name === segments.at(-1)?.name;
    assert.ok(isTold || isLast || seqs.size === all.length, 'loss without a word');
  },
};
