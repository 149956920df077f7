/** What the service knows of itself, told as a signal of the site. */
import assert from 'node:assert/strict';
import test, { mock } from 'node:test';
import { createLiveTwin } from '../../server/live-twin.ts';
import { tellSite } from '../../server/site-signal.ts';
import { readSignal, signalIndex } from '../../twin/index.ts';
import { START_MS, smallTopology } from '../support/small-service.ts';

test('a value is told when it changes, and again before it would go stale; never journalled', () => {
  const live = createLiveTwin(smallTopology(), { now: () => START_MS, speed: 1 });
  const nothing = { late() {}, stale() {}, text() {}, event() {} };
  const written = mock.fn();
  live.record({ ...nothing, written });
  const drift = signalIndex('modelDriftCount');
  const told = (value: number, afterS: number) => {
    tellSite(live, drift, value, START_MS + 1000 * afterS);
    const { value: now, atMs } = readSignal(live.twin.state, drift, 0);
    return [now, (atMs - START_MS) / 1000];
  };
  assert.deepEqual(told(0, 0), [0, 0]);
  assert.deepEqual(told(0, 5), [0, 0]);
  assert.deepEqual(told(2, 6), [2, 6]);
  assert.deepEqual(told(2, 16), [2, 16]);
  assert.equal(written.mock.callCount(), 0);
});
