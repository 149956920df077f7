/** Functions of one value: mathematics, and the calendar (UTC). */

import { NO_LABELS } from '../labels.ts';
import { timeAt, vectorOf } from '../values.ts';
import { type FunctionRow, mapRow } from './row.ts';

/** Stands for a scalar that must be given. */
const GIVEN = Number.NaN;

function rounded(value: number, to: number): number {
  // Prometheus multiplies by the inverse, which is exact for 0.1 where a division is not.
  const inverse = 1 / to;
  return Math.floor(value * inverse + 0.5) / inverse;
}

/** As Go has them: an infinity that wins does so against NaN, too. */
export const larger = (a: number, b: number) =>
  a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY
    ? Number.POSITIVE_INFINITY
    : Math.max(a, b);
export const smaller = (a: number, b: number) =>
  a === Number.NEGATIVE_INFINITY || b === Number.NEGATIVE_INFINITY
    ? Number.NEGATIVE_INFINITY
    : Math.min(a, b);

const sign = (value: number) => (value < 0 ? -1 : value > 0 ? 1 : value);

export const MATHS: readonly FunctionRow[] = [
  mapRow('abs', Math.abs),
  mapRow('ceil', Math.ceil),
  mapRow('floor', Math.floor),
  mapRow('round', rounded, [1]),
  mapRow('sqrt', Math.sqrt),
  mapRow('exp', Math.exp),
  mapRow('ln', Math.log),
  mapRow('log2', Math.log2),
  mapRow('log10', Math.log10),
  mapRow('sgn', sign),
  mapRow('clamp_min', larger, [GIVEN]),
  mapRow('clamp_max', smaller, [GIVEN]),
  ...(['sin', 'cos', 'tan', 'asin', 'acos', 'atan'] as const).map(name => mapRow(name, Math[name])),
  ...(['sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh'] as const).map(name =>
    mapRow(name, Math[name]),
  ),
  mapRow('deg', value => (value * 180) / Math.PI),
  mapRow('rad', value => (value * Math.PI) / 180),
];

/** A date function takes seconds since 1970, and the time of the step when it is given nothing. */
function dateRow(name: string, of: (date: Date) => number): FunctionRow {
  const at = (seconds: number) => of(new Date(Math.trunc(seconds) * 1000));
  const row = mapRow(name, at);
  return {
    ...row,
    optional: 1,
    run(invocation) {
      if (invocation.args.length > 0) {
        return row.run(invocation);
      }
      const { grid } = invocation;
      const values = Float64Array.from({ length: grid.count }, (_, k) =>
        at(timeAt(grid, k) / 1000),
      );
      const has = new Uint8Array(grid.count).fill(1);
      return vectorOf([{ labels: NO_LABELS, values, has }]);
    },
  };
}

const DAY_MS = 86_400_000;
const yearStart = (date: Date) => Date.UTC(date.getUTCFullYear(), 0, 1);
const daysInMonth = (date: Date) =>
  new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();

export const DATES: readonly FunctionRow[] = [
  dateRow('minute', date => date.getUTCMinutes()),
  dateRow('hour', date => date.getUTCHours()),
  dateRow('day_of_week', date => date.getUTCDay()),
  dateRow('day_of_month', date => date.getUTCDate()),
  dateRow('day_of_year', date => Math.floor((date.getTime() - yearStart(date)) / DAY_MS) + 1),
  dateRow('days_in_month', daysInMonth),
  dateRow('month', date => date.getUTCMonth() + 1),
  dateRow('year', date => date.getUTCFullYear()),
];
