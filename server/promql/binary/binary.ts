/** Operators between scalars, vectors, and one of each. */
import { type Binary, isComparison, isSetOp } from '../ast.ts';
import type { Budget } from '../budget.ts';
import { nameless } from '../labels.ts';
import {
  distinct,
  emptyLine,
  type Line,
  merged,
  type Scalar,
  type Value,
  type Vector,
  vectorOf,
} from '../values.ts';
import { matched } from './matching.ts';
import { pairingOf } from './operators.ts';
import { setOf } from './sets.ts';

interface Operands {
  readonly left: Value;
  readonly right: Value;
  readonly budget: Budget;
}

export async function combined(binary: Binary, operands: Operands): Promise<Value> {
  const { left, right, budget } = operands;
  if (left.type === 'vector' && right.type === 'vector') {
    if (isSetOp(binary.op))
      return vectorOf(await setOf({ binary, left: left.lines, right: right.lines, budget }));
    const sides = { binary, left: left.lines, right: right.lines, budget };
    return vectorOf(await matched(sides));
  }
  if (left.type === 'vector') return withScalar(binary, left, right as Scalar, operands);
  if (right.type === 'vector') return withScalar(binary, right, left as Scalar, operands);
  const { compute } = pairingOf(binary.op, binary.isBool);
  const [a, b] = [(left as Scalar).values, (right as Scalar).values];
  return { type: 'scalar', values: a.map((value, k) => compute(value, b[k])) };
}

/** Of a comparison the vector's value stays, on whichever side it stands. */
async function withScalar(
  { op, isBool }: Binary,
  { lines }: Vector,
  { values: scalars }: Scalar,
  { right, budget }: Operands,
): Promise<Vector> {
  const { compute, keeps, dropsName } = pairingOf(op, isBool);
  const isFilter = isComparison(op) && !isBool;
  const isSwapped = right.type === 'vector';
  const out: Line[] = [];
  for (const { labels, values, has } of lines) {
    const line = emptyLine(dropsName ? nameless(labels) : labels, values.length);
    for (let k = 0; k < values.length; k++) {
      if (!has[k]) continue;
      const [a, b] = isSwapped ? [scalars[k], values[k]] : [values[k], scalars[k]];
      if (!keeps(a, b)) continue;
      line.values[k] = isFilter ? values[k] : compute(a, b);
      line.has[k] = 1;
    }
    out.push(line);
    await budget.breathe();
  }
  return vectorOf(await merged(out, budget));
}

export async function negated({ lines }: Vector, budget: Budget): Promise<Vector> {
  const out = lines.map(({ labels, values, has }) => ({
    ...{ labels: nameless(labels), has },
    values: values.map(value => -value),
  }));
  return vectorOf(await distinct(out, budget));
}
