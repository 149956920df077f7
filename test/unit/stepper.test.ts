/** Long work in steps: one at a time, nothing held up, nothing lost when a part breaks. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createStepper, type Parts } from '../../server/stepper.ts';

/** Keeps the processor busy. */
function work(forMs: number) {
  const startedMs = performance.now();
  while (performance.now() - startedMs < forMs);
}

function* parts(count: number, eachMs: number, log: string[], name = ''): Parts<string> {
  for (let i = 0; i < count; i++) {
    work(eachMs);
    log.push(`${name}${i}`);
    yield;
  }
  return `${name} is done`;
}

/** Waits for the first part. */
async function begun(log: readonly string[]) {
  while (log.length === 0) await new Promise(resolve => setImmediate(resolve));
}

test('timers have their turn between steps, and short parts share one', async () => {
  const log: string[] = [];
  let timers = 0;
  const timer = setInterval(() => timers++, 1);
  const results: string[] = [];
  const stepper = createStepper(() => parts(200, 0.25, log), {
    done: result => results.push(result),
  });
  await stepper.runInParts();
  clearInterval(timer);
  assert.equal(log.length, 200);
  assert.deepEqual(results, [' is done']);
  // 50 ms of work in steps of 4 ms; a busy machine makes steps of fewer parts
  assert.ok(timers >= 5, `${timers} turns of a timer`);
  const { tookMs, longestStepMs, rounds } = stepper.stats();
  assert.equal(rounds, 1);
  assert.ok(tookMs >= 50 && longestStepMs < tookMs / 2, `${tookMs} ms, longest ${longestStepMs}`);
});

test('two at work take turns: never both in one turn of the event loop', async () => {
  const log: string[] = [];
  const first = createStepper(() => parts(3, 5, log, 'a'));
  const second = createStepper(() => parts(3, 5, log, 'b'));
  let turns = 0;
  let isOver = false;
  const countTurns = () => {
    turns++;
    if (!isOver) setImmediate(countTurns);
  };
  setImmediate(countTurns);
  await Promise.all([first.runInParts(), second.runInParts()]);
  isOver = true;
  assert.deepEqual(log, ['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
  assert.ok(turns >= 7, `${turns} turns`);
});

test('urgent work goes first, and leaves others a turn now and then', async () => {
  const log: string[] = [];
  const slow = [0, 1].map(i => createStepper(() => parts(9, 5, log, `${'ab'[i]}`)));
  const urgent = createStepper(() => parts(9, 5, log, 'u'), { isUrgent: true });
  const over = [...slow, urgent].map(stepper => stepper.runInParts());
  await Promise.all(over);
  const until = log.slice(0, log.indexOf('u8'));
  assert.equal(log.length, 27);
  const between = until.filter(part => !part.startsWith('u')).length;
  assert.ok(between >= 2 && between <= 4, `${until}`);
});

test('a second one is left out and counted', async () => {
  const log: string[] = [];
  const stepper = createStepper(() => parts(3, 5, log));
  const running = stepper.runInParts();
  await stepper.runInParts();
  assert.deepEqual(log, []);
  await running;
  assert.deepEqual(log, ['0', '1', '2']);
  const { rounds, skipped } = stepper.stats();
  assert.deepEqual({ rounds, skipped }, { rounds: 1, skipped: 1 });
});

test('settling finishes what is running, once; running at once finishes it first', async () => {
  const log: string[] = [];
  const done: number[] = [];
  const stepper = createStepper(() => parts(2, 5, log), {
    done: (_, tookMs) => done.push(tookMs),
  });
  stepper.settle();
  assert.deepEqual(log, []);
  const running = stepper.runInParts();
  await begun(log);
  assert.deepEqual(log, ['0']);
  stepper.settle();
  assert.deepEqual(log, ['0', '1']);
  await running;
  assert.equal(done.length, 1);
  assert.ok(done[0] >= 10, `${done[0]} ms`);

  const next = stepper.runInParts();
  stepper.run();
  await next;
  assert.deepEqual(log.slice(2), ['0', '1', '0', '1']);
  assert.equal(stepper.stats().rounds, 3);
});

test('other work waits for what is running, and what falls due meanwhile waits for it', async () => {
  const log: string[] = [];
  const stepper = createStepper(() => parts(2, 5, log, 'round'));
  const running = stepper.runInParts();
  await begun(log);
  const other = stepper.between(() => parts(2, 5, log, 'other'));
  await running;
  const next = stepper.runInParts();
  assert.equal(await other, 'other is done');
  await next;
  assert.deepEqual(log, ['round0', 'round1', 'other0', 'other1', 'round0', 'round1']);
  const { rounds, skipped } = stepper.stats();
  assert.deepEqual({ rounds, skipped }, { rounds: 2, skipped: 0 });
});

test('other work is finished by settling, and its failure is told to who asked for it', async () => {
  const log: string[] = [];
  const stepper = createStepper(() => parts(1, 1, log, 'round'));
  const other = stepper.between(() => parts(3, 5, log, 'other'));
  await begun(log);
  stepper.run();
  assert.deepEqual(log, ['other0', 'other1', 'other2', 'round0']);
  assert.equal(await other, 'other is done');
  const broken = stepper.between(function* () {
    yield* parts(2, 5, log, 'broken');
    throw new Error('a broken part');
  });
  const refused = assert.rejects(broken, /a broken part/);
  await new Promise(resolve => setImmediate(resolve));
  stepper.settle();
  await refused;
  await stepper.runInParts();
  assert.equal(stepper.stats().rounds, 2);
});

test('one that breaks is told to whoever drove it, and the next one begins anew', async () => {
  let isBroken = true;
  const log: string[] = [];
  const stepper = createStepper(function* () {
    yield* parts(1, 5, log);
    if (isBroken) throw new Error('a broken part');
  });
  await assert.rejects(stepper.runInParts(), /a broken part/);
  assert.throws(() => stepper.run(), /a broken part/);
  isBroken = false;
  await stepper.runInParts();
  assert.deepEqual(log, ['0', '0', '0']);
  assert.equal(stepper.stats().rounds, 3);
});
