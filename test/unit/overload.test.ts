import assert from 'node:assert/strict';
import { createHistogram } from 'node:perf_hooks';
import test from 'node:test';
import { pino } from 'pino';
import { createOverload, LOOP_LOOK_MS, usualLagMs } from '../../server/overload.ts';

const log = pino({ level: 'silent' });

function watched() {
  const levels: number[] = [];
  let lagMs = 0;
  const overload = createOverload({
    log,
    onLevel: level => levels.push(level),
    lagMs: () => lagMs,
  });
  const rounds = (count: number, lag: number) => {
    lagMs = lag;
    for (let n = 0; n < count; n++) overload.round();
    return overload.level;
  };
  return { overload, levels, rounds };
}

test('levels are entered at once, the highest reached', () => {
  const { overload, levels, rounds } = watched();
  assert.equal(rounds(10, 150), 0);
  assert.equal(rounds(1, 250), 1);
  assert.equal(rounds(1, 2000), 3);
  assert.deepEqual(levels, [1, 3]);
  assert.deepEqual(overload.entered, [1, 1, 1]);
  assert.equal(overload.lagMs, 2000);
});

test('a level is left one at a time, after calm has lasted', () => {
  const { levels, rounds } = watched();
  rounds(1, 2000);
  assert.equal(rounds(4, 10), 3);
  assert.equal(rounds(1, 10), 2);
  assert.equal(rounds(4, 10), 2);
  assert.equal(rounds(1, 10), 1);
  assert.equal(rounds(5, 10), 0);
  assert.deepEqual(levels, [3, 2, 1, 0]);
});

test('a lag between the bounds keeps the level: it does not flap', () => {
  const { levels, rounds } = watched();
  rounds(1, 250);
  for (let n = 0; n < 20; n++) rounds(1, n % 2 === 0 ? 150 : 210);
  assert.deepEqual(levels, [1]);
  rounds(4, 50);
  rounds(1, 150);
  assert.equal(rounds(4, 50), 1, 'calm has to last without a break');
});

/** Delays of a timer of 20 ms as the event loop's histogram holds them. */
function delays(...listMs: readonly number[]) {
  const histogram = createHistogram();
  for (const ms of listMs) histogram.record(Math.round(ms * 1e6));
  return histogram;
}

test('a busy event loop is seen, one long pause is not', () => {
  const quiet = Array.from({ length: 14 }, () => LOOP_LOOK_MS + 1);
  assert.ok(usualLagMs(delays(...quiet)) < 2);
  assert.ok(usualLagMs(delays(...quiet, LOOP_LOOK_MS + 600)) < 2, 'after one pause');
  const busy = usualLagMs(delays(LOOP_LOOK_MS + 1, ...Array(3).fill(LOOP_LOOK_MS + 300)));
  assert.ok(busy >= 299 && busy < 302, `${busy} ms under load`);
  assert.equal(usualLagMs(delays(LOOP_LOOK_MS - 0.5)), 0);
});

test('a round in which no timer rang at all is late: the first one, before any could', () => {
  const levels: number[] = [];
  const overload = createOverload({ log, onLevel: level => levels.push(level) });
  overload.round();
  overload.stop();
  assert.equal(overload.lagMs, 1000 - LOOP_LOOK_MS);
  assert.deepEqual(levels, [2]);
});
