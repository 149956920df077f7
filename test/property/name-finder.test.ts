/** The name is found where reading the labels one by one finds it, or not at all. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { bytesOf } from '../../server/ingest/bytes.ts';
import { isRefusal, labelsOfWriteV1 } from '../../server/ingest/label-set.ts';
import { NameFinder } from '../../server/ingest/name-finder.ts';
import { delimited } from '../../server/remote-write/write-encoder.ts';

const label = (name: string, value: string) =>
  delimited(1, Buffer.concat([delimited(1, Buffer.from(name)), delimited(2, Buffer.from(value))]));

const name = fc.constantFrom('__name__', '__name', '__name___', 'gpu', 'Hostname', 'a'.repeat(140));
const value = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('', 'v'.repeat(150)));
const labels = fc.array(fc.tuple(name, value), { maxLength: 6 });

/** What the finder says after bytes that are not part of the labels. */
function found(
  key: Buffer,
  by: 'inWriteV1' | 'inAnyLabels' = 'inWriteV1',
): { name: string; rest: string } | undefined {
  const bytes = bytesOf(Buffer.concat([Buffer.from([0x0a]), key, Buffer.from('\x0a\x0c\x0a\x08')]));
  const finder = new NameFinder();
  if (!finder[by as 'inWriteV1'](bytes, 1, 1 + key.length)) return undefined;
  const { from, to, at, end } = finder;
  const { buffer } = bytes;
  const rest = [buffer.subarray(1, from), buffer.subarray(to, 1 + key.length)];
  return { name: buffer.toString('utf8', at, end), rest: Buffer.concat(rest).toString('hex') };
}

test('the first label of that name is found, whatever the lengths of those before it', () => {
  fc.assert(
    fc.property(labels, pairs => {
      const parts = pairs.map(([k, v]) => label(k, v));
      const at = pairs.findIndex(([k]) => k === '__name__');
      const rest = Buffer.concat(parts.filter((_, i) => i !== at)).toString('hex');
      const expected = at < 0 ? undefined : { name: pairs[at][1], rest };
      assert.deepEqual(found(Buffer.concat(parts)), expected);
    }),
    { numRuns: 3000 },
  );
});

test('what looks like a name within the value of a long label is none', () => {
  const inner = label('__name__', 'no').toString();
  // A length of 256 is the bytes 80 02; the first alone would be 128, which ends at 130.
  const value = `${'v'.repeat(121)}${inner}`.padEnd(250, 'v');
  const long = label('a', value);
  assert.deepEqual([long[1], long[2], long.indexOf(inner)], [0x80, 0x02, 130]);
  assert.equal(found(long), undefined);
});

test('in bytes that are cut, changed or put together at random: what a reader finds, or nothing', () => {
  const limits = { maxLabels: 64, maxLabelBytes: 4096 };
  const edit = fc.tuple(fc.nat(), fc.nat(255), fc.nat(2));
  let kept = 0;
  fc.assert(
    fc.property(labels, fc.array(edit, { minLength: 1, maxLength: 2 }), (pairs, edits) => {
      let key = Buffer.concat(pairs.map(([k, v]) => label(k, v)));
      for (const [place, byte, kind] of edits) {
        const at = place % (key.length + 1);
        if (kind === 0) key = key.subarray(0, at);
        else if (at < key.length) key[at] = byte;
      }
      const seen = found(key);
      assert.deepEqual(seen, found(key, 'inAnyLabels'));
      const set = labelsOfWriteV1(key, limits);
      if (!seen?.name || isRefusal(set)) return;
      kept++;
      assert.equal(seen.name, set.name);
      const others = labelsOfWriteV1(
        Buffer.concat([label('__name__', 'm'), Buffer.from(seen.rest, 'hex')]),
        limits,
      );
      assert.ok(!isRefusal(others));
      assert.deepEqual(Object.entries(others.labels), Object.entries(set.labels));
    }),
    { numRuns: 5000 },
  );
  assert.ok(kept > 100, `only ${kept} were whole`);
});
