/** Whether what a model gives is what a table expects. */
import { z } from 'zod';

export type Value = number | boolean | string;

/** `value` with `rel` or `abs` (either will do where both stand), `min` and `max`, or `is`. */
export const expectation = z
  .strictObject({
    value: z.number().optional(),
    rel: z.number().nonnegative().optional(),
    abs: z.number().nonnegative().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    is: z.union([z.number(), z.boolean(), z.string()]).optional(),
  })
  .refine(
    ({ value, min, max, is }) => [value, min, max, is].some(bound => bound !== undefined),
    'says nothing; give value with rel or abs, min, max, or is',
  )
  .refine(
    ({ value, rel, abs }) => (value !== undefined) === (rel !== undefined || abs !== undefined),
    'value needs rel or abs, and they need it; for an exact value use is',
  );

export type Wanted = z.infer<typeof expectation>;

export interface Expectation {
  readonly expected: Value | { readonly min?: number; readonly max?: number };
  readonly tolerance: { readonly rel?: number; readonly abs?: number } | null;
}

export interface Given {
  readonly value: Value | null;
  readonly reason?: string;
  readonly note?: string;
}

export interface Verdict extends Expectation {
  readonly model: Value | null;
  readonly pass: boolean;
  readonly reason?: string;
  readonly note?: string;
}

export function verdictOf(wanted: Wanted, given: Given): Verdict {
  const { value, reason, note } = given;
  const isNumber = typeof value === 'number';
  const isSound = value !== null && !(isNumber && !Number.isFinite(value));
  const why = reason ?? (isSound ? undefined : `the model gives ${value}`);
  return {
    // Not a number is no JSON either.
    model: isSound ? value : null,
    ...expectationOf(wanted),
    pass: isSound && isMet(wanted, value),
    ...(why === undefined ? {} : { reason: why }),
    ...(note === undefined ? {} : { note }),
  };
}

function expectationOf({ value, rel, abs, min, max, is }: Wanted): Expectation {
  if (is !== undefined) return { expected: is, tolerance: null };
  if (value !== undefined) {
    const tolerance = {
      ...(rel === undefined ? {} : { rel }),
      ...(abs === undefined ? {} : { abs }),
    };
    return { expected: value, tolerance };
  }
  const bounds = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  return { expected: bounds, tolerance: null };
}

/** Decimal tolerances are not exact in binary: 0.903 - 0.9 is a little over 0.003. */
const ROUNDING = 1e-9;

function isMet({ value, rel = 0, abs = 0, min, max, is }: Wanted, given: Value): boolean {
  if (is !== undefined && given !== is) return false;
  if (value === undefined && min === undefined && max === undefined) return true;
  if (typeof given !== 'number') return false;
  const slack = ROUNDING * Math.abs(given);
  if (min !== undefined && given < min - slack) return false;
  if (max !== undefined && given > max + slack) return false;
  const allowed = Math.max(abs, rel * Math.abs(value ?? 0));
  return value === undefined || Math.abs(given - value) <= allowed + slack;
}
