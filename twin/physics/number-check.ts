/** Guards of formulas: a wrong argument is named at once, and never becomes a NaN further on. */

/** @throws RangeError naming the argument unless it is a finite number within [min, max] */
export function within(name: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max && Number.isFinite(value)) return value;
  const upTo = max === Number.POSITIVE_INFINITY ? '' : ` and at most ${max}`;
  const from = min === Number.NEGATIVE_INFINITY ? '' : ` of at least ${min}`;
  throw new RangeError(`${name} must be a finite number${from}${upTo}, not ${value}`);
}

/** @throws RangeError naming the argument unless it is finite and not negative */
export const notNegative = (name: string, value: number) =>
  within(name, value, 0, Number.POSITIVE_INFINITY);

/** @throws RangeError naming the argument unless it is finite and above zero */
export function positive(name: string, value: number): number {
  if (value > 0 && Number.isFinite(value)) return value;
  throw new RangeError(`${name} must be a finite number above 0, not ${value}`);
}
