/** What follows an expression: `[5m]`, `[1h:5m]`, `offset 5m`, `@ end()`. */
import type { SyntaxNode } from '@lezer/common';
import type { Expr, MatrixSelector, Pin, Selector, Subquery } from './ast.ts';
import { numberOf } from './literals.ts';
import { partsOf, type Source, sliceOf, unsupported } from './parse-node.ts';

export function withModifier(source: Source, expr: Expr, node: SyntaxNode): Expr {
  switch (node.name) {
    case 'MatrixSelector':
      return matrixOf(source, expr, node);
    case 'SubqueryExpr':
      return subqueryOf(source, expr, node);
    case 'OffsetExpr':
      return withOffset(source, expr, node);
    case 'StepInvariantExpr':
      return withPin(source, expr, node);
    default:
      throw unsupported(source, node, node.name === 'AnchoredExpr' ? 'anchored' : 'smoothed');
  }
}

function matrixOf(source: Source, expr: Expr, node: SyntaxNode): MatrixSelector {
  const place = { from: expr.at };
  if (expr.type !== 'selector') {
    throw source.error(place, 'ranges only allowed for vector selectors');
  }
  if (expr.offsetMs !== 0) throw source.error(place, 'no offset modifiers allowed before range');
  if (expr.pin !== undefined) throw source.error(place, 'no @ modifiers allowed before range');
  const rangeMs = spanMs(source, node.getChild('DurationExpr')!);
  return { type: 'matrix', at: expr.at, end: node.to, selector: expr, rangeMs };
}

function subqueryOf(source: Source, expr: Expr, node: SyntaxNode): Subquery {
  const [range, step] = node.getChildren('DurationExpr');
  return {
    ...{ type: 'subquery', at: expr.at, end: node.to, expr, offsetMs: 0 },
    rangeMs: spanMs(source, range),
    ...(step ? { stepMs: spanMs(source, step) } : {}),
  };
}

/** A positive duration, as a literal. */
function spanMs(source: Source, node: SyntaxNode): number {
  const [literal, ...others] = partsOf(node);
  if (others.length > 0 || literal?.name !== 'NumberDurationLiteralInDurationContext') {
    throw unsupported(source, node, 'arithmetic with durations');
  }
  return positiveMs(source, literal);
}

function positiveMs(source: Source, literal: SyntaxNode): number {
  const ms = literalMs(source, literal);
  if (ms < 1) throw source.error(literal, 'duration must be greater than 0');
  return ms;
}

/** A hundred years and a bit: what Prometheus can count in nanoseconds. */
const DURATION_MS_MAX = 9_223_372_036_854;

function literalMs(source: Source, literal: SyntaxNode): number {
  const text = sliceOf(source, literal);
  const ms = Math.round((numberOf(text) ?? Number.NaN) * 1000);
  if (Math.abs(ms) <= DURATION_MS_MAX) return ms;
  throw source.error(literal, `not a valid duration string: "${text}"`);
}

type Shiftable = Selector | Subquery;

/** Applies a change to the selector inside, if there is one to take it. */
function shifted(
  source: Source,
  expr: Expr,
  what: string,
  change: (target: Shiftable) => Partial<Shiftable>,
): Expr {
  if (expr.type === 'matrix') {
    return { ...expr, selector: { ...expr.selector, ...change(expr.selector) } as Selector };
  }
  if (expr.type === 'selector' || expr.type === 'subquery') {
    return { ...expr, ...change(expr) } as Expr;
  }
  throw source.error(
    { from: expr.at },
    `${what} modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
  );
}

function withOffset(source: Source, expr: Expr, node: SyntaxNode): Expr {
  const offsetMs = signedMs(source, node.getChild('OffsetDurationExpr')!);
  return shifted(source, expr, 'offset', target => {
    if (target.offsetMs === 0) return { offsetMs };
    throw source.error({ from: expr.at }, 'offset may not be set multiple times');
  });
}

function signedMs(source: Source, node: SyntaxNode): number {
  const [first, second] = partsOf(node);
  if (first.name === 'UnaryOp') {
    const ms = signedMs(source, second);
    return sliceOf(source, first) === '-' ? -ms : ms;
  }
  if (second || first.name !== 'NumberDurationLiteralInDurationContext') {
    throw unsupported(source, node, 'arithmetic with durations');
  }
  return literalMs(source, first);
}

function withPin(source: Source, expr: Expr, node: SyntaxNode): Expr {
  const pin = pinOf(source, node);
  return shifted(source, expr, '@', target => {
    if (target.pin === undefined) return { pin };
    throw source.error({ from: expr.at }, '@ <timestamp> may not be set multiple times');
  });
}

function pinOf(source: Source, node: SyntaxNode): Pin {
  const preprocessor = node.getChild('AtModifierPreprocessors');
  if (preprocessor) return preprocessor.getChild('AtStart') ? 'start' : 'end';
  const literal = node.getChildren('NumberDurationLiteral').at(-1)!;
  const text = sliceOf(source, literal);
  const [, sign, digits] = /^([+-]?)\s*([\s\S]*)$/.exec(text)!;
  const ms = Math.round((numberOf(digits) ?? Number.NaN) * 1000);
  if (!(ms <= Number.MAX_SAFE_INTEGER)) {
    throw source.error(literal, `timestamp out of bounds for @ modifier: ${text}`);
  }
  return sign === '-' ? -ms : ms;
}
