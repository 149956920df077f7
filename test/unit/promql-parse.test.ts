/** Queries to trees: what binds to what, and what is said about those that make no sense. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Expr } from '../../server/promql/ast.ts';
import { parseQuery } from '../../server/promql/parse.ts';
import { QueryError } from '../../server/promql/query-error.ts';

/** The tree with all brackets. */
function shown(expr: Expr): string {
  switch (expr.type) {
    case 'number':
      return String(expr.value);
    case 'text':
      return JSON.stringify(expr.text);
    case 'paren':
      return shown(expr.expr);
    case 'selector':
      return `${expr.matchers.map(m => (m.label === '__name__' ? m.value : `${m.label}${m.op}${m.value}`)).join()}${moved(expr)}`;
    case 'matrix':
      return `${shown({ ...expr.selector, offsetMs: 0 })}[${expr.rangeMs / 1000}]${moved(expr.selector)}`;
    case 'subquery':
      return `${shown(expr.expr)}[${expr.rangeMs / 1000}:${(expr.stepMs ?? 0) / 1000}]${moved(expr)}`;
    case 'unary':
      return `(${expr.isNegative ? '-' : '+'}${shown(expr.expr)})`;
    case 'call':
      return `${expr.name}(${expr.args.map(shown)})`;
    case 'aggregate':
      return `${expr.op} ${expr.isWithout ? 'without' : 'by'}(${expr.labels})(${[expr.param, expr.expr].flatMap(e => (e ? [shown(e)] : []))})`;
    case 'binary':
      return `(${shown(expr.left)} ${expr.op} ${shown(expr.right)})`;
  }
}

const moved = ({ offsetMs, pin }: { offsetMs: number; pin?: unknown }) =>
  (offsetMs === 0 ? '' : ` offset ${offsetMs / 1000}`) + (pin === undefined ? '' : ` @ ${pin}`);

const TREES: readonly (readonly [string, string])[] = [
  ['1 + 2 * 3', '(1 + (2 * 3))'],
  ['1 - 2 - 3', '((1 - 2) - 3)'],
  ['2 ^ 3 ^ 4', '(2 ^ (3 ^ 4))'],
  ['-1 ^ 2', '(-(1 ^ 2))'],
  ['-a ^ 2 * b', '((-(a ^ 2)) * b)'],
  ['a ^ -b * c', '((a ^ (-b)) * c)'],
  ['2 - -1', '(2 - -1)'],
  ['a or b and c unless d', '(a or ((b and c) unless d))'],
  ['a > b == c + 1', '((a > b) == (c + 1))'],
  ['a + b offset 5m', '(a + b offset 300)'],
  ['a + b offset 5m * c', '(a + (b offset 300 * c))'],
  ['-a offset -1h', '(-a offset -3600)'],
  ['a * b @ 100 - c', '((a * b @ 100000) - c)'],
  ['a + rate(b[1m] offset 2m)', '(a + rate(b[60] offset 120))'],
  ['max_over_time(a[1h30m:] offset 1d)', 'max_over_time(a[5400:0] offset 86400)'],
  ['sum by (x, y,) (a)', 'sum by(x,y)(a)'],
  ['TOPK(2, a) WITHOUT (x)', 'topk without(x)(2,a)'],
  ['a{x="1",y!~"2"}', 'x=1,y!~2,a'],
  ['{"a b", "c d"="e"}', 'a b,c d=e'],
  ['sum', 'sum'],
  ['a # what follows is a comment\n+ b', '(a + b)'],
  [`'\\x41\\u00e4\\101\\n'`, '"AäA\\n"'],
  ['`a\\n`', '"a\\\\n"'],
  ['0x10 + 1e2 + .5 + 1_000', '(((16 + 100) + 0.5) + 1000)'],
];

for (const [text, tree] of TREES) {
  test(`${text} is ${tree}`, () => assert.equal(shown(parseQuery(text)), tree));
}

