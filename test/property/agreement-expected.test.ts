/** What was expected of still sensors, kept flat, beside lists of objects. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Expected } from '../../twin/agreement/expected.ts';
import { atOnce } from '../../twin/parts.ts';
import { LEARNING } from '../../twin/tables/agreement-learning.ts';

const POINTS = 6;
const SHIFTS = 24;

interface Block {
  readonly value: number;
  readonly deviation: number;
}

function naiveNats(expected: readonly Block[], quantum: number): number {
  const coarse = LEARNING.stepDeviation.value * quantum;
  const values = expected.map(({ value }) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const around = Array.from({ length: SHIFTS + 1 }, (_, i) => {
    const centre = least + ((most - least) * i) / SHIFTS;
    return expected.reduce((sum, { value, deviation }) => {
      const off = Math.max(0, Math.abs(value - centre) - quantum / 2) / (deviation + coarse);
      const beyond = Math.max(0, off - LEARNING.lastingDeviations.value);
      return sum + Math.min(LEARNING.mostMovedNats.value, beyond ** 2 / 2);
    }, 0);
  });
  return expected.length === 0 ? 0 : Math.min(...around);
}

function naiveRange(expected: readonly Block[]): number {
  const values = expected.map(({ value }) => value).sort((a, b) => a - b);
  return values.length < 2 ? 0 : values[values.length - 2] - values[1];
}

function assertSame(expected: Expected, lists: readonly (readonly Block[])[], quantum: number) {
  for (const [p, list] of lists.entries()) {
    const nats = naiveNats(list, quantum);
    assert.ok(Math.abs(expected.natsOfMovement(p, quantum) - nats) <= 1e-9 * (1 + nats));
    assert.ok(expected.rangeOf(p) === naiveRange(list));
  }
}

const series = fc.record({
  point: fc.nat(POINTS - 1),
  level: fc.double({ min: -50, max: 20_000, noNaN: true }),
  steps: fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { maxLength: 90 }),
  deviation: fc.double({ min: 0.01, max: 100, noNaN: true }),
  isDropped: fc.boolean(),
});

test('rings say what lists of the last blocks say, before and after they are stored', () => {
  const quanta = fc.constantFrom(0, 0.1, 1, 10);
  fc.assert(
    fc.property(fc.array(series, { minLength: 1, maxLength: 12 }), quanta, (all, quantum) => {
      const expected = new Expected(POINTS);
      const lists: Block[][] = Array.from({ length: POINTS }, () => []);
      for (const { point, level, steps, deviation, isDropped } of all) {
        if (isDropped) {
          expected.drop(point);
          lists[point] = [];
        }
        for (const step of steps) {
          const [value, spread] = [Math.fround(level + step), Math.fround(deviation)];
          expected.put(point, value, spread);
          lists[point].push({ value, deviation: spread });
          if (lists[point].length > LEARNING.expectedBlocks.value) lists[point].shift();
        }
        assertSame(expected, lists, quantum);
      }
      const packed = atOnce(expected.pack());
      const next = new Expected(POINTS);
      atOnce(next.unpack(packed));
      assertSame(next, lists, quantum);
      assert.deepEqual(atOnce(next.pack()), packed);
    }),
  );
});

test('a hundred thousand still sensors take no more than 40 MB, and dropped ones give their place back', () => {
  const points = 100_000;
  const expected = new Expected(points);
  const fill = () => {
    for (let p = 0; p < points; p++) {
      for (let i = 0; i < LEARNING.expectedBlocks.value; i++) expected.put(p, i, 1);
    }
  };
  fill();
  const took = expected.byteLength;
  assert.ok(took < 40e6, `${took} bytes`);
  for (let p = 0; p < points; p++) expected.drop(p);
  fill();
  assert.equal(expected.byteLength, took);
});
