/**
 * Regular expressions as Prometheus takes them: the syntax and the meaning of RE2, anchored at both
 * ends. Not JavaScript's: there `(a|a)*b` may take longer than anyone waits, and anyone may ask.
 */
import { automatonOf } from './automaton.ts';
import { type Parsed, parseRegex } from './parse.ts';
import { type Program, programOf } from './program.ts';
import { runWhole } from './run.ts';
import { RegexError, type Tree } from './tree.ts';

export { RegexError } from './tree.ts';

export interface Regex {
  /** Whether it matches all of the text. */
  test(text: string): boolean;
  /** Texts of the whole and of the groups; undefined where a group took no part. */
  exec(text: string): readonly (string | undefined)[] | undefined;
  readonly groupNames: ReadonlyMap<string, number>;
  /** All texts that it matches, where these are few. */
  readonly literals?: readonly string[];
}

const TEXT_LENGTH_MAX = 20_000;
const LITERALS_MAX = 5000;

/** @throws RegexError naming what is wrong. */
export function compileRegex(text: string): Regex {
  if (text.length > TEXT_LENGTH_MAX) throw new RegexError('expression is too long');
  const parsed = parseRegex(text);
  const literals = literalsOf(parsed.tree);
  const program = literals ? undefined : programOf(parsed.tree);
  const wanted = literals && new Set(literals);
  return {
    test: wanted ? each => wanted.has(each) : (shortcut(parsed.tree) ?? tester(program!)),
    exec: each => groupsOf(program ?? programOf(parsed.tree), parsed, each),
    groupNames: parsed.groupNames,
    ...(literals ? { literals } : {}),
  };
}

const tester = (program: Program) =>
  automatonOf(program) ?? ((text: string) => runWhole(program, text) !== undefined);

function groupsOf(program: Program, { groupCount }: Parsed, text: string) {
  const slots = runWhole(program, text);
  if (!slots) return undefined;
  return Array.from({ length: groupCount + 1 }, (_, i) => {
    const [start, end] = [slots[2 * i], slots[2 * i + 1]];
    return start === undefined || end === undefined ? undefined : text.slice(start, end);
  });
}

/** `.*` and `.+`, which everybody writes, need no machine. */
function shortcut(tree: Tree): ((text: string) => boolean) | undefined {
  if (tree.type !== 'repeat' || tree.part.type !== 'set' || tree.min > 1) return undefined;
  const { ranges } = tree.part;
  const isDot = ranges.length === 4 && ranges[1] === 9 && ranges[2] === 11;
  if (!isDot || tree.max !== Number.POSITIVE_INFINITY) return undefined;
  return text => text.length >= tree.min && !text.includes('\n');
}

/** `a|b(c|d)` is three texts. */
function literalsOf(tree: Tree): string[] | undefined {
  switch (tree.type) {
    case 'set':
      return tree.ranges.length === 2 && tree.ranges[0] === tree.ranges[1]
        ? [String.fromCodePoint(tree.ranges[0])]
        : undefined;
    case 'group':
      return literalsOf(tree.part);
    case 'alt': {
      const all = tree.parts.map(literalsOf);
      if (!all.every(each => each !== undefined)) return undefined;
      return bounded([...new Set(all.flat())]);
    }
    case 'cat':
      return joined(tree.parts);
    default:
      return undefined;
  }
}

function joined(parts: readonly Tree[]): string[] | undefined {
  let texts = [''];
  for (const part of parts) {
    const ends = literalsOf(part);
    if (!ends || texts.length * ends.length > LITERALS_MAX) return undefined;
    texts = texts.flatMap(start => ends.map(end => start + end));
  }
  return [...new Set(texts)];
}

const bounded = (texts: string[]) => (texts.length > LITERALS_MAX ? undefined : texts);
