/** Reads a regular expression in the syntax of RE2 (that of Go's `regexp`). */

import { type Cursor, cursorOf } from './cursor.ts';
import { parseClass, parseEscape } from './escapes.ts';
import { caseless } from './letter-cases.ts';
import { LAST_CODE, RegexError, type Tree } from './tree.ts';

interface Flags {
  readonly isCaseless: boolean;
  readonly isMultiline: boolean;
  /** Whether `.` takes a line break. */
  readonly isDotAll: boolean;
  /** Whether `*` is lazy and `*?` is not. */
  readonly isSwapped: boolean;
}

const NO_FLAGS: Flags = {
  isCaseless: false,
  isMultiline: false,
  isDotAll: false,
  isSwapped: false,
};

export interface Parsed {
  readonly tree: Tree;
  /** Capturing groups, without the whole. */
  readonly groupCount: number;
  readonly groupNames: ReadonlyMap<string, number>;
}

interface Parser {
  readonly cursor: Cursor;
  readonly names: Map<string, number>;
  groups: number;
  depth: number;
}

const DEPTH_MAX = 200;
/** As RE2: no part of an expression is repeated more often. */
const REPEAT_MAX = 1000;

/** @throws RegexError naming what is wrong. */
export function parseRegex(text: string): Parsed {
  const parser: Parser = { cursor: cursorOf(text), names: new Map(), groups: 0, depth: 0 };
  const [tree] = alternatives(parser, NO_FLAGS);
  if (!parser.cursor.isEnd()) throw new RegexError('unexpected )');
  return { tree, groupCount: parser.groups, groupNames: parser.names };
}

/** Up to the closing bracket or the end. Flags set by `(?i)` hold to the end of their group. */
function alternatives(parser: Parser, outer: Flags): [Tree, Flags] {
  if (++parser.depth > DEPTH_MAX) throw new RegexError('expression nests too deeply');
  const { cursor } = parser;
  const branches: Tree[] = [];
  let flags = outer;
  for (;;) {
    const parts: Tree[] = [];
    while (!cursor.isEnd() && cursor.peek() !== '|' && cursor.peek() !== ')') {
      const inline = flagsAt(cursor, flags);
      if (inline) flags = inline;
      else parts.push(...repeated(parser, flags));
    }
    branches.push(parts.length === 1 ? parts[0] : { type: 'cat', parts });
    if (!cursor.take('|')) break;
  }
  parser.depth--;
  return [branches.length === 1 ? branches[0] : { type: 'alt', parts: branches }, flags];
}

function repeated(parser: Parser, flags: Flags): readonly Tree[] {
  const { cursor } = parser;
  const start = cursor.at;
  const parts = atoms(parser, flags);
  const bounds = boundsAt(cursor);
  if (!bounds) return parts;
  const last = parts.at(-1);
  if (!last) throw new RegexError('missing argument to repetition operator');
  const [min, max] = bounds;
  if (max < min || min > REPEAT_MAX || (max > REPEAT_MAX && max !== Number.POSITIVE_INFINITY)) {
    throw new RegexError(`invalid repeat count: ${cursor.since(start)}`);
  }
  const isLazy = cursor.take('?') !== flags.isSwapped;
  if (boundsAt(cursor)) {
    throw new RegexError(`invalid nested repetition operator: ${cursor.since(start)}`);
  }
  return [...parts.slice(0, -1), { type: 'repeat', part: last, min, max, isLazy }];
}

const SIMPLE: Readonly<Record<string, readonly [number, number]>> = {
  '*': [0, Number.POSITIVE_INFINITY],
  '+': [1, Number.POSITIVE_INFINITY],
  '?': [0, 1],
};

/** A brace that opens no count is a character. */
function boundsAt(cursor: Cursor): readonly [number, number] | undefined {
  const simple = SIMPLE[cursor.peek()];
  if (simple) cursor.next();
  if (simple || cursor.peek() !== '{') return simple;
  const match = cursor.match(/\{(\d{1,6})(,(\d{1,6})?)?\}/y);
  if (!match) return undefined;
  const min = Number(match[1]);
  if (match[2] === undefined) return [min, min];
  return [min, match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3])];
}

/** One atom, or the several of `\Q...\E`. */
function atoms(parser: Parser, flags: Flags): readonly Tree[] {
  const { cursor } = parser;
  const quoted = cursor.match(/\\Q([\s\S]*?)(?:\\E|$)/y);
  if (quoted) return [...quoted[1]].map(each => literal(each.codePointAt(0)!, flags));
  return [atom(parser, flags)];
}

function atom(parser: Parser, flags: Flags): Tree {
  const { cursor } = parser;
  switch (cursor.peek()) {
    case '(':
      return group(parser, flags);
    case '[':
      return set(parseClass(cursor), flags);
    case '\\': {
      const read = parseEscape(cursor);
      return 'what' in read ? { type: 'assert', what: read.what } : set(read.ranges, flags);
    }
    case '*':
    case '+':
    case '?':
      throw new RegexError(`missing argument to repetition operator: ${cursor.peek()}`);
  }
  const character = cursor.next();
  if (character === '.') {
    return set(flags.isDotAll ? [0, LAST_CODE] : [0, 9, 11, LAST_CODE], NO_FLAGS);
  }
  if (character === '^') {
    return { type: 'assert', what: flags.isMultiline ? 'lineStart' : 'textStart' };
  }
  if (character === '$') return { type: 'assert', what: flags.isMultiline ? 'lineEnd' : 'textEnd' };
  return literal(character.codePointAt(0)!, flags);
}

const set = (ranges: readonly number[], { isCaseless }: Flags): Tree => ({
  type: 'set',
  ranges: isCaseless ? caseless(ranges) : ranges,
});

const literal = (code: number, flags: Flags) => set([code, code], flags);

function group(parser: Parser, flags: Flags): Tree {
  const { cursor } = parser;
  const open = cursor.match(/\((?:\?(?:P?<(\w+)>|([imsU]*)(?:-([imsU]+))?:))?/y)!;
  if (cursor.peek() === '?') {
    throw new RegexError(`invalid or unsupported Perl syntax: ${open[0]}${cursor.rest(2)}`);
  }
  const [whole, name, on, off] = open;
  const isCapturing = whole === '(' || name !== undefined;
  const index = isCapturing ? ++parser.groups : 0;
  if (name !== undefined) {
    if (parser.names.has(name)) throw new RegexError(`duplicate capture group name: ${name}`);
    parser.names.set(name, index);
  }
  const [part] = alternatives(parser, withFlags(flags, on ?? '', off ?? ''));
  if (!cursor.take(')')) throw new RegexError('missing closing )');
  return isCapturing ? { type: 'group', part, index } : part;
}

/** `(?i)`: flags for what follows. */
function flagsAt(cursor: Cursor, flags: Flags): Flags | undefined {
  const match = cursor.match(/\(\?([imsU]*)(?:-([imsU]+))?\)/y);
  if (!match) return undefined;
  if (match[1] === '' && match[2] === undefined) {
    throw new RegexError('missing argument to repetition operator: ?');
  }
  return withFlags(flags, match[1], match[2] ?? '');
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const choose = (letter: string, before: boolean) =>
    on.includes(letter) || (before && !off.includes(letter));
  return {
    isCaseless: choose('i', flags.isCaseless),
    isMultiline: choose('m', flags.isMultiline),
    isDotAll: choose('s', flags.isDotAll),
    isSwapped: choose('U', flags.isSwapped),
  };
}
