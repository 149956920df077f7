/** What an expression evaluates to over the steps of a query. */

import type { Budget } from './budget.ts';
import { keyOf, type Labels } from './labels.ts';
import { failed } from './query-error.ts';

/** The instants `startMs`, `startMs + stepMs`, ... at which a query is evaluated. */
export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

export const timeAt = ({ startMs, stepMs }: Grid, k: number) => startMs + k * stepMs;

/** A series over the grid. NaN is a value like others; `has` tells where there is one. */
export interface Line {
  readonly labels: Labels;
  readonly values: Float64Array;
  /** 1 where there is a value. */
  readonly has: Uint8Array;
}

/** Samples without stale marks: for functions of ranges, and in answers. */
export interface Samples {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** A line as samples, one for each step at which it has a value. */
export function samplesAt({ labels, values, has }: Line, grid: Grid): Samples {
  const times = new Float64Array(grid.count);
  const kept = new Float64Array(grid.count);
  let count = 0;
  for (let k = 0; k < grid.count; k++) {
    if (!has[k]) continue;
    times[count] = timeAt(grid, k);
    kept[count++] = values[k];
  }
  return { labels, times: times.subarray(0, count), values: kept.subarray(0, count) };
}

/** A range vector: the window of step `k` is `[end - rangeMs, end]`, `end = firstEndMs + k * stepMs`. */
export interface Windows {
  readonly type: 'windows';
  readonly series: readonly Samples[];
  readonly rangeMs: number;
  readonly firstEndMs: number;
  /** 0 where the window is pinned by `@`. */
  readonly stepMs: number;
  /** A metric in it of which the present is known and nothing else. */
  readonly presentOnly?: string;
}

export interface Vector {
  readonly type: 'vector';
  readonly lines: readonly Line[];
}

export interface Scalar {
  readonly type: 'scalar';
  readonly values: Float64Array;
}

interface Text {
  readonly type: 'text';
  readonly text: string;
}

export type Value = Vector | Scalar | Text | Windows;

export const vectorOf = (lines: readonly Line[]): Vector => ({ type: 'vector', lines });

export const emptyLine = (labels: Labels, count: number): Line => ({
  labels,
  values: new Float64Array(count),
  has: new Uint8Array(count),
});

export const isEmpty = ({ has }: Line) => !has.includes(1);

const SAME_LABELS = 'vector cannot contain metrics with the same labelset';

/**
 * Lines whose labels have become the same are one line, as long as they have no step in common.
 * @throws QueryError `execution` where they have.
 */
export async function merged(
  lines: readonly Line[],
  budget: Budget,
  clash = SAME_LABELS,
): Promise<readonly Line[]> {
  const groups = await groupedBy(lines, keyOf, budget);
  if (groups.size === lines.length) return lines;
  return [...groups.values()].map(group => (group.length === 1 ? group[0] : union(group, clash)));
}

function union(lines: readonly Line[], clash: string): Line {
  const [{ labels, has }] = lines;
  const into = emptyLine(labels, has.length);
  for (const line of lines) {
    for (let k = 0; k < line.has.length; k++) {
      if (!line.has[k]) continue;
      if (into.has[k]) throw failed(clash);
      into.has[k] = 1;
      into.values[k] = line.values[k];
    }
  }
  return into;
}

/** As `merged`, for results of ranges: the same labels are refused even where no step is shared. */
export async function distinct(lines: readonly Line[], budget: Budget): Promise<readonly Line[]> {
  const groups = await groupedBy(lines, keyOf, budget);
  if (groups.size < lines.length) throw failed(SAME_LABELS);
  return lines;
}

/** Lines by a key of their labels, in the order in which they come. */
export async function groupedBy(
  lines: readonly Line[],
  keyOf: (labels: Labels) => string,
  budget: Budget,
): Promise<Map<string, Line[]>> {
  const groups = new Map<string, Line[]>();
  for (let i = 0; i < lines.length; i++) {
    const key = keyOf(lines[i].labels);
    const members = groups.get(key);
    if (members) members.push(lines[i]);
    else groups.set(key, [lines[i]]);
    if (i % 512 === 511) await budget.breathe();
  }
  return groups;
}
