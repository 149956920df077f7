/** `name{label="value"}`, and the lists of labels after `by` and `on`. */
import type { SyntaxNode } from '@lezer/common';
import type { Selector } from './ast.ts';
import { METRIC_NAME } from './labels.ts';
import { textOf } from './literals.ts';
import { type Matcher, type MatchOp, matcherOf, matchesEmpty } from './matcher.ts';
import { partsOf, type Source, sliceOf } from './parse-node.ts';
import { RegexError } from './regex/regex.ts';

export function selectorOf(source: Source, node: SyntaxNode): Selector {
  const name = node.getChild('Identifier');
  const list = node.getChild('LabelMatchers');
  const matchers = list ? partsOf(list).map(part => matcherAt(source, part)) : [];
  if (name) {
    const text = sliceOf(source, name);
    const other = matchers.find(({ label, op }) => label === METRIC_NAME && op === '=');
    if (other) {
      const both = `"${text}" or "${other.value}"`;
      throw source.error(node, `metric name must not be set twice: ${both}`);
    }
    matchers.push(matcherOf(METRIC_NAME, '=', text));
  }
  if (matchers.every(matchesEmpty)) {
    throw source.error(node, 'vector selector must contain at least one non-empty matcher');
  }
  return { type: 'selector', at: node.from, end: node.to, matchers, offsetMs: 0 };
}

function matcherAt(source: Source, node: SyntaxNode): Matcher {
  const [first, opNode, valueNode] = partsOf(node);
  // `{"name"}` is a metric whose name needs quotes.
  if (node.name === 'QuotedLabelName') return matcherOf(METRIC_NAME, '=', quoted(source, first));
  const label = first.name === 'LabelName' ? sliceOf(source, first) : quoted(source, first);
  const op = sliceOf(source, opNode) as MatchOp;
  try {
    return matcherOf(label, op, quoted(source, valueNode));
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw source.error(node, `error parsing regexp: ${error.message}`);
  }
}

/** The text of a string, or of the string that a node consists of. */
function quoted(source: Source, node: SyntaxNode): string {
  const read = textOf(sliceOf(source, node));
  return read.ok ? read.text : '';
}

/** The labels between the brackets after `by`, `on`, `group_left`. */
export const groupingLabels = (source: Source, node: SyntaxNode): string[] =>
  partsOf(node).map(part =>
    part.name === 'LabelName' ? sliceOf(source, part) : quoted(source, part),
  );
