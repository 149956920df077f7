/** How often the model is worked out. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Service } from '../../server/service.ts';
import { startTicking } from '../../server/ticking.ts';

/** Times at which ticks began, ms, until there are so many; each says that it took `tookMs`. */
async function ticks(count: number, tookMs: number, onTick = () => {}): Promise<number[]> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const beganMs: number[] = [];
  const live = {
    clock: { now: () => 0, speed: 1 },
    lastTick: { atMs: 0, tookMs },
    async tickInParts() {
      beganMs.push(performance.now());
      if (beganMs.length === count) resolve();
      onTick();
    },
  };
  const others = { ingest: { keep() {} }, history: { sample() {} }, log: { error() {} } };
  const stop = startTicking({ live, ...others } as unknown as Service, 5);
  await promise;
  stop();
  return beganMs;
}

const shortest = (atMs: readonly number[]) =>
  Math.min(...atMs.slice(1).map((each, i) => each - atMs[i]));

test('a tick leaves nine times what it took to everything else, at most a second', async () => {
  assert.ok(shortest(await ticks(4, 10)) >= 89);
  assert.ok(shortest(await ticks(2, 20_000)) >= 999);
  const atMs = await ticks(10, 0.01);
  assert.ok(shortest(atMs) < 50, 'short ones come at their period');
});

test('a tick that fails does not stop the next one', async () => {
  const atMs = await ticks(3, 1, () => {
    throw new Error('broken');
  });
  assert.equal(atMs.length, 3);
});
