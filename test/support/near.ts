/** Numbers that are equal but for rounding, noise, or what a source rounded. */
import assert from 'node:assert/strict';

/** Within `off` of what is wanted, in its unit. */
export function near(got: unknown, want: number, off = 1e-9, what = ''): void {
  const isNear = typeof got === 'number' && Math.abs(got - want) <= off;
  assert.ok(isNear, `${what} ${got} is not within ${off} of ${want}`.trimStart());
}

/** Within a part of what is wanted. */
export const nearRatio = (got: unknown, want: number, ratio = 1e-9, what = '') =>
  near(got, want, ratio * Math.abs(want), what);
