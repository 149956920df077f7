/** What follows a backslash, and what stands between square brackets. */
import { perlClass, posixClass, unicodeClass } from './classes.ts';
import type { Cursor } from './cursor.ts';
import { type Assertion, LAST_CODE, negated, normalised, type Ranges, RegexError } from './tree.ts';

const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  A: 'textStart',
  z: 'textEnd',
  b: 'word',
  B: 'noWord',
};

const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

type Escape = { readonly what: Assertion } | { readonly ranges: Ranges };

/** At a backslash outside brackets. */
export function parseEscape(cursor: Cursor): Escape {
  const assertion = cursor.match(/\\([AzbB])/y);
  return assertion ? { what: ASSERTIONS[assertion[1]] } : { ranges: escapedRanges(cursor) };
}

function escapedRanges(cursor: Cursor): Ranges {
  const perl = cursor.match(/\\([dDsSwW])/y);
  if (perl) return perlClass(perl[1])!;
  const unicode = cursor.match(/\\([pP])(?:\{(\^?)(\w+)\}|(\w))/y);
  if (unicode) {
    const [whole, letter, hat, long, short] = unicode;
    const ranges = unicodeClass(long ?? short, (letter === 'P') !== (hat === '^'));
    if (!ranges) throw new RegexError(`invalid character class range: ${whole}`);
    return ranges;
  }
  const code = escapedCode(cursor);
  return [code, code];
}

function escapedCode(cursor: Cursor): number {
  const start = cursor.at;
  const hex = cursor.match(/\\x(?:\{([\da-fA-F]{1,8})\}|([\da-fA-F]{2}))/y);
  if (hex) {
    const code = Number.parseInt(hex[1] ?? hex[2], 16);
    if (code <= LAST_CODE) return code;
    throw new RegexError(`invalid escape sequence: ${hex[0]}`);
  }
  // One digit alone would be a reference back, which RE2 does not have.
  const octal = cursor.match(/\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/y);
  if (octal) return Number.parseInt(octal[1], 8);
  cursor.next();
  if (cursor.isEnd()) throw new RegexError('trailing backslash at end of expression');
  const character = cursor.next();
  if (Object.hasOwn(CONTROLS, character)) return CONTROLS[character];
  if (/^[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]$/.test(character)) return character.charCodeAt(0);
  throw new RegexError(`invalid escape sequence: ${cursor.since(start)}`);
}

/** At an opening square bracket. */
export function parseClass(cursor: Cursor): Ranges {
  const start = cursor.at;
  cursor.next();
  const isNegated = cursor.take('^');
  const ranges: number[] = [];
  // Properties have up to a thousand ranges, and three characters name one: each is taken once.
  const taken = new Set<Ranges>();
  for (let isFirst = true; isFirst || cursor.peek() !== ']'; isFirst = false) {
    if (cursor.isEnd()) throw new RegexError(`missing closing ]: ${cursor.since(start)}`);
    const many = classAt(cursor) ?? rangeAt(cursor, start);
    if (!taken.has(many)) ranges.push(...many);
    taken.add(many);
  }
  cursor.next();
  return isNegated ? negated(ranges) : normalised(ranges);
}

/** `[:alpha:]` or `\d`, or nothing. */
function classAt(cursor: Cursor): Ranges | undefined {
  const posix = cursor.match(/\[:(\^?\w+):\]/y);
  if (!posix) return /^\\[dDsSwWpP]/.test(cursor.rest(2)) ? escapedRanges(cursor) : undefined;
  const ranges = posixClass(posix[1]);
  if (!ranges) throw new RegexError(`invalid character class range: ${posix[0]}`);
  return ranges;
}

/** One character, or `a-z`. */
function rangeAt(cursor: Cursor, classStart: number): Ranges {
  const start = cursor.at;
  const first = classCode(cursor, classStart);
  if (cursor.peek() !== '-' || /^-(\]|$)/.test(cursor.rest(2))) return [first, first];
  cursor.next();
  const last = classCode(cursor, classStart);
  if (last < first) {
    throw new RegexError(`invalid character class range: ${cursor.since(start)}`);
  }
  return [first, last];
}

function classCode(cursor: Cursor, classStart: number): number {
  if (cursor.isEnd()) throw new RegexError(`missing closing ]: ${cursor.since(classStart)}`);
  return cursor.peek() === '\\' ? escapedCode(cursor) : cursor.next().codePointAt(0)!;
}
