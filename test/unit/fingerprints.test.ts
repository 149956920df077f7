import assert from 'node:assert/strict';
import test from 'node:test';
import { bytesOf } from '../../server/ingest/bytes.ts';
import { Fingerprints } from '../../server/ingest/fingerprints.ts';

const keyOf = (i: number) => bytesOf(Buffer.from(`series ${i}`));

function fill(fingerprints: Fingerprints, count: number) {
  for (let i = 0; i < count; i++) {
    const key = keyOf(i);
    fingerprints.add(key, [0, key.length], 3, i % 3 === 0 ? 1 : 0);
  }
}

/** How many of the keys are known for what they were, none for anything else. */
function known(fingerprints: Fingerprints, count: number, space = 3) {
  let found = 0;
  for (let i = 0; i < count; i++) {
    const key = keyOf(i);
    const sight = fingerprints.find(key, 0, key.length, space);
    if (sight >= 0) {
      assert.equal(sight, i % 3 === 0 ? 1 : 0, `key ${i}`);
      found++;
    }
  }
  return found;
}

test('what was added is known for what it was, in its space, until all is cleared', () => {
  const fingerprints = new Fingerprints(9);
  assert.equal(known(fingerprints, 1000), 0);
  fill(fingerprints, 1000);
  assert.ok(known(fingerprints, 1000) >= 995);
  assert.equal(known(fingerprints, 1000, 4), 0);
  fingerprints.clear();
  assert.equal(known(fingerprints, 1000), 0);
});

test('it grows up to its limit, and remembers the newest beyond it', () => {
  const wide = new Fingerprints(9, 1 << 19);
  fill(wide, 300_000);
  // Without growing, 178,000 of them would have a place of their own.
  assert.ok(known(wide, 300_000) > 200_000, 'grown once');
  const narrow = new Fingerprints(9, 1 << 10);
  fill(narrow, 50_000);
  const found = known(narrow, 50_000);
  assert.ok(found > 900 && found <= 1024, `${found} known`);
  const last = keyOf(49_999);
  assert.ok(narrow.find(last, 0, last.length, 3) >= 0);
});
