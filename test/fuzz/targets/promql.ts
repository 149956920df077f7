/** Queries by strangers: a tree or an error for the asker, nothing else, and soon. */
import assert from 'node:assert/strict';
import { parseQuery } from '../../../server/promql/parse.ts';
import { QueryError } from '../../../server/promql/query-error.ts';
import { compileRegex, RegexError } from '../../../server/promql/regex/regex.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';

const ATOMS = [
  'up',
  'w{a="b"}',
  '1',
  '1e3',
  '"x"',
  'w[5m]',
  'w[1h:1m]',
  '{__name__=~"w.*"}',
  'NaN',
];
const CALLS = ['rate', 'sum', 'count by (a)', 'max_over_time', 'label_replace', 'abs', 'topk'];
const OPERATORS = ['+', '-', '*', '/', '==', '> bool', 'and', 'unless on (a)', 'or', '^', '%'];
const AFTER = ['', '', ' offset 5m', ' @ 1', ' offset -1h', ' @ end()'];

function expression(random: Random, depth: number): string {
  const inner = () => expression(random, depth - 1);
  const choice = depth <= 0 ? 0 : random.int(5);
  if (choice === 0) return random.pick(ATOMS) + random.pick(AFTER);
  if (choice === 1)
    return `${random.pick(CALLS)}(${inner()}${random.isOneIn(4) ? `, ${inner()}` : ''})`;
  if (choice === 2) return `(${inner()})`;
  if (choice === 3) return `-${inner()}`;
  return `${inner()} ${random.pick(OPERATORS)} ${inner()}`;
}

/** Small enough alphabets that JavaScript means the same by an expression. */
const PLAIN = /^[abc|().*+]*$/;
const TEXTS = ['', 'a', 'b', 'ab', 'aab', 'abc', 'cba', 'aaaa'];

function checkRegex(text: string): void {
  let regex: ReturnType<typeof compileRegex>;
  try {
    regex = compileRegex(text);
  } catch (error) {
    assert.ok(error instanceof RegexError, String((error as Error).stack));
    return;
  }
  for (const each of TEXTS) regex.test(each);
  if (text.length > 12 || !PLAIN.test(text)) return;
  const same = new RegExp(`^(?:${text})$`, 's');
  for (const each of TEXTS) assert.equal(regex.test(each), same.test(each), `${text} on '${each}'`);
}

export const promqlTarget: Target = {
  name: 'promql',
  maxBytes: 1000,
  usualBytes: 80,
  tokens: [
    ...['(', ')', '{', '}', '[5m]', '[', ']', '"', "'", '`', '\\', ' by (', ' on(a) group_left() '],
    ...[
      ' offset ',
      ' @ ',
      '=~"',
      '!~"(',
      '(?i)',
      '\\p{L}',
      '[[:alpha:]]',
      '{1,1000}',
      '*',
      '|',
      '#',
    ],
    ...['0x1f', '1y2w', '-', ' bool ', '\n', '\ud83d\ude00', '__name__', 'sum', 'inf', '((((((((('],
  ],
  corpus: [
    'sum by (rack) (rate(orrery_gpu_energy_joules_total{site="a",rack=~"r[0-9]+"}[5m])) / 1000',
    'histogram_quantile(0.9, sum(rate(x_bucket[5m])) by (le)) > bool 1 unless on(a) y',
    'max_over_time(w[1h:5m] offset 1w) @ end() + -w{a!="b",c!~"d|e"} ^ 2',
    'label_replace(up, "a", "$1", "b", "(.*):.*")',
    'a|b*(c|a)+.*',
    '(?i)x{2,3}[^a-c]\\d$',
    'up == bool 0',
    '-w{a="b"}[5m]',
    'topk(3, w) by (a)',
    'a and on(b) c',
    '1 + 2 ^ 0x1f',
  ].map(text => Buffer.from(text)),
  generate: random => Buffer.from(expression(random, 1 + random.length(3))),
  check(input) {
    const text = input.toString('utf8');
    try {
      const expr = parseQuery(text);
      assert.ok(expr.at >= 0 && expr.end <= text.length && expr.at < expr.end);
    } catch (error) {
      assert.ok(error instanceof QueryError, String((error as Error).stack));
      assert.equal(error.errorType, 'bad_data');
    }
    checkRegex(text);
  },
};
