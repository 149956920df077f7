/** A little of the fuzzing in every run; `node test/fuzz/run.ts` does more of it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { fuzz } from '../fuzz/fuzz.ts';
import { createHangWatch } from '../fuzz/hang-watch.ts';
import { seedsOf } from '../fuzz/seeds.ts';
import { TARGETS } from '../fuzz/targets/index.ts';

/** Where an input takes longer than elsewhere. */
const COUNTS: Readonly<Record<string, number>> = { journal: 500, promql: 500 };
const COUNT = 4000;
const SEED = 7;

for (const target of TARGETS) {
  test(`fuzz: ${target.name}`, () => {
    const count = COUNTS[target.name] ?? COUNT;
    const report = fuzz(target, { seed: SEED, count });
    assert.equal(report.inputs, count);
    assert.ok(target.corpus.length > 0 && count > 10 * seedsOf(target.name).length);
  });
}

test('fuzz: what breaks is found, and given back with what came before it', () => {
  const sum = { of: 0 };
  const target = {
    ...{ name: 'broken', maxBytes: 100, corpus: [Buffer.from('abc')], tokens: ['\xff'] },
    reset: () => {
      sum.of = 0;
    },
    check(input: Buffer) {
      sum.of += input.filter(byte => byte === 0xff).length;
      assert.ok(sum.of < 4, 'four times 255');
    },
  };
  const run = () => fuzz(target, { seed: SEED, count: 10_000 });
  assert.throws(run, error => {
    const { message, inputs } = error as Error & { inputs: readonly Buffer[] };
    assert.match(message, /^broken: four times 255/);
    const count = Buffer.concat([...inputs]).filter(byte => byte === 0xff).length;
    return count >= 4 && inputs.length > 0;
  });
});

test('fuzz: under coverage, inputs that reach new code are kept', () => {
  const target = TARGETS.find(({ name }) => name === 'write1')!;
  const { found } = fuzz(target, { seed: SEED, count: 400, guided: 400 });
  assert.ok(found > 0);
});

test('fuzz: a fault in a batch that is not compared is found too', () => {
  const isCompared: boolean[] = [];
  const target = {
    ...{ name: 'late', maxBytes: 10, corpus: [Buffer.from('a')] },
    reset: (is: boolean) => void isCompared.push(is),
    check: () => assert.ok(isCompared.length < 4 || isCompared.at(-1), 'the fourth batch'),
  };
  assert.throws(() => fuzz(target, { seed: SEED, count: 2000, compareEvery: 2 }), /fourth batch/);
  assert.deepEqual(isCompared.slice(0, 4), [true, false, true, false]);
});

test('fuzz: an input has no end when the processor is at it for too long', () => {
  const watch = createHangWatch(20_000);
  assert.equal(watch.look(1, 500), false);
  assert.equal(watch.look(1, 20_500), false);
  assert.equal(watch.look(2, 20_600), false, 'another input since');
  // Stopped for an hour: nothing was used meanwhile.
  assert.equal(watch.look(2, 20_700), false);
  assert.equal(watch.look(2, 40_700), true);
});
