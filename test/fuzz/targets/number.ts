/** Numbers of text pages beside a pattern and `Number`. */
import assert from 'node:assert/strict';
import { numberEnd, readNumber } from '../../../server/ingest/number-text.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';

const NUMBER = /^[+-]?(?:nan|infinity|inf|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/i;

function text(random: Random): Buffer {
  const digits = () => String(random.next()).repeat(random.int(3)).slice(random.int(8));
  const parts = [
    random.pick(['', '-', '+']),
    digits(),
    random.pick(['', '.', '.']),
    digits(),
    random.pick(['', 'e', 'E-', 'e+']),
    random.isOneIn(2) ? String(random.int(400)) : '',
    random.pick(['', '\n', ' 1', '#', 'x']),
  ];
  return Buffer.from(parts.join(''));
}

export const numberTarget: Target = {
  name: 'number',
  maxBytes: 80,
  tokens: [
    'e',
    'E-',
    '.',
    '+',
    '-',
    'NaN',
    'Inf',
    '-Infinity',
    '0x',
    '_',
    '1e308',
    '9007199254740993',
  ],
  corpus: ['1', '-0', '1.5e3', 'NaN', '+Inf', '-infinity', '4.9e-324', '123456789012345678'].map(
    number => Buffer.from(number),
  ),
  generate: text,
  check(input) {
    const text = input.toString('latin1');
    const found = NUMBER.exec(text)?.[0];
    const value = readNumber(input, 0, input.length);
    // An exponent without digits is no number at all here: the line is bad in any case.
    const isCut =
      found !== undefined && /^[^en]*\d\.?$/i.test(found) && /^e/i.test(text.slice(found.length));
    if (found === undefined || isCut) {
      assert.equal(numberEnd, -1);
      return;
    }
    assert.equal(numberEnd, found.length);
    const word = found.toLowerCase();
    if (word.includes('nan')) assert.ok(Number.isNaN(value));
    else if (word.includes('inf')) assert.equal(value, word[0] === '-' ? -Infinity : Infinity);
    else assert.ok(Object.is(value, Number(found)), `${found}: ${value}`);
  },
};
