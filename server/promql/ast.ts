/** The tree of a query, as the evaluator sees it. Times and durations are milliseconds. */
import type { Matcher } from './matcher.ts';
import type { Place } from './query-error.ts';

/** As Prometheus names them in its messages. */
export type ValueType = 'scalar' | 'string' | 'instant vector' | 'range vector';

interface NumberLiteral extends Place {
  readonly type: 'number';
  readonly value: number;
}

interface TextLiteral extends Place {
  readonly type: 'text';
  readonly text: string;
}

/** `@ 1700000000`, `@ start()`, `@ end()`: where evaluation is pinned to. */
export type Pin = 'start' | 'end' | number;

export interface Shifted {
  /** How far back it looks; negative: ahead. */
  readonly offsetMs: number;
  readonly pin?: Pin;
}

export interface Selector extends Place, Shifted {
  readonly type: 'selector';
  /** The metric name is a matcher of `__name__`. */
  readonly matchers: readonly Matcher[];
}

export interface MatrixSelector extends Place {
  readonly type: 'matrix';
  readonly selector: Selector;
  readonly rangeMs: number;
}

export interface Subquery extends Place, Shifted {
  readonly type: 'subquery';
  readonly expr: Expr;
  readonly rangeMs: number;
  /** Undefined: the default of the engine. */
  readonly stepMs?: number;
}

export interface Call extends Place {
  readonly type: 'call';
  readonly name: string;
  readonly args: readonly Expr[];
}

export interface Aggregate extends Place {
  readonly type: 'aggregate';
  readonly op: string;
  readonly isWithout: boolean;
  readonly labels: readonly string[];
  readonly param?: Expr;
  readonly expr: Expr;
}

export interface Matching {
  readonly isOn: boolean;
  readonly labels: readonly string[];
  readonly group?: 'left' | 'right';
  /** Labels taken over from the "one" side. */
  readonly include: readonly string[];
}

export interface Binary extends Place {
  readonly type: 'binary';
  readonly op: BinaryOp;
  readonly isBool: boolean;
  readonly matching?: Matching;
  readonly left: Expr;
  readonly right: Expr;
}

interface Unary extends Place {
  readonly type: 'unary';
  readonly isNegative: boolean;
  readonly expr: Expr;
}

/** Kept, because `(x)` may not take an offset or a range where `x` may. */
interface Paren extends Place {
  readonly type: 'paren';
  readonly expr: Expr;
}

export type Expr =
  | NumberLiteral
  | TextLiteral
  | Selector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregate
  | Binary
  | Unary
  | Paren;

/** Operators with their precedence; a higher one binds tighter. */
export const OPERATORS = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<=': 3,
  '<': 3,
  '>=': 3,
  '>': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
} as const;

export type BinaryOp = keyof typeof OPERATORS;

export const isSetOp = (op: BinaryOp) => op === 'and' || op === 'or' || op === 'unless';
export const isComparison = (op: BinaryOp) => OPERATORS[op] === OPERATORS['=='];

/** What is in the brackets, however many there are. */
export function unwrapped(expr: Expr): Expr {
  let inner = expr;
  while (inner.type === 'paren') inner = inner.expr;
  return inner;
}
