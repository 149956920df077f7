/** Character classes of RE2: Perl's, POSIX', and Unicode's by property name. */
import { codeBlocks } from './code-blocks.ts';
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
  const [isNegated, plain] = name.startsWith('^') ? [true, name.slice(1)] : [false, name];
  if (!Object.hasOwn(POSIX, plain)) return undefined;
  return isNegated ? negated(POSIX[plain]) : POSIX[plain];
}

/** Of properties that exist, by name; with `^` in front what has it not. */
const known = new Map<string, Ranges>();

/** `\p{Greek}`, `\pL`: a general category or a script. The same array whenever it is asked for. */
export function unicodeClass(name: string, isNegated: boolean): Ranges | undefined {
  const key = isNegated ? `^${name}` : name;
  const found = known.get(key);
  if (found) return found;
  const ranges = isNegated ? unicodeClass(name, false) : propertyRanges(name);
  if (!ranges) return undefined;
  const made = isNegated ? negated(ranges) : ranges;
  known.set(key, made);
  return made;
}

function propertyRanges(name: string): Ranges | undefined {
  if (name === 'Any') return [0, LAST_CODE];
  const property = [`General_Category=${name}`, `Script=${name}`].find(isProperty);
  if (property === undefined) return undefined;
  const runs = new RegExp(`\\p{${property}}+`, 'gu');
  const ranges: number[] = [];
  for (const { first, text, units } of codeBlocks()) {
    for (const { index, 0: run } of text.matchAll(runs)) {
      ranges.push(first + index / units, first + (index + run.length) / units - 1);
    }
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
