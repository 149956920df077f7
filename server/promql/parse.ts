/** Text to tree, by the grammar that Prometheus publishes for its own editor. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import type { Expr } from './ast.ts';
import { check } from './check.ts';
import { textOf } from './literals.ts';
import { partsOf, type Source, unsupported } from './parse-node.ts';
import { groupingLabels, selectorOf } from './parse-selector.ts';
import { spineOf } from './parse-spine.ts';
import { parseError, QueryError } from './query-error.ts';
import { syntaxError } from './syntax-error.ts';

/** Longer queries are refused before anything is done for them. */
const TEXT_LENGTH_MAX = 10_000;
const DEPTH_MAX = 500;

/** @throws QueryError `bad_data`, with line and column. */
export function parseQuery(text: string): Expr {
  if (text.length > TEXT_LENGTH_MAX) {
    throw new QueryError('bad_data', `query of more than ${TEXT_LENGTH_MAX} characters`);
  }
  const tree = parser.parse(text);
  const error = syntaxError(text, tree);
  if (error) throw error;
  let depth = 0;
  const source: Source = {
    text,
    error: ({ from }, message) => parseError(text, from, message),
    read(node) {
      if (++depth > DEPTH_MAX) throw new QueryError('bad_data', 'query is nested too deeply');
      const expr = READERS[node.name]?.(source, node) ?? spineOf(source, node);
      depth--;
      return expr;
    },
  };
  const expr = source.read(partsOf(tree.topNode)[0]);
  check(text, expr);
  return expr;
}

const READERS: Readonly<Record<string, (source: Source, node: SyntaxNode) => Expr>> = {
  VectorSelector: selectorOf,
  StringLiteral: textLiteral,
  ParenExpr: (source, node) => ({
    ...{ type: 'paren', at: node.from, end: node.to },
    expr: source.read(partsOf(node)[0]),
  }),
  FunctionCall: callOf,
  AggregateExpr: aggregateOf,
};

function textLiteral({ text }: Source, node: SyntaxNode): Expr {
  const read = textOf(text.slice(node.from, node.to));
  // What is not a string has been refused already.
  return { type: 'text', at: node.from, end: node.to, text: read.ok ? read.text : '' };
}

const argsOf = (source: Source, node: SyntaxNode): Expr[] =>
  partsOf(node.getChild('FunctionCallBody')!).map(part => source.read(part));

function callOf(source: Source, node: SyntaxNode): Expr {
  const identifier = node.getChild('FunctionIdentifier')!;
  const name = source.text.slice(identifier.from, identifier.to);
  return { type: 'call', at: node.from, end: node.to, name, args: argsOf(source, node) };
}

const WITH_PARAM: ReadonlySet<string> = new Set(['topk', 'bottomk', 'quantile', 'count_values']);

function aggregateOf(source: Source, node: SyntaxNode): Expr {
  const opNode = node.getChild('AggregateOp')!;
  const op = source.text.slice(opNode.from, opNode.to).toLowerCase();
  if (op === 'limitk' || op === 'limit_ratio') throw unsupported(source, node, `aggregation ${op}`);
  const modifier = node.getChild('AggregateModifier');
  const args = argsOf(source, node);
  const wanted = WITH_PARAM.has(op) ? 2 : 1;
  if (args.length === 0) throw source.error(node, 'no arguments for aggregate expression provided');
  if (args.length !== wanted) {
    const counts = `expected ${wanted}, got ${args.length}`;
    throw source.error(
      node,
      `wrong number of arguments for aggregate expression provided, ${counts}`,
    );
  }
  return {
    ...{ type: 'aggregate', at: node.from, end: node.to, op },
    isWithout: modifier?.getChild('Without') != null,
    labels: modifier ? groupingLabels(source, modifier.getChild('GroupingLabels')!) : [],
    ...(wanted === 2 ? { param: args[0] } : {}),
    expr: args[wanted - 1],
  };
}
