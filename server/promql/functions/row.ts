/** A function of PromQL as a row of a table. */
import type { Call, Expr, ValueType } from '../ast.ts';
import type { Budget } from '../budget.ts';
import { type Labels, nameless } from '../labels.ts';
import {
  distinct,
  emptyLine,
  type Grid,
  type Line,
  merged,
  type Samples,
  type Scalar,
  type Value,
  type Vector,
  vectorOf,
  type Windows,
} from '../values.ts';

export interface Invocation {
  readonly call: Call;
  /** Evaluated, in the order of the row's `args`; an optional one may be missing. */
  readonly args: readonly Value[];
  readonly grid: Grid;
  readonly budget: Budget;
  /** Times of the samples behind a selector's values, in seconds. */
  sampleTimes(expr: Expr): Promise<Vector | undefined>;
}

export interface FunctionRow {
  readonly name: string;
  readonly args: readonly ValueType[];
  /** How many of the last arguments may be left out. */
  readonly optional?: number;
  /** The last argument may come more often. */
  readonly isVariadic?: true;
  readonly returns: ValueType;
  run(invocation: Invocation): Value | Promise<Value>;
}

export const linesOf = (value: Value | undefined): readonly Line[] =>
  value?.type === 'vector' ? value.lines : [];
export const scalarOf = (value: Value | undefined) => (value as Scalar).values;
export const textArg = (value: Value | undefined) => (value?.type === 'text' ? value.text : '');

type PerValue = (value: number, ...params: readonly number[]) => number;

/** A function of each value, and of scalars beside it. The metric's name goes. */
export function mapRow(name: string, of: PerValue, scalars: readonly number[] = []): FunctionRow {
  return {
    name,
    args: ['instant vector', ...scalars.map(() => 'scalar' as const)],
    optional: scalars.filter(value => !Number.isNaN(value)).length,
    returns: 'instant vector',
    async run({ args: [vector, ...given], budget }) {
      const params = scalars.map((value, i) => (given[i] ? scalarOf(given[i]) : value));
      const lines: Line[] = [];
      for (const line of linesOf(vector)) {
        lines.push(mapped(line, of, params));
        await budget.breathe();
      }
      return vectorOf(await merged(lines, budget));
    },
  };
}

function mapped(
  { labels, values, has }: Line,
  of: PerValue,
  params: readonly (Float64Array | number)[],
) {
  const out = emptyLine(nameless(labels), values.length);
  for (let k = 0; k < values.length; k++) {
    if (!has[k]) continue;
    out.values[k] =
      params.length === 0
        ? of(values[k])
        : of(values[k], ...params.map(each => (typeof each === 'number' ? each : each[k])));
    out.has[k] = 1;
  }
  return out;
}

/** One window: samples `lo` to `hi - 1` of the series, for step `k`. */
export interface Window {
  lo: number;
  hi: number;
  k: number;
  startMs: number;
  endMs: number;
  /** The step's own time, wherever the window is. */
  atMs: number;
}

/** Made for each series; then called for its windows in order, which only move forward. */
export type WindowFunction = (
  samples: Samples,
  params: readonly Float64Array[],
) => (window: Window) => number;

interface WindowOptions {
  /** Fewer samples than this in a window give no value; default 1. */
  readonly least?: number;
  readonly keepsName?: true;
  readonly before?: readonly ValueType[];
  readonly after?: readonly ValueType[];
}

/** A function of the samples in a window. */
export function windowRow(
  name: string,
  of: WindowFunction,
  options: WindowOptions = {},
): FunctionRow {
  const { least = 1, keepsName, before = [], after = [] } = options;
  return {
    name,
    args: [...before, 'range vector', ...after],
    returns: 'instant vector',
    async run({ args, grid, budget }) {
      const windows = args.find(({ type }) => type === 'windows') as Windows;
      const params = args.filter(({ type }) => type === 'scalar').map(scalarOf);
      const lines: Line[] = [];
      for (const samples of windows.series) {
        if (samples.times.length < least) continue;
        budget.addSamples(grid.count);
        const labels = keepsName ? samples.labels : nameless(samples.labels);
        const evaluate = of(samples, params);
        const line = overWindows({ samples, windows, grid, least, labels }, evaluate);
        if (line) lines.push(line);
        await budget.breathe();
      }
      return vectorOf(await distinct(lines, budget));
    },
  };
}

interface Moving {
  readonly samples: Samples;
  readonly windows: Windows;
  readonly grid: Grid;
  readonly least: number;
  readonly labels: Labels;
}

/** `k` to `evaluate(samples.filter(s => start(k) <= s.atMs && s.atMs <= end(k)))`. */
function overWindows(moving: Moving, evaluate: (window: Window) => number): Line | undefined {
  const { samples, windows, grid, least, labels } = moving;
  const { times } = samples;
  const { firstEndMs, stepMs, rangeMs } = windows;
  const out = emptyLine(labels, grid.count);
  const window: Window = { lo: 0, hi: 0, k: 0, startMs: 0, endMs: 0, atMs: 0 };
  let isAny = false;
  for (let k = 0; k < grid.count; k++) {
    const endMs = firstEndMs + k * stepMs;
    const startMs = endMs - rangeMs;
    while (window.hi < times.length && times[window.hi] <= endMs) window.hi++;
    while (window.lo < window.hi && times[window.lo] < startMs) window.lo++;
    if (window.hi - window.lo < least) continue;
    window.k = k;
    window.startMs = startMs;
    window.endMs = endMs;
    window.atMs = grid.startMs + k * grid.stepMs;
    out.values[k] = evaluate(window);
    out.has[k] = 1;
    isAny = true;
  }
  return isAny ? out : undefined;
}
