/** Words are the text that their bytes are, whatever was read before. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { isRefusal, labelsOfText } from '../../server/ingest/label-set.ts';
import { wordOf } from '../../server/ingest/words.ts';

test('a word is what decoding its bytes gives, valid UTF-8 or not', () => {
  // Few different bytes, so that the same ones come again, and others in their place.
  const bytes = fc.array(fc.constantFrom(0x00, 0x61, 0x62, 0x7f, 0xc3, 0xa9, 0xe9, 0xff), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 20 }), texts => {
      for (const text of texts) {
        const buffer = Buffer.from([0x20, ...text, 0x20]);
        const end = buffer.length - 1;
        assert.equal(wordOf(buffer, 1, end), buffer.toString('utf8', 1, end));
      }
    }),
    { numRuns: 2000 },
  );
  // The byte 0xE9 alone is no é, though é is the character 0xE9.
  assert.equal(wordOf(Buffer.from('é'), 0, 2), 'é');
  assert.equal(wordOf(Buffer.from([0xe9]), 0, 1), '\ufffd');
});

test('labels inherit nothing, whatever they are called', () => {
  const limits = { maxLabels: 10, maxLabelBytes: 100 };
  const set = labelsOfText(Buffer.from('m{__proto__="a",constructor="b",1="c"}'), limits);
  assert.equal(isRefusal(set), true);
  const named = labelsOfText(Buffer.from('m{__proto__="a",constructor="b"}'), limits);
  assert.ok(!isRefusal(named));
  assert.deepEqual(Object.entries(named.labels), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
  const bare = labelsOfText(Buffer.from('m{a="b"}'), limits);
  assert.ok(!isRefusal(bare));
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.equal(bare.labels[name], undefined);
  }
  const twice = labelsOfText(Buffer.from('m{__proto__="a",__proto__="b"}'), limits);
  assert.equal(isRefusal(twice) && twice.text, "label '__proto__' stands twice");
});
