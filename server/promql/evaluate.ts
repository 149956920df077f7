/**
 * Evaluates a query's tree over a grid of instants. Every part of the tree is worked out for all
 * steps at once: a selector makes a line of values for each series, and the rest are loops over lines.
 */
import { aggregated } from './aggregate/aggregate.ts';
import {
  type Call,
  type Expr,
  type MatrixSelector,
  type Selector,
  type Shifted,
  type Subquery,
  unwrapped,
} from './ast.ts';
import { combined, negated } from './binary/binary.ts';
import type { Budget } from './budget.ts';
import { FUNCTIONS, STEP_DEPENDENT } from './functions/index.ts';
import { labelValue, METRIC_NAME } from './labels.ts';
import { type Instants, LOOKBACK_MS, lineOf, samplesOf } from './lookup.ts';
import { matchersKey } from './matcher.ts';
import { failed } from './query-error.ts';
import type { RawSeries, SelectQuery, SeriesStore } from './series-store.ts';
import {
  type Grid,
  isEmpty,
  type Line,
  samplesAt,
  type Value,
  type Vector,
  vectorOf,
  type Windows,
} from './values.ts';

interface Context {
  readonly store: SeriesStore;
  readonly budget: Budget;
  /** The whole query's, for `@ start()` and `@ end()`. */
  readonly startMs: number;
  readonly endMs: number;
  /** Step of subqueries that name none. */
  readonly subqueryStepMs: number;
  /** What has been read already, by what was asked. */
  readonly read: Map<string, Promise<readonly RawSeries[]>>;
}

export async function evaluate(expr: Expr, grid: Grid, context: Context): Promise<Value> {
  if (grid.count > 1 && isSameEverywhere(expr) && expr.type !== 'number' && expr.type !== 'text') {
    return spread(await evaluate(expr, { ...grid, count: 1 }, context), grid, context);
  }
  switch (expr.type) {
    case 'number':
      return { type: 'scalar', values: new Float64Array(grid.count).fill(expr.value) };
    case 'text':
      return { type: 'text', text: expr.text };
    case 'paren':
      return evaluate(expr.expr, grid, context);
    case 'selector':
      return instantVector(expr, grid, context);
    case 'matrix':
      return rangeVector(expr, grid, context);
    case 'subquery':
      return subquery(expr, grid, context);
    case 'call':
      return call(expr, grid, context);
    case 'unary': {
      const value = await evaluate(expr.expr, grid, context);
      if (!expr.isNegative) return value;
      if (value.type === 'vector') return negated(value, context.budget);
      if (value.type !== 'scalar') throw new Error('only numbers have a sign');
      return { type: 'scalar', values: value.values.map(each => -each) };
    }
    case 'aggregate': {
      const vector = (await evaluate(expr.expr, grid, context)) as Vector;
      const param = expr.param && (await evaluate(expr.param, grid, context));
      const { budget } = context;
      const input = { aggregate: expr, lines: vector.lines, param, stepCount: grid.count, budget };
      return aggregated(input);
    }
    case 'binary': {
      const left = await evaluate(expr.left, grid, context);
      const right = await evaluate(expr.right, grid, context);
      return combined(expr, { left, right, budget: context.budget });
    }
  }
}

const known = new WeakMap<Expr, boolean>();

/** Whether every step gives the same, because all selectors are pinned by `@`. */
function isSameEverywhere(expr: Expr): boolean {
  let answer = known.get(expr);
  if (answer === undefined) {
    answer = isPinned(expr);
    known.set(expr, answer);
  }
  return answer;
}

function isPinned(expr: Expr): boolean {
  switch (expr.type) {
    case 'number':
    case 'text':
      return true;
    case 'selector':
    case 'subquery':
      return expr.pin !== undefined;
    case 'matrix':
      return expr.selector.pin !== undefined;
    case 'call':
      return !STEP_DEPENDENT.has(expr.name) && expr.args.every(isSameEverywhere);
    case 'aggregate':
      return isSameEverywhere(expr.expr) && (!expr.param || isSameEverywhere(expr.param));
    case 'binary':
      return isSameEverywhere(expr.left) && isSameEverywhere(expr.right);
    default:
      return isSameEverywhere(expr.expr);
  }
}

/** What holds at the first step, at all of them. */
function spread(value: Value, { count }: Grid, { budget }: Context): Value {
  if (value.type === 'text') return value;
  if (value.type === 'windows') return { ...value, stepMs: 0 };
  if (value.type === 'scalar') {
    return { type: 'scalar', values: new Float64Array(count).fill(value.values[0]) };
  }
  budget.addSamples(count * value.lines.length);
  const lines = value.lines.map(({ labels, values, has }) => ({
    labels,
    values: new Float64Array(count).fill(values[0]),
    has: new Uint8Array(count).fill(has[0]),
  }));
  return vectorOf(lines.filter(line => !isEmpty(line)));
}