const ERRORS: readonly (readonly [string, string])[] = [
  ['', '1:1: parse error: no expression found in input'],
  ['a b', '1:3: parse error: unexpected "b"'],
  ['sum(', '1:5: parse error: unclosed left parenthesis'],
  ['rate(a[5m)', '1:10: parse error: unexpected ")"'],
  ['a{b="c', '1:5: parse error: unterminated quoted string'],
  ['a{b="c" d="e"}', '1:9: parse error: unexpected "d" in label matching'],
  ['foo(a)', '1:1: parse error: unknown function with name "foo"; /docs/promql.md lists what is'],
  [
    '1 +\n  foo(a)',
    '2:3: parse error: unknown function with name "foo"; /docs/promql.md lists what is',
  ],
  [
    '"ä" + foo(a)',
    '1:7: parse error: unknown function with name "foo"; /docs/promql.md lists what is',
  ],
  [
    'rate(a)',
    '1:6: parse error: expected type range vector in call to function "rate", got instant vector',
  ],
  ['abs()', '1:1: parse error: expected 1 argument(s) in call to "abs", got 0'],
  ['round(a, 1, 2)', '1:1: parse error: expected at most 2 argument(s) in call to "round", got 3'],
  [
    'label_join(a, "b")',
    '1:1: parse error: expected at least 3 argument(s) in call to "label_join", got 2',
  ],
  [
    'topk(a)',
    '1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1',
  ],
  ['1 == 2', '1:1: parse error: comparisons between scalars must use BOOL modifier'],
  ['a and 1', '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
  ['{}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
  ['a{x=~"("}', '1:3: parse error: error parsing regexp: missing closing )'],
  ['a{__name__="b"}', '1:1: parse error: metric name must not be set twice: "a" or "b"'],
  ['(a)[5m]', '1:1: parse error: ranges only allowed for vector selectors'],
  ['a[0s]', '1:3: parse error: duration must be greater than 0'],
  [
    'a[5m:1m][1m:]',
    '1:1: parse error: subquery is only allowed on instant vector, got range vector instead',
  ],
  ['a offset 1m offset 1m', '1:1: parse error: offset may not be set multiple times'],
  // valid in newer versions of Prometheus, and not known here
  [
    '1 + info(a)',
    '1:5: parse error: function "info" is not supported here; /docs/promql.md lists what is',
  ],
  [
    'limitk(1, a)',
    '1:1: parse error: aggregation limitk is not supported here; /docs/promql.md lists what is',
  ],
  [
    'a[5m * 2]',
    '1:3: parse error: arithmetic with durations is not supported here; /docs/promql.md lists what is',
  ],
  ['a + fill(0) b', '1:5: parse error: fill is not supported here; /docs/promql.md lists what is'],
  [
    'rate(a[5m] smoothed)',
    '1:6: parse error: smoothed is not supported here; /docs/promql.md lists what is',
  ],
  ['a </ b', '1:3: parse error: operator </ is not supported here; /docs/promql.md lists what is'],
];

for (const [text, message] of ERRORS) {
  test(`${JSON.stringify(text)} is refused`, () => {
    assert.throws(
      () => parseQuery(text),
      (error: unknown) => {
        assert.ok(error instanceof QueryError);
        assert.deepEqual([error.errorType, error.message], ['bad_data', message]);
        return true;
      },
    );
  });
}

test('what is too long or too deep is refused, not tried', () => {
  const refused = (text: string, why: RegExp) =>
    assert.throws(() => parseQuery(text), { errorType: 'bad_data', message: why });
  refused('a'.repeat(200_000), /characters/);
  refused(`${'('.repeat(1000)}a${')'.repeat(1000)}`, /nested too deeply/);
  refused(`${'abs('.repeat(600)}a${')'.repeat(600)}`, /nested too deeply/);
  refused('a+'.repeat(800).concat('a'), /operators in a row/);
  refused(`${'-'.repeat(1500)}a`, /in a row/);
  refused(`a{x=~"${'(a{0,900})'.repeat(50)}"}`, /too large/);
});
