import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { inOrder } from '../../server/api/event-order.ts';

const at = (atMs: number, uncertaintyMs: number) => ({ atMs, uncertaintyMs });

type TimedEvent = ReturnType<typeof at>;

const areConcurrent = (a: TimedEvent, b: TimedEvent) =>
  Math.abs(a.atMs - b.atMs) < a.uncertaintyMs + b.uncertaintyMs;

test('closer than the sum of their uncertainties is one group', () => {
  const groupCount = (...events: TimedEvent[]) =>
    new Set(inOrder(events).map(({ groupMs }) => groupMs)).size;
  assert.equal(groupCount(at(0, 500), at(900, 500)), 1);
  assert.equal(groupCount(at(0, 500), at(1000, 500)), 2);
  assert.equal(groupCount(at(0, 0), at(1, 0)), 2);
});

test('newest first; a wide event holds together what happened within it', () => {
  const events = [at(1000, 10), at(5000, 10), at(4000, 3000), at(20_000, 0), at(900, 10)];
  const groups = inOrder(events).map(({ event, groupMs }) => [event.atMs, groupMs]);
  assert.deepEqual(groups, [
    [20_000, 20_000],
    [5000, 990],
    [4000, 990],
    [1000, 990],
    [900, 890],
  ]);
});

test('the order is certain between groups and linked within them', () => {
  const event = fc.record({ atMs: fc.nat(5000), uncertaintyMs: fc.nat(300) });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), events => {
      const ordered = inOrder(events);
      assert.equal(ordered.length, events.length);
      for (const a of ordered) {
        const near = ordered.filter(b => b !== a && areConcurrent(a.event, b.event));
        for (const b of near) assert.equal(a.groupMs, b.groupMs);
        const others = ordered.filter(b => b !== a && b.groupMs === a.groupMs);
        assert.ok(others.length === 0 || near.length > 0 || a.event.uncertaintyMs === 0);
      }
      for (let i = 1; i < ordered.length; i++) {
        assert.ok(ordered[i].groupMs <= ordered[i - 1].groupMs);
      }
    }),
  );
});
