/** What holds for all series, windows, expressions and texts. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { createBudget } from '../../server/promql/budget.ts';
import { createEngine, type Result } from '../../server/promql/engine.ts';
import {
  LARGEST,
  SMALLEST,
  SPREAD,
  sliding,
  TOTAL,
} from '../../server/promql/functions/sliding.ts';
import { labelsText } from '../../server/promql/labels.ts';
import { lineOf } from '../../server/promql/lookup.ts';
import { parseQuery } from '../../server/promql/parse.ts';
import { QueryError } from '../../server/promql/query-error.ts';
import { automatonOf } from '../../server/promql/regex/automaton.ts';
import { parseRegex } from '../../server/promql/regex/parse.ts';
import { programOf } from '../../server/promql/regex/program.ts';
import { compileRegex, RegexError } from '../../server/promql/regex/regex.ts';
import { runWhole } from '../../server/promql/regex/run.ts';
import { totalOf } from '../../server/promql/sums.ts';
import { memorySeries, type TestSeries } from '../support/memory-series.ts';

const value = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -1000, max: 1000 }).map(each => each / 4) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1e300) },
);

/** Windows that only move forward. */
const windows = (count: number) =>
  fc.array(fc.tuple(fc.nat(count), fc.nat(count)), { maxLength: 40 }).map(pairs => {
    const los = pairs.map(([lo]) => lo).sort((a, b) => a - b);
    const his = pairs.map(([, hi]) => hi).sort((a, b) => a - b);
    return los.map((lo, i) => [lo, his[i]] as const).filter(([lo, hi]) => lo < hi);
  });

const same = (a: number, b: number) =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));

test('sliding aggregates are those of each window alone', () => {
  fc.assert(
    fc.property(
      fc
        .array(value, { minLength: 1, maxLength: 60 })
        .chain(list => fc.tuple(fc.constant(list), windows(list.length))),
      ([list, spans]) => {
        const values = Float64Array.from(list);
        const [sum, high, low, spread] = [
          sliding(values, TOTAL),
          sliding(values, LARGEST),
          sliding(values, SMALLEST),
          sliding(values, SPREAD),
        ];
        for (const [lo, hi] of spans) {
          const window = { lo, hi, k: 0, startMs: 0, endMs: 0, atMs: 0 };
          const part = list.slice(lo, hi);
          const numbers = part.filter(each => !Number.isNaN(each));
          const total = part.reduce((a, b) => a + b, 0);
          assert.ok(same(totalOf(sum(window)), total));
          assert.ok(same(high(window), numbers.length ? Math.max(...numbers) : Number.NaN));
          assert.ok(same(low(window), numbers.length ? Math.min(...numbers) : Number.NaN));
          const { count, squares } = spread(window);
          assert.equal(count, part.length);
          if (part.some(each => !(Math.abs(each) < 1e9))) continue;
          const mean = total / part.length;
          assert.ok(
            same(
              squares,
              part.reduce((a, b) => a + (b - mean) ** 2, 0),
            ),
          );
        }
      },
    ),
  );
});

test('a line has the newest sample before each step, unless it is old or stale', () => {
  const samples = fc.uniqueArray(fc.tuple(fc.nat(3_000_000), value, fc.boolean()), {
    selector: ([at]) => at,
    maxLength: 30,
  });
  fc.assert(
    fc.property(
      samples,
      fc.nat(1_000_000),
      fc.integer({ min: 1, max: 200_000 }),
      (list, firstMs, stepMs) => {
        const sorted = list.toSorted(([a], [b]) => a - b);
        const series = {
          labels: { names: [], values: [] },
          times: Float64Array.from(sorted, ([at]) => at),
          values: Float64Array.from(sorted, ([, each]) => each),
          stale: Uint8Array.from(sorted, ([, , stale]) => (stale ? 1 : 0)),
        };
        const { values, has } = lineOf(series, { firstMs, stepMs, count: 40 });
        for (let k = 0; k < 40; k++) {
          const t = firstMs + k * stepMs;
          const found = sorted.findLast(([at]) => at <= t);
          const isThere = found !== undefined && !found[2] && found[0] >= t - 300_000;
          assert.equal(has[k], isThere ? 1 : 0);
          if (isThere) assert.ok(Object.is(values[k], found[1]));
        }
      },
    ),
  );
});

/** Expressions that mean the same in JavaScript, and cannot take long there. */
const { pattern } = fc.letrec<{ pattern: string; part: string; atom: string }>(tie => ({
  atom: fc.constantFrom('a', 'b', '[ab]', '[^a]', '.', '\\d', 'ä', '😀'),
  part: fc.oneof(
    { weight: 5, arbitrary: tie('atom') },
    fc
      .tuple(tie('atom'), fc.constantFrom('*', '+', '?', '{1,2}', '*?', '{2}'))
      .map(pair => pair.join('')),
    fc
      .tuple(tie('pattern'), fc.constantFrom('', '?', '{1,2}'))
      .map(([inner, times]) => `(${inner})${times}`),
  ),
  pattern: fc
    .array(
      fc.array(tie('part'), { maxLength: 3 }).map(parts => parts.join('')),
      { minLength: 1, maxLength: 2 },
    )
    .map(parts => parts.join('|')),
}));

const word = fc.string({ unit: fc.constantFrom('a', 'b', '1', 'ä', '😀'), maxLength: 6 });

