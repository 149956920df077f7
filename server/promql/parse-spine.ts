/**
 * Operators, signs and what may follow an expression (`offset`, `@`, ranges). The published grammar
 * reads `a + b offset 5m` as `(a + b) offset 5m`, which is good enough to colour a text. So only
 * the order of the parts is taken from its tree, and they are put together here by precedence.
 */
import type { SyntaxNode } from '@lezer/common';
import { type BinaryOp, type Expr, type Matching, OPERATORS } from './ast.ts';
import { numberOf } from './literals.ts';
import { withModifier } from './parse-modifiers.ts';
import { partsOf, type Source, sliceOf, unsupported } from './parse-node.ts';
import { groupingLabels } from './parse-selector.ts';

interface Operator {
  readonly type: 'operator';
  readonly op: BinaryOp;
  readonly isBool: boolean;
  readonly matching?: Matching;
}

type Item =
  | { readonly type: 'operand'; readonly expr: Expr }
  | { readonly type: 'sign'; readonly at: number; readonly isNegative: boolean }
  | { readonly type: 'modifier'; readonly node: SyntaxNode }
  | Operator;

interface Items {
  readonly source: Source;
  readonly list: readonly Item[];
  at: number;
}

const OPEN: ReadonlySet<string> = new Set([
  ...['BinaryExpr', 'UnaryExpr', 'OffsetExpr', 'StepInvariantExpr', 'MatrixSelector'],
  ...['SubqueryExpr', 'AnchoredExpr', 'SmoothedExpr', 'NumberDurationLiteral'],
]);

/** The tree of a chain is as deep as the chain is long. */
const PARTS_MAX = 1000;

/** @param node one whose parts may belong to what is around it. */
export function spineOf(source: Source, node: SyntaxNode): Expr {
  if (!OPEN.has(node.name)) throw unsupported(source, node, node.name);
  const list: Item[] = [];
  flatten(source, node, list);
  if (list.length > PARTS_MAX)
    throw source.error(node, `more than ${PARTS_MAX} operators in a row`);
  return binary({ source, list, at: 0 }, 1);
}

/** Puts the parts in the order in which they stand. */
function flatten(source: Source, top: SyntaxNode, list: Item[]): void {
  const stack: (SyntaxNode | Item)[] = [top];
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (!('name' in next)) list.push(next);
    else if (OPEN.has(next.name)) stack.push(...opened(source, next).reverse());
    else list.push({ type: 'operand', expr: source.read(next) });
  }
}

function opened(source: Source, node: SyntaxNode): (SyntaxNode | Item)[] {
  if (node.name === 'NumberDurationLiteral') return signedNumber(source, node);
  const parts = partsOf(node);
  if (node.name === 'BinaryExpr') {
    const [left, ...rest] = parts;
    return [left, operatorOf(source, rest.slice(0, -1)), rest[rest.length - 1]];
  }
  if (node.name === 'UnaryExpr') {
    const isNegative = sliceOf(source, parts[0]) === '-';
    return [{ type: 'sign', at: node.from, isNegative }, parts[1]];
  }
  return [parts[0], { type: 'modifier', node }];
}

function signedNumber(source: Source, node: SyntaxNode): Item[] {
  const [, sign, digits] = /^([+-]?)\s*([\s\S]*)$/.exec(sliceOf(source, node))!;
  const at = node.to - digits.length;
  const value = numberOf(digits);
  if (value === undefined) throw source.error({ from: at }, `bad number or duration: "${digits}"`);
  const operand: Item = { type: 'operand', expr: { type: 'number', at, end: node.to, value } };
  if (sign === '') return [operand];
  return [{ type: 'sign', at: node.from, isNegative: sign === '-' }, operand];
}

function operatorOf(source: Source, parts: readonly SyntaxNode[]): Operator {
  const op = sliceOf(source, parts[0]).toLowerCase();
  if (!Object.hasOwn(OPERATORS, op)) throw unsupported(source, parts[0], `operator ${op}`);
  const fill = parts.find(({ name }) => name === 'FillModifier');
  if (fill) throw unsupported(source, fill, 'fill');
  const clause = parts.find(({ name }) => name === 'MatchingModifierClause');
  return {
    type: 'operator',
    op: op as BinaryOp,
    isBool: parts.some(({ name }) => name === 'BoolModifier'),
    ...(clause ? { matching: matchingOf(source, clause) } : {}),
  };
}

function matchingOf(source: Source, clause: SyntaxNode): Matching {
  const [labels, include] = clause
    .getChildren('GroupingLabels')
    .map(list => groupingLabels(source, list));
  const group = clause.getChild('GroupLeft')
    ? ('left' as const)
    : clause.getChild('GroupRight')
      ? ('right' as const)
      : undefined;
  const isOn = clause.getChild('On') !== null;
  const both = isOn ? (include ?? []).find(label => labels.includes(label)) : undefined;
  if (both !== undefined) {
    throw source.error(clause, `label "${both}" must not occur in ON and GROUP clause at once`);
  }
  return { isOn, labels, include: include ?? [], ...(group ? { group } : {}) };
}

function binary(items: Items, least: number): Expr {
  let left = signed(items);
  for (;;) {
    const next = items.list[items.at];
    if (next?.type !== 'operator' || OPERATORS[next.op] < least) return left;
    items.at++;
    // The power alone groups from the right.
    const right = binary(items, OPERATORS[next.op] + (next.op === '^' ? 0 : 1));
    left = { ...next, type: 'binary', at: left.at, end: right.end, left, right };
  }
}

/** A sign binds like a multiplication: `-a ^ 2` is `-(a ^ 2)`. */
function signed(items: Items): Expr {
  const item = items.list[items.at];
  if (item.type !== 'sign') return modified(items);
  items.at++;
  const expr = binary(items, OPERATORS['^']);
  const { at, isNegative } = item;
  if (expr.type === 'number') return { ...expr, at, value: isNegative ? -expr.value : expr.value };
  return { type: 'unary', at, end: expr.end, isNegative, expr };
}

function modified(items: Items): Expr {
  const operand = items.list[items.at++];
  if (operand.type !== 'operand') throw new Error('the order of a query was read wrongly');
  let { expr } = operand;
  for (let next = items.list[items.at]; next?.type === 'modifier'; next = items.list[items.at]) {
    items.at++;
    expr = withModifier(items.source, expr, next.node);
  }
  return expr;
}
