import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { createOwners } from '../../server/ingest/owners.ts';

const STALE_MS = 90_000;

function site() {
  const times = new Map<number, number>();
  const ended = new Set<number>();
  const owners = createOwners({
    timeAt: cell => times.get(cell) ?? Number.NaN,
    isCurrent: cell => !ended.has(cell),
  });
  /** Offers a value as the gate does: asked first, and late when the cell has a newer one. */
  const offer = (cell: number, rank: number, atMs: number): 'taken' | 'late' | 'refused' => {
    if (!owners.admits(cell, rank, atMs, STALE_MS)) return 'refused';
    if (atMs <= (times.get(cell) ?? Number.NEGATIVE_INFINITY)) return 'late';
    times.set(cell, atMs);
    ended.delete(cell);
    return 'taken';
  };
  return { offer, owners, end: (cell: number) => ended.add(cell) };
}

test('a lesser rank is heard until a better one speaks, and again when that falls silent', () => {
  const { offer } = site();
  assert.equal(offer(5000, 9, 0), 'taken');
  assert.equal(offer(5000, 4, 1000), 'taken');
  assert.equal(offer(5000, 9, 2000), 'refused');
  assert.equal(offer(5000, 9, 1000 + STALE_MS), 'refused');
  assert.equal(offer(5000, 9, 1001 + STALE_MS), 'taken');
  assert.equal(offer(5000, 4, 1002 + STALE_MS), 'taken');
});

test('the end of the better series lets the other in at once', () => {
  const { offer, end } = site();
  offer(1, 4, 0);
  assert.equal(offer(1, 9, 10), 'refused');
  end(1);
  assert.equal(offer(1, 9, 20), 'taken');
});

test('a better rank takes over with a sample that is itself late, but not with an old one', () => {
  const { offer } = site();
  offer(1, 9, 1_000_000);
  assert.equal(offer(1, 4, 1_000_000 - STALE_MS - 1), 'refused');
  assert.equal(offer(1, 9, 1_000_010), 'taken');
  assert.equal(offer(1, 4, 1_000_000), 'late');
  assert.equal(offer(1, 9, 1_000_020), 'refused');
  assert.equal(offer(1, 4, 1_000_030), 'taken');
});

test('a value that counts as current for days keeps others away for a quarter of an hour', () => {
  const owners = createOwners({ timeAt: () => 0, isCurrent: () => true });
  const week = 7 * 86_400_000;
  assert.equal(owners.admits(0, 1, 0, week), true);
  assert.equal(owners.admits(0, 2, 900_000, week), false);
  assert.equal(owners.admits(0, 2, 900_001, week), true);
});

test('two sources at any pace: while both speak, only one of them writes', () => {
  const gaps = fc.array(fc.tuple(fc.integer({ min: 1, max: 40_000 }), fc.boolean()), {
    minLength: 2,
    maxLength: 100,
  });
  fc.assert(
    fc.property(gaps, steps => {
      const { offer } = site();
      let atMs = 0;
      const heardMs = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const [gapMs, isBetter] of steps) {
        atMs += gapMs;
        const outcome = offer(0, isBetter ? 0 : 1, atMs);
        // The better one is never turned away; the lesser only writes in its silence.
        if (isBetter) assert.equal(outcome, 'taken');
        else assert.equal(outcome, atMs - heardMs[0] > STALE_MS ? 'taken' : 'refused');
        heardMs[isBetter ? 0 : 1] = atMs;
      }
    }),
  );
});
