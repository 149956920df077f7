/** One segment of a journal is damaged: nothing is invented, and the other segments are all there. */
import assert from 'node:assert/strict';
import { readImage, sampleImage } from '../journal.ts';
import type { Target } from '../target.ts';

const whole = await sampleImage();
const names = [...whole.keys()];
const rowCount = seqsIn(whole).length;
const segments = names.map(name => {
  const without = new Map(whole);
  without.delete(name);
  return { name, others: seqsIn(without) };
});

function seqsIn(image: ReadonlyMap<string, Uint8Array>): number[] {
  const seqs: number[] = [];
  readImage(image, seq => seqs.push(seq));
  return seqs;
}

/** 1 for each row that was read. */
const seen = new Uint8Array(rowCount);

/** The number of a segment, then its bytes. */
export const journalTarget: Target = {
  name: 'journal',
  maxBytes: 4000,
  tokens: ['\x00\x00\x00\x00', '\xff\xff\xff\xff', '\x01\x00\x00\x00', '\x00\x00\x00\x80'],
  corpus: names.map((name, i) => Buffer.concat([Buffer.from([i]), whole.get(name)!])),
  check(input) {
    const { name, others } = segments[(input[0] ?? 0) % segments.length];
    const image = new Map(whole).set(name, input.subarray(1));
    seen.fill(0);
    const { rows, damages, tornBytes } = readImage(image, seq => {
      assert.ok(seq < rowCount, `row ${seq} was never appended`);
      seen[seq] = 1;
    });
    const lost = others.filter(seq => seen[seq] === 0);
    assert.equal(lost.length, 0, `rows ${lost} of other segments than ${name} are lost`);
    // Of the last segment nobody knows how long it was.
    const isTold = damages.length > 0 || tornBytes > 0;
    const isLast = name === segments.at(-1)?.name;
    assert.ok(isTold || isLast || rows === rowCount, 'loss without a word');
  },
};