function instantsOf({ offsetMs, pin }: Shifted, grid: Grid, context: Context): Instants {
  const { count } = grid;
  if (pin === undefined) {
    return { firstMs: grid.startMs - offsetMs, stepMs: grid.stepMs, count };
  }
  const atMs = pin === 'start' ? context.startMs : pin === 'end' ? context.endMs : pin;
  return { firstMs: atMs - offsetMs, stepMs: 0, count };
}

const endOf = ({ firstMs, stepMs, count }: Instants) => firstMs + stepMs * (count - 1);

async function instantVector(selector: Selector, grid: Grid, context: Context, isTimes = false) {
  const instants = instantsOf(selector, grid, context);
  const series = await select(
    {
      matchers: selector.matchers,
      fromMs: instants.firstMs - LOOKBACK_MS,
      toMs: endOf(instants),
      spacingMs: spacingOf(instants),
    },
    context,
  );
  const lines: Line[] = [];
  for (const each of series) {
    context.budget.addSamples(grid.count);
    const line = lineOf(each, instants, isTimes);
    if (!isEmpty(line)) lines.push(line);
    await context.budget.breathe();
  }
  return vectorOf(lines);
}

/** What all instants are whole multiples of; for a single one every sample may be the newest. */
function spacingOf({ firstMs, stepMs }: Instants): number {
  let [spacing, rest] = [stepMs, Math.abs(firstMs)];
  while (rest > 0 && spacing > 0) [spacing, rest] = [rest, spacing % rest];
  return stepMs > 0 ? spacing : 0;
}

function select(
  query: SelectQuery,
  { store, budget, read }: Context,
): Promise<readonly RawSeries[]> {
  const { fromMs, toMs, spacingMs } = query;
  const key = `${fromMs} ${toMs} ${spacingMs} ${matchersKey(query.matchers)}`;
  let answer = read.get(key);
  if (!answer) {
    answer = store.select(query, budget);
    read.set(key, answer);
  }
  return answer;
}

async function rangeVector(
  { selector, rangeMs }: MatrixSelector,
  grid: Grid,
  context: Context,
): Promise<Windows> {
  const instants = instantsOf(selector, grid, context);
  const { firstMs, stepMs } = instants;
  const series = await select(
    {
      matchers: selector.matchers,
      fromMs: firstMs - rangeMs,
      toMs: endOf(instants),
      spacingMs: 0,
    },
    context,
  );
  const presentOnly = series.find(each => each.isPresentOnly);
  return {
    ...{ type: 'windows', series: series.map(samplesOf), rangeMs, firstEndMs: firstMs, stepMs },
    ...(presentOnly ? { presentOnly: labelValue(presentOnly.labels, METRIC_NAME) } : {}),
  };
}

/** The inner expression over all windows at once, at whole multiples of its step. */
async function subquery(expr: Subquery, grid: Grid, context: Context): Promise<Windows> {
  const instants = instantsOf(expr, grid, context);
  const { rangeMs, stepMs: innerStepMs = context.subqueryStepMs } = expr;
  const startMs = Math.ceil((instants.firstMs - rangeMs) / innerStepMs) * innerStepMs;
  const count = Math.floor((endOf(instants) - startMs) / innerStepMs) + 1;
  const windows = {
    type: 'windows' as const,
    rangeMs,
    firstEndMs: instants.firstMs,
    stepMs: instants.stepMs,
  };
  if (count <= 0) return { ...windows, series: [] };
  context.budget.addSamples(count);
  const inner: Grid = { startMs, stepMs: innerStepMs, count };
  const vector = (await evaluate(expr.expr, inner, context)) as Vector;
  return { ...windows, series: vector.lines.map(line => samplesAt(line, inner)) };
}

async function call(expr: Call, grid: Grid, context: Context): Promise<Value> {
  const row = FUNCTIONS.get(expr.name);
  if (!row) throw new Error(`no function ${expr.name}`);
  const args: Value[] = [];
  for (const arg of expr.args) args.push(await evaluate(arg, grid, context));
  if (!PRESENT_IS_ENOUGH.has(expr.name)) refusePresentOnly(expr, args);
  return row.run({
    ...{ call: expr, args, grid, budget: context.budget },
    sampleTimes: async arg => {
      const inner = unwrapped(arg);
      return inner.type === 'selector' ? instantVector(inner, grid, context, true) : undefined;
    },
  });
}

const PRESENT_IS_ENOUGH: ReadonlySet<string> = new Set([
  ...['last_over_time', 'present_over_time', 'absent_over_time'],
]);

/** A change or a mean over the past of what has none would be made up. */
function refusePresentOnly({ name }: Call, args: readonly Value[]): void {
  for (const arg of args) {
    if (arg.type !== 'windows' || arg.presentOnly === undefined) continue;
    const metric = arg.presentOnly;
    const instead = `let a Prometheus scrape /metrics, and ask that for ${name}`;
    throw failed(`no past is kept here of ${metric}, only its present value; ${instead}`);
  }
}
