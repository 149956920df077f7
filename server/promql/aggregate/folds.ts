/** Aggregations that take one series after the other: a loop over the steps for each. */
import { NO_LABELS } from '../labels.ts';
import { emptyLine, type Line } from '../values.ts';

/** Of one group; the arrays have an entry for each step. */
interface Fold {
  add(line: Line): void;
  end(): Line;
}

type MakeFold = (count: number) => Fold;

/** `value = step(value, next)`, beginning with the first one. */
const simple =
  (first: (value: number) => number, next: (before: number, value: number) => number): MakeFold =>
  count => {
    const out = emptyLine(NO_LABELS, count);
    return {
      add({ values, has }) {
        for (let k = 0; k < count; k++) {
          if (!has[k]) continue;
          out.values[k] = out.has[k] ? next(out.values[k], values[k]) : first(values[k]);
          out.has[k] = 1;
        }
      },
      end: () => out,
    };
  };

const itself = (value: number) => value;

const sum: MakeFold = count => {
  const out = emptyLine(NO_LABELS, count);
  const rest = new Float64Array(count);
  return {
    add({ values, has }) {
      for (let k = 0; k < count; k++) {
        if (!has[k]) continue;
        const before = out.values[k];
        const value = values[k];
        const total = before + value;
        // What rounding takes away is kept apart (Neumaier).
        if (!Number.isFinite(total)) rest[k] = 0;
        else if (Math.abs(before) >= Math.abs(value)) rest[k] += before - total + value;
        else rest[k] += value - total + before;
        out.values[k] = total;
        out.has[k] = 1;
      }
    },
    end() {
      for (let k = 0; k < count; k++) if (Number.isFinite(out.values[k])) out.values[k] += rest[k];
      return out;
    },
  };
};

/** Mean by steps, so that the sum of large values does not overflow. */
const average: MakeFold = count => {
  const out = emptyLine(NO_LABELS, count);
  const seen = new Float64Array(count);
  return {
    add({ values, has }) {
      for (let k = 0; k < count; k++) {
        if (!has[k]) continue;
        out.has[k] = 1;
        const many = ++seen[k];
        const [mean, value] = [out.values[k], values[k]];
        const isSettled = Math.abs(mean) === Number.POSITIVE_INFINITY;
        if (isSettled && (Number.isFinite(value) || value === mean)) continue;
        out.values[k] = mean + (value / many - mean / many);
      }
    },
    end: () => out,
  };
};

/** Welford's. */
const variance =
  (of: (variance: number) => number): MakeFold =>
  count => {
    const out = emptyLine(NO_LABELS, count);
    const seen = new Float64Array(count);
    const mean = new Float64Array(count);
    return {
      add({ values, has }) {
        for (let k = 0; k < count; k++) {
          if (!has[k]) continue;
          out.has[k] = 1;
          // One value alone has no spread, not even NaN.
          if (++seen[k] === 1) {
            mean[k] = values[k];
            continue;
          }
          const apart = values[k] - mean[k];
          mean[k] += apart / seen[k];
          out.values[k] += apart * (values[k] - mean[k]);
        }
      },
      end() {
        for (let k = 0; k < count; k++) if (out.has[k]) out.values[k] = of(out.values[k] / seen[k]);
        return out;
      },
    };
  };

export const FOLDS: ReadonlyMap<string, MakeFold> = new Map([
  ['sum', sum],
  ['avg', average],
  ['stddev', variance(Math.sqrt)],
  ['stdvar', variance(itself)],
  ['min', simple(itself, (a, b) => (b < a || Number.isNaN(a) ? b : a))],
  ['max', simple(itself, (a, b) => (b > a || Number.isNaN(a) ? b : a))],
  [
    'count',
    simple(
      () => 1,
      before => before + 1,
    ),
  ],
  [
    'group',
    simple(
      () => 1,
      () => 1,
    ),
  ],
]);
