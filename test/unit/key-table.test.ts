import assert from 'node:assert/strict';
import test from 'node:test';
import { getHeapStatistics } from 'node:v8';
import fc from 'fast-check';
import { bytesOf, copyBytes, hashBytes } from '../../server/ingest/bytes.ts';
import { KeyTable } from '../../server/ingest/key-table.ts';

const wrapped = (text: string) => bytesOf(Buffer.from(`..${text}..`));

test('keys come and go as in a map, and ids of those that stay never change', () => {
  // Few different keys, so that they are added and removed again and again.
  const key = fc.tuple(fc.nat(60), fc.nat(1)).map(([n, space]) => ({
    text: `${'x'.repeat(n % 20)}${n}`,
    space,
  }));
  const steps = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: key.map(each => ({ ...each, does: 'add' as const })) },
      { weight: 5, arbitrary: key.map(each => ({ ...each, does: 'remove' as const })) },
      { weight: 1, arbitrary: fc.constant({ text: '', space: 0, does: 'tidy' as const }) },
    ),
    { minLength: 20, maxLength: 400 },
  );
  fc.assert(
    fc.property(steps, all => {
      const table = new KeyTable({ maxKeys: 50, maxBytes: 1 << 20 }, 1);
      const reference = new Map<string, { id: number; text: string; space: number }>();
      for (const { text, space, does } of all) {
        const bytes = wrapped(text);
        const end = 2 + text.length;
        const name = `${space} ${text}`;
        const known = reference.get(name);
        if (does === 'tidy') table.tidy();
        else if (does === 'remove' && known) {
          table.remove(known.id);
          reference.delete(name);
          assert.equal(table.has(known.id), false);
        } else if (does === 'add' && !known) {
          const id = table.add(bytes, 2, end, space);
          assert.equal(id >= 0, reference.size < 50);
          if (id >= 0) reference.set(name, { id, text, space });
        }
      }
      assert.equal(table.count, reference.size);
      for (const { id, text, space } of reference.values()) {
        const bytes = wrapped(text);
        assert.equal(table.find(bytes, 2, 2 + text.length, space), id);
        assert.equal(table.keyOf(id).toString(), text);
        assert.equal(table.spaceOf(id), space);
      }
    }),
    { seed: 11, numRuns: 200 },
  );
});

test('a table that was cleared is as new, and takes no more memory', () => {
  const table = new KeyTable({ maxKeys: 10_000, maxBytes: 1 << 22 }, 5);
  const keyOf = (i: number) => bytesOf(Buffer.from(`a key of some length ${100_000 + i}`));
  const fill = (from: number) => {
    for (let i = from; i < from + 10_000; i++) {
      assert.equal(table.find(keyOf(i), 0, keyOf(i).length, 0), -1);
      assert.equal(table.addSought(keyOf(i), 0, keyOf(i).length, 0), i - from);
    }
    for (let i = from; i < from + 10_000; i++) {
      assert.equal(table.find(keyOf(i), 0, keyOf(i).length, 0), i - from);
    }
  };
  fill(0);
  for (let id = 0; id < 500; id += 2) table.remove(id);
  const { keyBytes } = table;
  table.clear();
  assert.deepEqual([table.count, table.idEnd, table.has(1)], [0, 0, false]);
  fill(5000);
  assert.equal(table.keyBytes, keyBytes);
});

test('what tables hold is no reason for V8 to collect garbage', () => {
  const before = getHeapStatistics().external_memory;
  const table = new KeyTable({ maxKeys: 100_000, maxBytes: 1 << 25 }, 5);
  const key = bytesOf(Buffer.alloc(200));
  for (let i = 0; i < 50_000; i++) {
    key.view.setInt32(0, i);
    table.add(key, 0, 200, 0);
  }
  assert.ok(table.keyBytes >= 10_000_000);
  assert.ok(getHeapStatistics().external_memory - before < 1_000_000);
});

