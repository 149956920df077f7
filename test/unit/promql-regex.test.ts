/** Regular expressions: the meaning of RE2, in time that grows with the text. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { compileRegex } from '../../server/promql/regex/regex.ts';

/** Expression, texts that it matches whole, texts that it does not. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['', [''], ['a']],
  ['a|b', ['a', 'b'], ['', 'ab', 'c']],
  ['a|bc|', ['', 'a', 'bc'], ['b']],
  ['.*', ['', 'abc', 'ä😀'], ['a\nb']],
  ['.+', ['a', '😀'], ['', '\n']],
  ['(?s).*', ['a\nb'], []],
  ['.', ['😀', '\r', '\u2028'], ['\n', 'ab']],
  ['a.c', ['abc', 'a😀c'], ['ac', 'a\nc']],
  ['[a-c]+[^a-c]', ['abcd', 'a!'], ['abc', 'd']],
  ['[]a]', [']', 'a'], ['b']],
  ['[a-]', ['-', 'a'], ['b']],
  ['[\\d.]+', ['1.2'], ['a']],
  ['[[:alpha:]_]+', ['ab_'], ['a1', 'ä']],
  ['[[:^digit:]]', ['a'], ['1']],
  ['\\w\\s\\W', ['a b'.replace('b', '-')], ['a\vb']],
  ['\\pL+\\P{L}', ['äß1'], ['ä']],
  ['\\p{Greek}', ['λ'], ['l']],
  ['(?i)abc', ['aBC'], ['abd']],
  ['a(?i:b)c', ['aBc', 'abc'], ['aBC']],
  ['(?i)[k-m]', ['K', 'l'], ['n']],
  ['(?i)[\\p{Lu}\\p{Lu}1]+', ['Äßδ1'.replace('ß', 'z'), '\u{10428}'], ['2', 'ª']],
  ['(?i)\\P{L}', ['1', '😀'], ['a', 'Ω']],
  ['[^\\p{Han}\\PL]', ['a', '\u{1d400}'], ['漢', '1']],
  ['a{2}', ['aa'], ['a', 'aaa']],
  ['a{2,}', ['aa', 'aaaa'], ['a']],
  ['a{1,2}b?', ['a', 'aab'], ['b', 'aaa']],
  ['a{,2}', ['a{,2}'], ['a']],
  ['x{', ['x{'], ['x']],
  ['a*?b', ['b', 'aab'], ['a']],
  ['(ab)*', ['', 'abab'], ['aba']],
  ['(?:a|b)+c', ['abac'], ['c']],
  ['\\Qa.b\\E+', ['a.b', 'a.bb'], ['axb']],
  ['\\x41\\x{1F600}\\101', ['A😀A'], []],
  ['^a$', ['a'], ['aa']],
  ['a$b', [], ['ab', 'a\nb']],
  ['(?m)a$\\n^b', ['a\nb'], ['ab']],
  ['\\Aa\\z', ['a'], ['b']],
  ['a\\b-', ['a-'], ['ab']],
  ['a\\Bb', ['ab'], []],
  ['\\.\\-\\_', ['.-_'], []],
  ['(?U)a+', ['aaa'], ['']],
  ['(a*)*', ['', 'aa'], ['b']],
  ['()|(a|)+', ['', 'aa'], ['b']],
];

for (const [text, yes, no] of CASES) {
  test(`${JSON.stringify(text)} matches what it should`, () => {
    const regex = compileRegex(text);
    for (const each of yes) {
      assert.ok(regex.test(each), `${JSON.stringify(each)} should match`);
      assert.equal(regex.exec(each)?.[0], each);
    }
    for (const each of no) {
      assert.ok(!regex.test(each), `${JSON.stringify(each)} should not match`);
      assert.equal(regex.exec(each), undefined);
    }
  });
}

const BROKEN: readonly (readonly [string, RegExp])[] = [
  ['(', /missing closing \)/],
  [')', /unexpected \)/],
  ['[a', /missing closing \]/],
  ['[z-a]', /invalid character class range/],
  ['[[:foo:]]', /invalid character class range/],
  ['[[:^constructor:]]', /invalid character class range/],
  ['*a', /missing argument to repetition operator/],
  ['a**', /invalid nested repetition operator/],
  ['a{2}{3}', /invalid nested repetition operator/],
  ['a{1001}', /invalid repeat count/],
  ['a{2,1}', /invalid repeat count/],
  ['(?=a)', /invalid or unsupported Perl syntax/],
  ['(?<!a)', /invalid or unsupported Perl syntax/],
  ['(a)\\1', /invalid escape sequence/],
  ['\\y', /invalid escape sequence/],
  ['a\\', /trailing backslash/],
  ['\\p{Nope}', /invalid character class range/],
  ['(?P<n>a)(?P<n>b)', /duplicate/],
];

for (const [text, why] of BROKEN) {
  test(`${text} is refused`, () => assert.throws(() => compileRegex(text), { message: why }));
}

test('groups are those of the leftmost way, greedy or lazy as asked', () => {
  assert.deepEqual(compileRegex('(a+)(a*)').exec('aaa'), ['aaa', 'aaa', '']);
  assert.deepEqual(compileRegex('(a+?)(a*)').exec('aaa'), ['aaa', 'a', 'aa']);
  assert.deepEqual(compileRegex('(a|ab)(c|bcd)(d*)').exec('abcd'), ['abcd', 'a', 'bcd', '']);
  assert.deepEqual(compileRegex('(x)|(y)').exec('y'), ['y', undefined, 'y']);
  assert.equal(compileRegex('(?P<rack>r\\d)-.*').groupNames.get('rack'), 1);
});

test('alternatives are listed, so that stores can look them up', () => {
  assert.deepEqual(compileRegex('a|b(c|d)').literals, ['a', 'bc', 'bd']);
  assert.deepEqual(compileRegex('r1\\.k2').literals, ['r1.k2']);
  assert.equal(compileRegex('a.*').literals, undefined);
  assert.equal(compileRegex('(?i)a').literals, undefined);
});

test('no expression takes long on any text', () => {
  const text = `${'a'.repeat(5000)}!`;
  const start = performance.now();
  for (const each of [
    '(a|a)*b',
    '(a*)*b',
    '(a+)+b',
    '(.*a){20}b',
    '([a-z]+)*\\b@',
    '(a?){500}a{500}b',
  ]) {
    assert.equal(compileRegex(each).test(text), false, each);
  }
  // by backtracking the first alone would outlast the sun
  assert.ok(performance.now() - start < 20_000);
});

test('no expression takes long to read', () => {
  const long = ['(?i)', '(?i)[a', '['].map((start, i) => {
    const rest = 9990 - start.length;
    return start + (i === 0 ? '\\pL' : '\\PN').repeat(rest / 3) + (i === 0 ? '' : ']');
  });
  for (const text of [...long, '(?i)[\\pL\\pNa]'.repeat(700)]) {
    const started = process.cpuUsage();
    assert.equal(compileRegex(text.slice(0, 10_000)).literals, undefined);
    const { user, system } = process.cpuUsage(started);
    assert.ok(user + system < 4_000_000, `${text.slice(0, 20)}: ${user + system} us`);
  }
});
