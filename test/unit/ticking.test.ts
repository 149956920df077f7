/** How often the model is worked out. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Service } from '../../server/service.ts';
import { startTicking } from '../../server/ticking.ts';

const PERIOD_MS = 5;

/** How long each of some ticks has the next one wait, ms; each says that it took `tookMs`. */
async function waits(t: TestContext, tookMs: number, onTick = () => {}): Promise<number[]> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const asked: number[] = [];
  const realTimer = setTimeout;
  const { mock } = t.mock.method(globalThis, 'setTimeout', (next: () => void, ms: number) => {
    asked.push(ms);
    if (asked.length > 4) resolve();
    return realTimer(next, 0);
  });
  const live = {
    clock: { now: () => 0, speed: 1 },
    lastTick: { atMs: 0, tookMs },
    async tickInParts() {
      onTick();
    },
  };
  const others = { ingest: { keep() {} }, history: { sample() {} }, log: { error() {} } };
  const stop = startTicking({ live, ...others } as unknown as Service, PERIOD_MS);
  await promise;
  stop();
  mock.restore();
  return asked.slice(1);
}

test('a tick leaves nine times what it took to everything else, at most a second', async t => {
  assert.ok((await waits(t, 10)).every(ms => ms === 90));
  assert.ok((await waits(t, 20_000)).every(ms => ms === 1000));
  const short = await waits(t, 0.01);
  assert.ok(
    short.every(ms => ms > 0 && ms <= PERIOD_MS),
    'short ones come at their period',
  );
});

test('a tick that fails does not stop the next one', async t => {
  const asked = await waits(t, 1, () => {
    throw new Error('broken');
  });
  assert.ok(asked.length >= 4);
});
