/** Functions that are neither of one value nor of a window. */
import { type Expr, type Selector, unwrapped } from '../ast.ts';
import { type Labels, labelsOf, METRIC_NAME, NO_LABELS, nameless } from '../labels.ts';
import {
  type Grid,
  type Line,
  merged,
  type Scalar,
  timeAt,
  type Vector,
  vectorOf,
} from '../values.ts';
import { larger, smaller } from './maths.ts';
import { type FunctionRow, type Invocation, linesOf, scalarOf } from './row.ts';

const secondsOf = (grid: Grid) =>
  Float64Array.from({ length: grid.count }, (_, k) => timeAt(grid, k) / 1000);

const always = (grid: Grid) => new Uint8Array(grid.count).fill(1);

/** The value of the only series; NaN where there is none, or more than one. */
function toScalar({ args, grid }: Invocation): Scalar {
  const values = new Float64Array(grid.count).fill(Number.NaN);
  const counts = new Uint32Array(grid.count);
  for (const line of linesOf(args[0])) {
    for (let k = 0; k < grid.count; k++) {
      if (!line.has[k]) continue;
      values[k] = counts[k]++ === 0 ? line.values[k] : Number.NaN;
    }
  }
  return { type: 'scalar', values };
}

/** 1 at every step at which no line has a value. */
function absence(
  lines: readonly { readonly has: Uint8Array }[],
  grid: Grid,
  labels: Labels,
): Vector {
  const has = always(grid);
  for (const line of lines) {
    for (let k = 0; k < grid.count; k++) if (line.has[k]) has[k] = 0;
  }
  if (!has.includes(1)) return vectorOf([]);
  return vectorOf([{ labels, values: new Float64Array(grid.count).fill(1), has }]);
}

/** Labels that the absent series would have for sure: those asked for by one `=` each. */
function absentLabels(arg: Expr): Labels {
  const selector = selectorIn(arg);
  if (!selector) return NO_LABELS;
  const values = new Map<string, string>();
  const seen = new Set<string>();
  for (const { label, op, value } of selector.matchers) {
    if (label === METRIC_NAME) continue;
    if (op === '=' && !seen.has(label)) {
      values.set(label, value);
      seen.add(label);
    } else values.delete(label);
  }
  return labelsOf(values);
}

function selectorIn(arg: Expr): Selector | undefined {
  if (arg.type === 'matrix') return arg.selector;
  return arg.type === 'selector' ? arg : undefined;
}

/** Steps at which a window has any sample. */
function presence({ args, grid }: Invocation): { readonly has: Uint8Array }[] {
  const windows = args[0];
  if (windows.type !== 'windows') return [];
  return windows.series.map(({ times }) => {
    const has = new Uint8Array(grid.count);
    let at = 0;
    for (let k = 0; k < grid.count; k++) {
      const endMs = windows.firstEndMs + k * windows.stepMs;
      while (at < times.length && times[at] < endMs - windows.rangeMs) at++;
      if (at < times.length && times[at] <= endMs) has[k] = 1;
    }
    return { has };
  });
}

/** The steps' own time, unless a selector stands there: then that of its samples. */
async function timestamp({ args, call, grid, budget, sampleTimes }: Invocation): Promise<Vector> {
  const times = await sampleTimes(unwrapped(call.args[0]));
  const lines = (times?.lines ?? linesOf(args[0])).map(({ labels, values, has }) => ({
    ...{ labels: nameless(labels), has },
    values: times ? values : secondsOf(grid),
  }));
  return vectorOf(await merged(lines, budget));
}

async function clamp({ args, budget }: Invocation): Promise<Vector> {
  const [min, max] = [scalarOf(args[1]), scalarOf(args[2])];
  const lines = linesOf(args[0]).map((line): Line => {
    const has = line.has.map((flag, k) => (flag && !(max[k] < min[k]) ? 1 : 0));
    const values = line.values.map((value, k) => larger(min[k], smaller(max[k], value)));
    return { labels: nameless(line.labels), values, has };
  });
  return vectorOf(await merged(lines, budget));
}

/** Of one instant only: over a range, series have no order by value. */
const sorted =
  (sign: 1 | -1) =>
  ({ args, grid }: Invocation): Vector => {
    const lines = linesOf(args[0]);
    if (grid.count > 1) return vectorOf(lines);
    const order = (a: number, b: number) =>
      Number.isNaN(a) || Number.isNaN(b)
        ? Number(Number.isNaN(a)) - Number(Number.isNaN(b))
        : sign * (a - b);
    // Equal infinities have no difference.
    return vectorOf([...lines].sort((a, b) => order(a.values[0], b.values[0]) || 0));
  };

const VECTOR = ['instant vector'] as const;

export const SPECIAL: readonly FunctionRow[] = [
  {
    name: 'time',
    args: [],
    returns: 'scalar',
    run: ({ grid }) => ({ type: 'scalar', values: secondsOf(grid) }),
  },
  {
    name: 'pi',
    args: [],
    returns: 'scalar',
    run: ({ grid }) => ({
      type: 'scalar',
      values: new Float64Array(grid.count).fill(Math.PI),
    }),
  },
  { name: 'scalar', args: VECTOR, returns: 'scalar', run: toScalar },
  {
    name: 'vector',
    args: ['scalar'],
    returns: 'instant vector',
    run: ({ args, grid }) =>
      vectorOf([{ labels: NO_LABELS, values: scalarOf(args[0]), has: always(grid) }]),
  },
  {
    name: 'absent',
    args: VECTOR,
    returns: 'instant vector',
    run: ({ args, call, grid }) => absence(linesOf(args[0]), grid, absentLabels(call.args[0])),
  },
  {
    name: 'absent_over_time',
    args: ['range vector'],
    returns: 'instant vector',
    run: invocation =>
      absence(presence(invocation), invocation.grid, absentLabels(invocation.call.args[0])),
  },
  { name: 'timestamp', args: VECTOR, returns: 'instant vector', run: timestamp },
  {
    name: 'clamp',
    args: ['instant vector', 'scalar', 'scalar'],
    returns: 'instant vector',
    run: clamp,
  },
  { name: 'sort', args: VECTOR, returns: 'instant vector', run: sorted(1) },
  { name: 'sort_desc', args: VECTOR, returns: 'instant vector', run: sorted(-1) },
];
