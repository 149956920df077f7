import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { createOverload } from '../../server/overload.ts';

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

test('a busy event loop is seen, one long pause is not', async () => {
  const levels: number[] = [];
  const overload = createOverload({ log, onLevel: level => levels.push(level) });
  const busyFor = (ms: number) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };
  await sleep(300);
  busyFor(600);
  await sleep(800);
  overload.round();
  assert.ok(overload.lagMs < 200, `${overload.lagMs} ms after one pause`);
  for (let n = 0; n < 4; n++) {
    busyFor(300);
    await sleep(0);
  }
  overload.round();
  overload.stop();
  assert.ok(overload.lagMs >= 200, `${overload.lagMs} ms under load`);
  assert.deepEqual(levels, [1]);
});
