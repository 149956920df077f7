/** Label matchers: `=`, `!=`, `=~`, `!~`. */
import { compileRegex, type Regex } from './regex/regex.ts';

export type MatchOp = '=' | '!=' | '=~' | '!~';

export interface Matcher {
  readonly label: string;
  readonly op: MatchOp;
  readonly value: string;
  /** Whether a label value fits; '' stands for an absent label. */
  matches(value: string): boolean;
  /** All values that fit, where these can be listed; undefined otherwise. */
  readonly values?: readonly string[];
}

/** @throws RegexError for a malformed or too large expression. */
export function matcherOf(label: string, op: MatchOp, value: string): Matcher {
  const row = { label, op, value };
  switch (op) {
    case '=':
      return { ...row, matches: each => each === value, values: [value] };
    case '!=':
      return { ...row, matches: each => each !== value };
    default:
      return regexMatcher(row, compileRegex(value));
  }
}

function regexMatcher(row: Pick<Matcher, 'label' | 'op' | 'value'>, regex: Regex): Matcher {
  if (row.op === '!~') return { ...row, matches: each => !regex.test(each) };
  const { literals } = regex;
  return { ...row, matches: each => regex.test(each), ...(literals ? { values: literals } : {}) };
}

export const matchesEmpty = (matcher: Matcher) => matcher.matches('');

/** Identity of a set of matchers, so that what was read once is not read again. */
export const matchersKey = (matchers: readonly Matcher[]) =>
  JSON.stringify(matchers.map(({ label, op, value }) => [label, op, value]));
