/** What is wrong with the syntax of a query, in words close to Prometheus' own. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { textOf } from './literals.ts';
import { LISTED, parseError, type QueryError } from './query-error.ts';

/** The first thing that is wrong; undefined when nothing is. */
export function syntaxError(text: string, tree: Tree): QueryError | undefined {
  let found: QueryError | undefined;
  let at = Number.POSITIVE_INFINITY;
  tree.iterate({
    enter({ node, type, from }) {
      if (from >= at) return;
      const error = type.isError
        ? unexpected(text, node)
        : type.name === 'StringLiteral'
          ? brokenString(text, node)
          : undefined;
      if (!error) return;
      found = error;
      at = from;
    },
  });
  return found;
}

function brokenString(text: string, { from, to }: SyntaxNode): QueryError | undefined {
  const read = textOf(text.slice(from, to));
  return read.ok ? undefined : parseError(text, from, read.why);
}

/** A word, a string, a number, or else one sign. */
const TOKEN = /[a-zA-Z_:][\w:]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\d[\w.]*|\S/y;

function unexpected(text: string, node: SyntaxNode): QueryError {
  const at = afterBlanks(text, node.from);
  if (at >= text.length) return parseError(text, at, endMessage(text, node));
  TOKEN.lastIndex = at;
  const token = TOKEN.exec(text)?.[0] ?? text[at];
  const before = node.prevSibling ?? node.parent;
  const called = before?.name === 'VectorSelector' || before?.name === 'Identifier' ? before : null;
  if (token === '(' && called) {
    const name = text.slice(called.from, called.to).split(/[^\w:]/)[0];
    return parseError(text, called.from, `unknown function with name "${name}"; ${LISTED}`);
  }
  return parseError(text, at, `unexpected "${token}"${whereText(node)}`);
}

function endMessage(text: string, node: SyntaxNode): string {
  if (text.trim() === '') return 'no expression found in input';
  for (let around = node.parent; around; around = around.parent) {
    if (['ParenExpr', 'FunctionCallBody', 'GroupingLabels'].includes(around.name)) {
      return 'unclosed left parenthesis';
    }
    if (around.name === 'LabelMatchers') return 'unexpected end of input inside braces';
    if (around.name === 'MatrixSelector') return 'unclosed left bracket';
  }
  return 'unexpected end of input';
}

const WHERE: Readonly<Record<string, string>> = {
  LabelMatchers: ' in label matching',
  GroupingLabels: ' in grouping opts',
  AggregateExpr: ' in aggregation',
  FunctionCallBody: ' in function call',
  DurationExpr: ' in duration',
};

const whereText = ({ parent }: SyntaxNode) => (parent && WHERE[parent.name]) ?? '';

/** Blanks and comments. */
function afterBlanks(text: string, from: number): number {
  const blanks = /(?:\s|#[^\n]*)*/y;
  blanks.lastIndex = from;
  return from + (blanks.exec(text)?.[0].length ?? 0);
}