test('removed keys leave their ids and their room to others', () => {
  const table = new KeyTable({ maxKeys: 1000, maxBytes: 1 << 20 }, 5);
  const keyOf = (i: number) => bytesOf(Buffer.from(`a key of some length ${1000 + i}`));
  const add = (i: number) => table.add(keyOf(i), 0, keyOf(i).length, 0);
  const ids = Array.from({ length: 100 }, (_, i) => add(i));
  const { keyBytes, idEnd } = table;
  for (let round = 1; round <= 50; round++) {
    for (const id of ids) table.remove(id);
    for (let i = 0; i < 100; i++) ids[i] = add(100 * round + i);
  }
  assert.deepEqual([table.keyBytes, table.idEnd, table.count], [keyBytes, idEnd, 100]);
});

test('room that no key fits in is given back, so that long keys do not keep short ones out', () => {
  const table = new KeyTable({ maxKeys: 10_000, maxBytes: 200 * 4008 }, 5);
  const long = (i: number) => bytesOf(Buffer.from(`${'long'.repeat(1000)}${1000 + i}`));
  const ids: number[] = [];
  for (let id = 0; id >= 0; ) {
    const key = long(ids.length);
    id = table.add(key, 0, key.length, 0);
    if (id >= 0) ids.push(id);
  }
  assert.equal(ids.length, 200);
  for (const id of ids.slice(1)) table.remove(id);
  const short = wrapped('short');
  assert.equal(table.add(short, 0, short.length, 0), -1, 'no room of that size yet');
  table.tidy();
  assert.ok(table.add(short, 0, short.length, 0) >= 0);
  assert.ok(table.keyBytes < 5000);
  assert.ok(table.keyOf(ids[0]).equals(long(0).buffer), 'what stayed is still itself');
});

test('keys are compared to the last byte, whatever their length', () => {
  const table = new KeyTable({ maxKeys: 1000, maxBytes: 1 << 20 }, 5);
  const text = 'abcdefghijklmnopqrstuvwxyz'.repeat(4);
  for (let length = 0; length <= 100; length++) {
    const key = Buffer.from(text.slice(0, length));
    const id = table.add(bytesOf(key), 0, length, 0);
    const around = (inner: Buffer) => bytesOf(Buffer.concat([Buffer.from('..'), inner]));
    assert.equal(table.endOf(id, around(key), 2), 2 + length);
    for (let i = 0; i < length; i++) {
      const other = Buffer.from(key);
      other[i] ^= 0x80;
      assert.equal(table.endOf(id, around(other), 2), -1, `byte ${i} of ${length}`);
    }
    if (length > 0) assert.equal(table.endOf(id, around(key.subarray(0, -1)), 2), -1);
  }
});

test('copied bytes are those of the range, whatever its length and place', () => {
  const from = bytesOf(Buffer.from(Array.from({ length: 64 }, (_, i) => i + 1)));
  fc.assert(
    fc.property(fc.nat(40), fc.nat(24), fc.nat(30), (start, length, at) => {
      const to = bytesOf(Buffer.alloc(at + length));
      copyBytes(from, [start, start + length], to, at);
      assert.ok(
        to.buffer.subarray(at).equals(from.buffer.subarray(start, start + length)),
        `${start} ${length} ${at}`,
      );
    }),
  );
});

test('the hash depends on every byte, on the length and on the seed', () => {
  const key = Buffer.from('DCGM_FI_DEV_POWER_USAGE{gpu="0"}');
  const hash = (bytes: Buffer, seed = 1) => hashBytes(bytesOf(bytes), 0, bytes.length, seed);
  const seen = new Set([hash(key), hash(key, 2), hash(key.subarray(1)), hash(key.subarray(0, -1))]);
  for (let i = 0; i < key.length; i++) {
    const other = Buffer.from(key);
    other[i] ^= 1;
    seen.add(hash(other));
  }
  assert.equal(seen.size, 4 + key.length);
});
