/** Character classes of RE2: Perl's, POSIX', and Unicode's by property name. */
import { LAST_CODE, negated, normalised, type Ranges } from './tree.ts';

const range = (...pairs: readonly string[]): Ranges =>
  pairs.flatMap(pair => [pair.codePointAt(0)!, pair.codePointAt(pair.length - 1)!]);

const DIGIT = range('09');
const WORD = range('09', 'AZ', '__', 'az');
/** RE2 leaves the vertical tab out. */
const SPACE: Ranges = [9, 10, 12, 13, 32, 32];

const PERL: Readonly<Record<string, Ranges>> = { d: DIGIT, s: SPACE, w: WORD };

/** `\d`, `\D` and so on; undefined for another letter. */
export function perlClass(letter: string): Ranges | undefined {
  const ranges = PERL[letter.toLowerCase()];
  return ranges && letter !== letter.toLowerCase() ? negated(ranges) : ranges;
}

const POSIX: Readonly<Record<string, Ranges>> = {
  alnum: range('09', 'AZ', 'az'),
  alpha: range('AZ', 'az'),
  ascii: [0, 0x7f],
  blank: [9, 9, 32, 32],
  cntrl: [0, 31, 127, 127],
  digit: DIGIT,
  graph: range('!~'),
  lower: range('az'),
  print: range(' ~'),
  punct: range('!/', ':@', '[`', '{~'),
  space: [9, 13, 32, 32],
  upper: range('AZ'),
  word: WORD,
  xdigit: range('09', 'AF', 'af'),
};

/** `[:alpha:]` or `[:^alpha:]`, by what is between the colons. */
export function posixClass(name: string): Ranges | undefined {
  if (!name.startsWith('^')) return Object.hasOwn(POSIX, name) ? POSIX[name] : undefined;
  const ranges = POSIX[name.slice(1)];
  return ranges && negated(ranges);
}

const known = new Map<string, Ranges | undefined>();

/** `\p{Greek}`, `\pL`: a general category or a script. */
export function unicodeClass(name: string): Ranges | undefined {
  if (!/^\w+$/.test(name)) return undefined;
  if (name === 'Any') return [0, LAST_CODE];
  if (!known.has(name)) known.set(name, propertyRanges(name));
  return known.get(name);
}

function propertyRanges(name: string): Ranges | undefined {
  const property = [`General_Category=${name}`, `Script=${name}`].find(isProperty);
  if (property === undefined) return undefined;
  const test = new RegExp(`^\\p{${property}}$`, 'u');
  const ranges: number[] = [];
  for (let code = 0; code <= LAST_CODE; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    if (test.test(String.fromCodePoint(code))) ranges.push(code, code);
  }
  return normalised(ranges);
}

function isProperty(property: string): boolean {
  try {
    new RegExp(`\\p{${property}}`, 'u');
    return true;
  } catch {
    return false;
  }
}