test('expressions match what they match in JavaScript, with the same groups', () => {
  fc.assert(
    fc.property(pattern, fc.array(word, { maxLength: 6 }), (text, words) => {
      const [ours, theirs] = [compileRegex(text), new RegExp(`^(?:${text})$`, 'u')];
      for (const each of words) {
        const match = theirs.exec(each);
        assert.equal(ours.test(each), match !== null, `${text} on ${each}`);
        assert.equal(ours.exec(each) !== undefined, match !== null);
        // JavaScript forgets the groups of a round before; ours keeps the last of each
        if (match && !/[?}]/.test(text)) assert.deepEqual(ours.exec(each), [...match], text);
      }
    }),
    { numRuns: 500 },
  );
});

test('the automaton and the machine agree', () => {
  fc.assert(
    fc.property(pattern, fc.array(word, { maxLength: 6 }), (text, words) => {
      const program = programOf(parseRegex(text).tree);
      const automaton = automatonOf(program);
      assert.ok(automaton);
      for (const each of words)
        assert.equal(automaton(each), runWhole(program, each) !== undefined);
    }),
  );
});

const TOKENS = [
  ...[
    'a',
    'rate',
    'sum',
    'by',
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '5m',
    '1',
    '+',
    '-',
    '==',
    'bool',
  ],
  ...[
    'on',
    'offset',
    '@',
    ':',
    ',',
    '=~',
    '"x"',
    '#',
    '\n',
    '\\',
    'ä',
    '😀',
    '_',
    'and',
    'end()',
    '\0',
  ],
];

test('any text is a query or is refused with a place', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.array(fc.constantFrom(...TOKENS), { maxLength: 20 }).map(parts => parts.join(' ')),
  );
  fc.assert(
    fc.property(text, query => {
      try {
        parseQuery(query);
      } catch (error) {
        assert.ok(error instanceof QueryError, `${query}: ${error}`);
        assert.match(error.message, /^\d+:\d+: parse error: /);
      }
    }),
    { numRuns: 2000 },
  );
});

test('any text is an expression or is refused', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'ab()[]{}|*+?.\\^$-:,1<P!=i'), maxLength: 20 }),
      text => {
        try {
          compileRegex(text).test('ab');
        } catch (error) {
          assert.ok(error instanceof RegexError, `${text}: ${error}`);
        }
      },
    ),
    { numRuns: 3000 },
  );
});

const STEP_MS = 30_000;
const store = fc
  .array(fc.array(fc.option(fc.integer({ min: -50, max: 50 })), { minLength: 1, maxLength: 30 }), {
    minLength: 1,
    maxLength: 6,
  })
  .map(lists =>
    lists.map(
      (list, i): TestSeries => ({
        ...{ name: 'v', labels: { host: `h${i}`, rack: `k${i % 2}` } },
        samples: list.flatMap((each, n) =>
          each === null ? [] : [{ atMs: n * STEP_MS, value: each }],
        ),
      }),
    ),
  );

const engineOf = (series: readonly TestSeries[]) =>
  createEngine({
    ...{ store: memorySeries(series), timeoutMs: 5000, maxPoints: 11_000, maxConcurrent: 4 },
    ...{ maxSeries: 1000, maxSamples: 10_000_000 },
  });

type Points = Record<string, Record<number, number>>;

function pointsOf(result: Result): Points {
  assert.ok('series' in result);
  return Object.fromEntries(
    result.series.map(({ labels, times, values }) => [
      labelsText(labels),
      Object.fromEntries([...times].map((at, i) => [at, values[i]])),
    ]),
  );
}

const GRID = { startMs: 0, endMs: 1_200_000, stepMs: 45_000 };

test('a range query is its instants, one by one', async () => {
  const queries = [
    'v',
    'sum by (rack) (v)',
    'rate(v[2m])',
    'v > 0 or -v',
    'max_over_time(v[90s:15s])',
  ];
  await fc.assert(
    fc.asyncProperty(store, fc.constantFrom(...queries), async (series, query) => {
      const engine = engineOf(series);
      const whole = pointsOf(await engine.range(parseQuery(query), GRID));
      const singly: Points = {};
      for (let at = GRID.startMs; at <= GRID.endMs; at += GRID.stepMs) {
        const instant = pointsOf(await engine.instant(parseQuery(query), at));
        for (const [labels, points] of Object.entries(instant)) {
          singly[labels] = { ...singly[labels], ...points };
        }
      }
      assert.deepEqual(whole, singly);
    }),
    { numRuns: 40 },
  );
});

test('what is split by labels adds up to the whole', async () => {
  await fc.assert(
    fc.asyncProperty(store, async series => {
      const engine = engineOf(series);
      const points = async (query: string) => pointsOf(await engine.range(parseQuery(query), GRID));
      assert.deepEqual(await points('sum(sum by (rack) (v))'), await points('sum(v)'));
      assert.deepEqual(await points('count(v)'), await points('sum(v == bool v)'));
      assert.deepEqual(await points('(v > 0) or (v <= 0)'), await points('v'));
      assert.deepEqual(await points('v unless (v > 0)'), await points('v <= 0'));
      assert.deepEqual(await points('max(v)'), await points('-min(-v)'));
    }),
    { numRuns: 40 },
  );
});

test('a budget of time ends a loop that breathes', async () => {
  const budget = createBudget({ maxSeries: 1, maxSamples: 1, timeoutMs: 30 });
  await assert.rejects(
    async () => {
      for (;;) await budget.breathe();
    },
    { errorType: 'timeout' },
  );
});
