/** Types of a query's parts: what Prometheus refuses before it looks at any series. */
import {
  type Aggregate,
  type Binary,
  type Call,
  type Expr,
  isComparison,
  isSetOp,
  type ValueType,
} from './ast.ts';
import { FUNCTIONS } from './functions/index.ts';
import { isLabelName } from './labels.ts';
import { LISTED, parseError } from './query-error.ts';

type Fail = (expr: { readonly at: number }, message: string) => never;

/** @throws QueryError `bad_data` naming the place. */
export function check(text: string, expr: Expr): ValueType {
  const fail: Fail = ({ at }, message) => {
    throw parseError(text, at, message);
  };
  return typeOf(expr, fail);
}

function typeOf(expr: Expr, fail: Fail): ValueType {
  switch (expr.type) {
    case 'number':
      return 'scalar';
    case 'text':
      return 'string';
    case 'selector':
      return 'instant vector';
    case 'matrix':
      return 'range vector';
    case 'paren':
      return typeOf(expr.expr, fail);
    case 'subquery': {
      const type = typeOf(expr.expr, fail);
      if (type === 'instant vector') return 'range vector';
      return fail(expr, `subquery is only allowed on instant vector, got ${type} instead`);
    }
    case 'unary': {
      const type = typeOf(expr.expr, fail);
      if (type === 'scalar' || type === 'instant vector') return type;
      const only = 'unary expression only allowed on expressions of type scalar or instant vector';
      return fail(expr, `${only}, got "${type}"`);
    }
    case 'call':
      return callType(expr, fail);
    case 'aggregate':
      return aggregateType(expr, fail);
    case 'binary':
      return binaryType(expr, fail);
  }
}

function expect(expr: Expr, wanted: ValueType, where: string, fail: Fail): void {
  const type = typeOf(expr, fail);
  if (type !== wanted) fail(expr, `expected type ${wanted} in ${where}, got ${type}`);
}

function callType(call: Call, fail: Fail): ValueType {
  const row = FUNCTIONS.get(call.name);
  if (!row) return fail(call, `function "${call.name}" is not supported here; ${LISTED}`);
  const { args, name } = call;
  const least = row.args.length - (row.optional ?? 0);
  const most = row.isVariadic ? Number.POSITIVE_INFINITY : row.args.length;
  const counts = (bound: string, count: number) =>
    fail(call, `expected ${bound}${count} argument(s) in call to "${name}", got ${args.length}`);
  if (least === most && args.length !== least) counts('', least);
  if (args.length < least) counts('at least ', least);
  if (args.length > most) counts('at most ', most);
  args.forEach((arg, i) => {
    const type = row.args[Math.min(i, row.args.length - 1)];
    expect(arg, type, `call to function "${name}"`, fail);
  });
  return row.returns;
}

function aggregateType(aggregate: Aggregate, fail: Fail): ValueType {
  const { op, param, labels } = aggregate;
  const odd = labels.find(label => !isLabelName(label));
  if (odd !== undefined) fail(aggregate, `unexpected "${odd}" in grouping opts, expected label`);
  expect(aggregate.expr, 'instant vector', 'aggregation expression', fail);
  if (param) {
    const wanted = op === 'count_values' ? 'string' : 'scalar';
    expect(param, wanted, 'aggregation parameter', fail);
  }
  return 'instant vector';
}

function binaryType(binary: Binary, fail: Fail): ValueType {
  const { op, left, right, matching, isBool } = binary;
  const [l, r] = [typeOf(left, fail), typeOf(right, fail)];
  for (const [side, type] of [[left, l] as const, [right, r] as const]) {
    if (type !== 'scalar' && type !== 'instant vector') {
      fail(side, 'binary expression must contain only scalar and instant vector types');
    }
  }
  const isVectors = l === 'instant vector' && r === 'instant vector';
  if (isBool && !isComparison(op)) {
    fail(binary, 'bool modifier can only be used on comparison operators');
  }
  if (isComparison(op) && !isBool && l === 'scalar' && r === 'scalar') {
    fail(binary, 'comparisons between scalars must use BOOL modifier');
  }
  if (matching && !isVectors && (matching.labels.length > 0 || matching.group)) {
    fail(binary, 'vector matching only allowed between instant vectors');
  }
  if (isSetOp(op)) checkSet(binary, isVectors, fail);
  return l === 'scalar' && r === 'scalar' ? 'scalar' : 'instant vector';
}

function checkSet({ op, matching, at }: Binary, isVectors: boolean, fail: Fail): void {
  if (!isVectors) fail({ at }, `set operator "${op}" not allowed in binary scalar expression`);
  if (matching?.group) fail({ at }, `no grouping allowed for "${op}" operation`);
}
