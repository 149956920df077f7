/** Long questions give way to others, one at a time, and not without end. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { ProblemError } from '../../server/api/problem.ts';
import { inTurns } from '../../server/whatif/turns.ts';

/** A question of that many parts of three milliseconds. */
function* question(parts: number, order: string[], name: string): Generator<void, string> {
  order.push(`${name} read`);
  yield;
  for (let i = 0; i < parts; i++) {
    const untilMs = performance.now() + 3;
    while (performance.now() < untilMs);
    yield;
  }
  order.push(`${name} answered`);
  return name;
}

test('first come first served: what waits has not begun', async () => {
  const order: string[] = [];
  let others = 0;
  const timer = setInterval(() => others++, 1);
  const both = [inTurns(question(20, order, 'a')), inTurns(question(5, order, 'b'))];
  assert.deepEqual(order, []);
  assert.deepEqual(await Promise.all(both), ['a', 'b']);
  clearInterval(timer);
  assert.deepEqual(order, ['a read', 'a answered', 'b read', 'b answered']);
  assert.ok(others >= 3, `${others}`);
});

test('too many that wait are refused before any work, and one that breaks stops no other', async () => {
  const order: string[] = [];
  function* broken(): Generator<void, string> {
    yield;
    throw new Error('broken');
  }
  const waiting = Array.from({ length: 15 }, (_, i) => inTurns(question(1, order, `${i}`)));
  const breaks = inTurns(broken());
  await assert.rejects(inTurns(question(1, order, 'late')), (error: unknown) => {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.status, 503);
    return true;
  });
  assert.ok(!order.includes('late read'));
  await assert.rejects(breaks, /broken/);
  assert.equal((await Promise.all(waiting)).length, 15);
  assert.equal(await inTurns(question(1, order, 'next')), 'next');
});
