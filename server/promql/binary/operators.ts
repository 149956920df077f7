/** What an operator makes of two numbers. */
import type { BinaryOp } from '../ast.ts';

const NAN = Number.NaN;

/** Go's power: 1 to whatever is 1, and so is (-1) to an infinity. */
const power = (base: number, exponent: number) =>
  base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)
    ? 1
    : base ** exponent;

type Compute = (a: number, b: number) => number;

const ARITHMETIC: Readonly<Partial<Record<BinaryOp, Compute>>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': power,
  atan2: Math.atan2,
};

const COMPARISONS: Readonly<Partial<Record<BinaryOp, (a: number, b: number) => boolean>>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** What two values make; NaN with `keeps` false where a comparison fails. */
export interface Pairing {
  readonly compute: Compute;
  readonly keeps: (a: number, b: number) => boolean;
  /** Whether the result is another quantity, so that the metric's name goes. */
  readonly dropsName: boolean;
}

const always = () => true;

export function pairingOf(op: BinaryOp, isBool: boolean): Pairing {
  const compute = ARITHMETIC[op];
  // Prometheus 2 keeps the name of an angle.
  if (compute) return { compute, keeps: always, dropsName: op !== 'atan2' };
  const holds = COMPARISONS[op];
  if (!holds) return { compute: () => NAN, keeps: always, dropsName: false };
  if (!isBool) return { compute: a => a, keeps: holds, dropsName: false };
  return { compute: (a, b) => (holds(a, b) ? 1 : 0), keeps: always, dropsName: true };
}
