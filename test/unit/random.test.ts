import assert from 'node:assert/strict';
import test from 'node:test';
import { exponential, seededRandom, standardNormal } from '../../twin/index.ts';

const draw = (seed: number, count: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
};

test('the same seed gives the same numbers, another seed others', () => {
  assert.deepEqual(draw(7, 100), draw(7, 100));
  assert.deepEqual(draw(-0, 3), draw(0, 3));
  for (const other of [8, 7.5, -7, 7 + 2 ** 40]) assert.notDeepEqual(draw(7, 3), draw(other, 3));
  assert.throws(() => seededRandom(Number.NaN), RangeError);
});

// Counts in k equal cells are about normal with variance n/k (1 - 1/k): 5 sigma is no chance.
test('numbers are uniform in [0, 1), alone and with their neighbours, from any seed', () => {
  const cells = 16;
  for (const seed of [0, 1, 2, 3, 1e9]) {
    const numbers = draw(seed, 160_000);
    const single = new Array<number>(cells).fill(0);
    const pairs = new Array<number>(cells * cells).fill(0);
    numbers.forEach((each, i) => {
      assert.ok(each >= 0 && each < 1);
      const cell = Math.floor(each * cells);
      single[cell]++;
      if (i > 0) pairs[cells * Math.floor(numbers[i - 1] * cells) + cell]++;
    });
    for (const count of single)
      assert.ok(Math.abs(count - 10_000) < 5 * Math.sqrt(10_000), `${count}`);
    for (const count of pairs) assert.ok(Math.abs(count - 625) < 5 * Math.sqrt(625), `${count}`);
  }
});

test('neighbouring seeds are not alike from the first number on', () => {
  const first = Array.from({ length: 10_000 }, (_, seed) => seededRandom(seed)());
  const mean = first.reduce((sum, each) => sum + each, 0) / first.length;
  const lag = first.slice(1).reduce((sum, each, i) => sum + (each - 0.5) * (first[i] - 0.5), 0);
  assert.ok(Math.abs(mean - 0.5) < 5 * Math.sqrt(1 / 12 / 10_000), `${mean}`);
  assert.ok(Math.abs((12 * lag) / 10_000) < 0.05, `${lag}`);
});

test('normal and exponential numbers have their moments', () => {
  const random = seededRandom(3);
  const count = 100_000;
  const normals = Array.from({ length: count }, () => standardNormal(random));
  const waits = Array.from({ length: count }, () => exponential(random, 4));
  const mean = (all: readonly number[]) => all.reduce((sum, each) => sum + each, 0) / all.length;
  assert.ok(Math.abs(mean(normals)) < 5 / Math.sqrt(count));
  assert.ok(Math.abs(mean(normals.map(each => each ** 2)) - 1) < 0.03);
  assert.ok(Math.abs(mean(waits) - 4) < (5 * 4) / Math.sqrt(count));
  // The memoryless part: P(wait > mean) = 1/e.
  const long = waits.filter(wait => wait > 4).length / count;
  assert.ok(Math.abs(long - Math.exp(-1)) < 0.01, `${long}`);
});
