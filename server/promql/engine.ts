/** Queries at one instant and over a range, within limits. */
import { type Expr, unwrapped } from './ast.ts';
import { createBudget, type QueryLimits } from './budget.ts';
import { evaluate } from './evaluate.ts';
import { compareLabels } from './labels.ts';
import { QueryError } from './query-error.ts';
import type { SeriesStore } from './series-store.ts';
import { createTurns } from './turns.ts';
import { type Grid, type Samples, samplesAt, type Value, type Windows } from './values.ts';

export type Result =
  | { readonly resultType: 'scalar'; readonly atMs: number; readonly value: number }
  | { readonly resultType: 'string'; readonly atMs: number; readonly text: string }
  | { readonly resultType: 'vector' | 'matrix'; readonly series: readonly Samples[] };

export interface QueryOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

interface EngineOptions extends QueryLimits {
  readonly store: SeriesStore;
  readonly timeoutMs: number;
  /** Steps of a range query. */
  readonly maxPoints: number;
  /** Queries that are worked on at once; further ones wait. */
  readonly maxConcurrent: number;
}

export interface Engine {
  /** @throws QueryError */
  instant(query: Expr, atMs: number, options?: QueryOptions): Promise<Result>;
  /** @throws QueryError */
  range(query: Expr, grid: RangeGrid, options?: QueryOptions): Promise<Result>;
}

/** Steps need not end where the query does. */
interface Span {
  readonly grid: Grid;
  readonly endMs: number;
}

interface RangeGrid {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** Prometheus takes its global evaluation interval, which is a minute by default. */
const SUBQUERY_STEP_MS = 60_000;

export function createEngine(options: EngineOptions): Engine {
  const { store, maxPoints, maxConcurrent } = options;
  const turns = createTurns(maxConcurrent);

  async function run(expr: Expr, span: Span, { timeoutMs, signal }: QueryOptions): Promise<Value> {
    const { grid, endMs } = span;
    const limitMs = Math.min(timeoutMs ?? options.timeoutMs, options.timeoutMs);
    const endAt = performance.now() + limitMs;
    const leave = await turns.enter(limitMs, signal);
    try {
      const left = {
        timeoutMs: Math.max(0, endAt - performance.now()),
        ...(signal ? { signal } : {}),
      };
      return await evaluate(expr, grid, {
        ...{ store, budget: createBudget({ ...options, ...left }) },
        ...{ startMs: grid.startMs, endMs },
        ...{ subqueryStepMs: SUBQUERY_STEP_MS, read: new Map() },
      });
    } finally {
      leave();
    }
  }

  return {
    async instant(query, atMs, each = {}) {
      const grid = { startMs: atMs, stepMs: 0, count: 1 };
      const value = await run(query, { grid, endMs: atMs }, each);
      return instantResult(value, atMs);
    },
    async range(query, { startMs, endMs, stepMs }, each = {}) {
      const steps = Math.floor((endMs - startMs) / stepMs);
      if (steps > maxPoints) {
        throw new QueryError(
          'bad_data',
          `exceeded maximum resolution of ${maxPoints.toLocaleString('en-US')} points per ` +
            'timeseries. Try decreasing the query resolution (?step=XX)',
        );
      }
      const grid = { startMs, stepMs, count: steps + 1 };
      refuseRanges(query);
      const value = await run(query, { grid, endMs }, each);
      return rangeResult(value, grid);
    },
  };
}

/** A range query gives numbers over time: a scalar or an instant vector. */
function refuseRanges(expr: Expr): void {
  const { type } = unwrapped(expr);
  if (type !== 'matrix' && type !== 'subquery' && type !== 'text') return;
  const what = type === 'text' ? 'string' : 'range vector';
  throw new QueryError(
    'bad_data',
    `invalid parameter "query": invalid expression type "${what}" for range query, ` +
      'must be Scalar or instant Vector',
  );
}

function instantResult(value: Value, atMs: number): Result {
  switch (value.type) {
    case 'scalar':
      return { resultType: 'scalar', atMs, value: value.values[0] };
    case 'text':
      return { resultType: 'string', atMs, text: value.text };
    case 'windows':
      return { resultType: 'matrix', series: windowSeries(value) };
    case 'vector': {
      const series = value.lines.filter(({ has }) => has[0]);
      const times = Float64Array.of(atMs);
      return {
        resultType: 'vector',
        series: series.map(({ labels, values }) => ({ labels, times, values })),
      };
    }
  }
}

function windowSeries({ series, firstEndMs, rangeMs }: Windows): Samples[] {
  const isWithin = (atMs: number) => atMs >= firstEndMs - rangeMs && atMs <= firstEndMs;
  const cut = ({ labels, times, values }: Samples) => ({
    labels,
    times: times.filter(isWithin),
    values: values.filter((_, i) => isWithin(times[i])),
  });
  return byLabels(series.map(cut).filter(({ times }) => times.length > 0));
}

const byLabels = (series: Samples[]) => series.sort((a, b) => compareLabels(a.labels, b.labels));

function rangeResult(value: Value, grid: Grid): Result {
  if (value.type === 'scalar') {
    const has = new Uint8Array(grid.count).fill(1);
    const line = { labels: { names: [], values: [] }, values: value.values, has };
    return { resultType: 'matrix', series: [samplesAt(line, grid)] };
  }
  if (value.type !== 'vector') throw new Error(`a range query gave ${value.type}`);
  const series = value.lines.map(line => samplesAt(line, grid));
  return { resultType: 'matrix', series: byLabels(series.filter(({ times }) => times.length > 0)) };
}
